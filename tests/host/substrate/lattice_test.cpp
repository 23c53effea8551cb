// SPDX-License-Identifier: MIT
#include "substrate/lattice.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <set>
#include <vector>

#include "tests/host/substrate/host_range.hpp"

namespace torc {

// Reaches into a plane, to age its cells.
class CellPlaneTest {
public:
    static void set_generation(CellPlane& plane, CellIndex cell, std::uint32_t generation)
    {
        plane.table_[cell.number].state
            = (plane.table_[cell.number].state & CellPlane::live_bit) | generation;
    }
};

namespace {

template <std::size_t bytes> struct Object {
    explicit Object(std::uint64_t value)
        : first{value}
        , last{value}
    {
    }
    std::uint64_t first;
    std::array<std::uint8_t, bytes - 16> middle;
    std::uint64_t last;
};

constexpr Handle prefix{{3}, {2}, {5}, {}, 0};

template <typename T> class PlaneOf : public testing::Test { };
using Sizes = testing::Types<Object<16>, Object<64>, Object<200>, Object<1368>, Object<4096>, Object<6000>,
    Object<16384>>;
TYPED_TEST_SUITE(PlaneOf, Sizes);

TYPED_TEST(PlaneOf, BehavesLikeAModelUnderRandomUse)
{
    constexpr std::uint32_t limit = 700;
    HostRange memory{Plane<TypeParam>::bytes_reserved()};
    Plane<TypeParam> plane;
    plane.open(prefix, memory.range(), limit);
    std::mt19937_64 random{sizeof(TypeParam)};
    struct Known {
        TypeParam* object;
        Handle handle;
        std::uint64_t value;
    };
    std::vector<Known> live;
    std::vector<Handle> stale;
    std::set<Handle> used;
    for (int step = 0; step < 30000; ++step) {
        unsigned const growth = step / 3000 % 2 == 0 ? 70 : 30;
        if (random() % 100 < growth) {
            std::uint64_t const value = random();
            TypeParam* const object = plane.create(value);
            ASSERT_EQ(object == nullptr, live.size() == limit);
            if (object == nullptr)
                continue;
            Handle const handle = plane.handle_of(object);
            ASSERT_TRUE(used.insert(handle).second) << "a handle came back";
            ASSERT_FALSE(handle.is_null());
            live.push_back({object, handle, value});
        } else if (!live.empty()) {
            std::swap(live[random() % live.size()], live.back());
            Known const known = live.back();
            live.pop_back();
            ASSERT_EQ(known.object->first, known.value);
            ASSERT_EQ(known.object->last, known.value);
            ASSERT_EQ(plane.find(known.handle), known.object);
            ASSERT_EQ(plane.find(known.handle.cell()), known.object);
            plane.destroy(known.object);
            ASSERT_EQ(plane.find(known.handle), nullptr);
            stale.push_back(known.handle);
        }
        ASSERT_EQ(plane.live(), live.size());
        if (!stale.empty()) {
            ASSERT_EQ(plane.find(stale[random() % stale.size()]), nullptr);
        }
    }
    std::size_t count = 0;
    for (PlaneCursor cursor; plane.next(cursor) != nullptr;)
        ++count;
    EXPECT_EQ(count, live.size());
    for (Known const& known : live)
        plane.destroy(known.object);
    EXPECT_LE(plane.backed_bytes(), CellPlane::parking * backing_page);
    plane.trim();
    EXPECT_EQ(plane.backed_bytes(), 0u);
    EXPECT_EQ(memory.backed_pages() * backing_page, plane.table_bytes());
    for (Handle handle : stale)
        ASSERT_FALSE(plane.is_live(handle)) << "generations survive when the cells are given back";
}

TYPED_TEST(PlaneOf, AFailingBackingChangesNothing)
{
    HostRange memory{Plane<TypeParam>::bytes_reserved()};
    Plane<TypeParam> plane;
    plane.open(prefix, memory.range(), 1000);
    std::vector<TypeParam*> live;
    for (std::size_t budget = 0; budget < 12; ++budget) {
        memory.page_budget = budget;
        while (TypeParam* object = plane.create(live.size()))
            live.push_back(object);
        ASSERT_LE(memory.backed_pages(), budget);
        std::size_t const backed = plane.backed_bytes();
        ASSERT_EQ(plane.create(0u), nullptr);
        ASSERT_EQ(plane.live(), live.size());
        ASSERT_EQ(plane.backed_bytes(), backed);
    }
    for (std::size_t i = 0; i < live.size(); ++i)
        ASSERT_EQ(live[i]->last, i);
    for (TypeParam* object : live)
        plane.destroy(object);
    plane.trim();
    EXPECT_EQ(plane.backed_bytes(), 0u);
}

using Small = Object<64>;

class SmallPlane : public testing::Test {
protected:
    SmallPlane() { plane.open(prefix, memory.range(), cells_per_plane); }
    HostRange memory{Plane<Small>::bytes_reserved()};
    Plane<Small> plane;
};

TEST_F(SmallPlane, FreedCellsAreReusedInOrderAndOnlyWhenEnoughWait)
{
    std::vector<std::uint16_t> freed;
    for (std::uint32_t i = 0; i < CellPlane::quarantine; ++i) {
        Small* const object = plane.create(i);
        ASSERT_EQ(plane.index_of(object).number, i) << "fresh cells while few wait";
        freed.push_back(plane.index_of(object).number);
        plane.destroy(object);
    }
    for (std::uint32_t i = 0; i < 1000; ++i) {
        Small* const object = plane.create(i);
        ASSERT_EQ(plane.index_of(object).number, freed[i]);
        freed.push_back(plane.index_of(object).number);
        plane.destroy(object);
    }
}

TEST_F(SmallPlane, AFullPlaneReusesWhateverWaits)
{
    std::vector<Small*> live;
    while (Small* object = plane.create(live.size()))
        live.push_back(object);
    ASSERT_EQ(live.size(), cells_per_plane);
    CellIndex const cell = plane.index_of(live[77]);
    plane.destroy(live[77]);
    live[77] = plane.create(1u);
    ASSERT_NE(live[77], nullptr);
    EXPECT_EQ(plane.index_of(live[77]), cell);
    EXPECT_EQ(plane.create(1u), nullptr);
    for (Small* object : live)
        plane.destroy(object);
    plane.trim();
    EXPECT_EQ(plane.backed_bytes(), 0u);
}

TEST_F(SmallPlane, ACellRetiresBeforeItsGenerationWraps)
{
    Small* const object = plane.create(1u);
    CellPlaneTest::set_generation(plane, {0}, Handle::max_generation);
    Handle const last = plane.handle_of(object);
    EXPECT_EQ(plane.find(last), object);
    plane.destroy(object);
    EXPECT_EQ(plane.retired(), 1u);
    EXPECT_EQ(plane.find(last), nullptr);
    for (std::uint32_t i = 0; i < 1000; ++i) {
        Small* const other = plane.create(i);
        ASSERT_NE(plane.index_of(other).number, 0u);
        plane.destroy(other);
    }
}

TEST_F(SmallPlane, HandlesOfOtherPlacesAndRubbishFindNothing)
{
    Small* const object = plane.create(1u);
    Handle const good = plane.handle_of(object);
    EXPECT_EQ(plane.find(Handle{}), nullptr);
    for (unsigned bit = 0; bit < 64; ++bit)
        ASSERT_EQ(plane.find(Handle::from_raw(good.raw() ^ 1ull << bit)), nullptr) << bit;
    EXPECT_EQ(plane.find(good), object);
    EXPECT_EQ(plane.find(CellIndex{1}), nullptr);
    plane.destroy(object);
}

TEST_F(SmallPlane, AWalkIsBoundedAndSurvivesChanges)
{
    std::vector<Small*> live;
    for (std::uint32_t i = 0; i < 500; ++i)
        live.push_back(plane.create(i));
    for (std::uint32_t i = 0; i < 500; i += 2)
        plane.destroy(live[i]);
    PlaneCursor cursor;
    std::set<std::uint64_t> seen;
    unsigned calls = 0;
    while (!cursor.at_end()) {
        Small* const object = plane.next(cursor, 1);
        ++calls;
        if (object == nullptr)
            continue;
        seen.insert(object->first);
        if (object->first == 101)
            plane.destroy(live[103]);
    }
    EXPECT_EQ(seen.size(), 249u);
    EXPECT_FALSE(seen.contains(103));
    EXPECT_LE(calls, 502u);
}

TEST_F(SmallPlane, DestroyingTwiceTraps)
{
    Small* const object = plane.create(1u);
    plane.destroy(object);
    EXPECT_DEATH(plane.destroy(object), "");
}

TEST_F(SmallPlane, TheLatticeFindsThePlane)
{
    Lattice lattice;
    lattice.add(plane);
    Small* const object = plane.create(1u);
    EXPECT_TRUE(lattice.is_live(plane.handle_of(object)));
    EXPECT_EQ(lattice.plane({5}), &plane);
    EXPECT_EQ(lattice.plane({6}), nullptr);
    EXPECT_FALSE(lattice.is_live(Handle{{3}, {2}, {6}, {0}, 1}));
    plane.destroy(object);
}

TEST(Coordinates, GoRoundInEveryDirection)
{
    for (std::uint32_t number = 0; number < cells_per_plane; ++number) {
        CellIndex const cell{static_cast<std::uint16_t>(number)};
        ASSERT_EQ(cell_at(coordinates_of(cell)), cell);
        ASSERT_EQ(on_boundary(cell), coordinates_of(cell).x == 0);
        for (Axis axis : {Axis::x, Axis::y, Axis::z}) {
            ASSERT_EQ(neighbour(neighbour(cell, axis, 1), axis, -1), cell);
            ASSERT_EQ(neighbour(cell, axis, 32), cell);
            CellIndex walk = cell;
            for (int step = 0; step < 5; ++step)
                walk = neighbour(walk, axis, -1);
            ASSERT_EQ(walk, neighbour(cell, axis, -5));
        }
    }
}

TEST(Handle, PacksAndUnpacksEveryField)
{
    std::mt19937_64 random{1};
    for (int i = 0; i < 10000; ++i) {
        std::uint64_t const bits = random();
        Handle const raw = Handle::from_raw(bits);
        Handle const built{raw.machine(), raw.torus(), raw.plane(), raw.cell(), raw.generation()};
        ASSERT_EQ(built.raw(), bits);
    }
}

} // namespace
} // namespace torc
