// SPDX-License-Identifier: MIT
#include "substrate/pool.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <vector>

#include "tests/host/substrate/host_range.hpp"

namespace torc {
namespace {

template <std::size_t bytes> struct Record {
    std::uint64_t first;
    std::array<std::uint8_t, bytes - 16> middle;
    std::uint64_t last;
};
static_assert(sizeof(Record<24>) == 24);

template <typename T> void trim_all(Pool<T>& pool)
{
    while (pool.trim()) { }
}

template <typename T> class PoolOf : public testing::Test { };
using Sizes = testing::Types<Record<16>, Record<24>, Record<40>, Record<104>, Record<256>, Record<1000>,
    Record<2048>, Record<2568>, Record<4096>, Record<5000>, Record<12288>, Record<16384>>;
TYPED_TEST_SUITE(PoolOf, Sizes);

TYPED_TEST(PoolOf, BehavesLikeAModelUnderRandomUse)
{
    constexpr std::uint32_t limit = sizeof(TypeParam) > 2000 ? 300 : 5000;
    HostRange memory{Pool<TypeParam>::bytes_for(limit)};
    Pool<TypeParam> pool;
    pool.open(memory.range(), limit);
    std::mt19937_64 random{sizeof(TypeParam)};
    std::vector<TypeParam*> live;
    std::map<TypeParam*, std::uint64_t> written;
    for (int phase = 0; phase < 12; ++phase) {
        unsigned const growth = phase % 2 == 0 ? 80 : 20; // percent allocations
        for (std::uint32_t step = 0; step < limit; ++step) {
            if (random() % 100 < growth) {
                TypeParam* const record = pool.allocate();
                ASSERT_EQ(record == nullptr, live.size() == limit);
                if (record == nullptr)
                    continue;
                ASSERT_TRUE(written.emplace(record, random()).second) << "handed out twice";
                record->first = record->last = written[record];
                live.push_back(record);
            } else if (!live.empty()) {
                std::swap(live[random() % live.size()], live.back());
                TypeParam* const record = live.back();
                ASSERT_EQ(record->first, written[record]);
                ASSERT_EQ(record->last, written[record]);
                ASSERT_EQ(pool.at(pool.index_of(record)), record);
                live.pop_back();
                written.erase(record);
                pool.free(record);
            }
            ASSERT_EQ(pool.live(), live.size());
        }
        ASSERT_EQ(pool.backed_bytes(), memory.backed_pages() * backing_page);
    }
    for (TypeParam* record : live)
        pool.free(record);
    EXPECT_LE(pool.backed_bytes(), 2u * Pool<TypeParam>::geometry.slab_bytes() + 64 * backing_page);
    trim_all(pool);
    EXPECT_EQ(memory.backed_pages(), 0u);
    EXPECT_EQ(pool.backed_bytes(), 0u);
}

TYPED_TEST(PoolOf, AFailingBackingChangesNothing)
{
    constexpr std::uint32_t limit = 5000;
    HostRange memory{Pool<TypeParam>::bytes_for(limit)};
    Pool<TypeParam> pool;
    pool.open(memory.range(), limit);
    for (std::size_t budget : {0, 1, 9}) {
        memory.page_budget = budget;
        std::vector<TypeParam*> live;
        while (TypeParam* record = pool.allocate())
            live.push_back(record);
        std::size_t const pages = memory.backed_pages();
        ASSERT_LE(pages, budget);
        ASSERT_EQ(pool.allocate(), nullptr);
        ASSERT_EQ(pool.live(), live.size());
        ASSERT_EQ(memory.backed_pages(), pages);
        memory.page_budget = 100000;
        TypeParam* const record = pool.allocate();
        ASSERT_NE(record, nullptr);
        live.push_back(record);
        for (TypeParam* each : live)
            pool.free(each);
        trim_all(pool);
        ASSERT_EQ(memory.backed_pages(), 0u);
    }
}

TEST(Pool, GeometryWastesAtMostAnEighthWhereEightPagesAllowIt)
{
    for (std::size_t bytes = 16; bytes <= 16384; bytes += 8) {
        SlabGeometry const geometry = SlabGeometry::of(bytes, 8);
        ASSERT_GE(geometry.records, 1u);
        std::size_t const waste = geometry.slab_bytes() - geometry.records * geometry.record_bytes;
        if (bytes <= 4096) {
            ASSERT_LE(waste * 8, geometry.slab_bytes()) << bytes;
        }
    }
}

TEST(Pool, OneRecordComingAndGoingNeitherMapsNorUnmaps)
{
    HostRange memory{Pool<Record<256>>::bytes_for(1000)};
    Pool<Record<256>> pool;
    pool.open(memory.range(), 1000);
    std::vector<Record<256>*> live;
    for (int i = 0; i < 16; ++i) // one slab, full
        live.push_back(pool.allocate());
    std::size_t const before = memory.commits;
    for (int i = 0; i < 1000; ++i)
        pool.free(pool.allocate());
    EXPECT_LE(memory.commits, before + 1);
    for (auto* record : live)
        pool.free(record);
    for (int i = 0; i < 1000; ++i)
        pool.free(pool.allocate());
    EXPECT_LE(memory.commits, before + 1);
}

TEST(Pool, CreateConstructsAndDestroyDestructs)
{
    static int alive = 0;
    struct Counted {
        explicit Counted(std::uint64_t v)
            : value{v}
        {
            ++alive;
        }
        ~Counted() { --alive; }
        std::uint64_t value;
        std::uint64_t pad{0};
    };
    HostRange memory{Pool<Counted>::bytes_for(2)};
    Pool<Counted> pool;
    pool.open(memory.range(), 2);
    Counted* const a = pool.create(7u);
    Counted* const b = pool.create(8u);
    EXPECT_EQ(pool.create(9u), nullptr);
    EXPECT_EQ(alive, 2);
    EXPECT_EQ(a->value + b->value, 15u);
    pool.destroy(a);
    pool.destroy(b);
    EXPECT_EQ(alive, 0);
}

TEST(PoolDeath, UseAfterFreeAndDoubleFreeAreReported)
{
#ifdef TORC_ADDRESS_SANITIZER
    HostRange memory{Pool<Record<40>>::bytes_for(100)};
    Pool<Record<40>> pool;
    pool.open(memory.range(), 100);
    Record<40>* const record = pool.allocate();
    Record<40>* const keeps_the_slab = pool.allocate();
    pool.free(record);
    EXPECT_DEATH(record->last = 1, "use-after-poison");
    EXPECT_DEATH(pool.free(record), "");
    pool.free(keeps_the_slab);
#else
    GTEST_SKIP() << "needs AddressSanitizer";
#endif
}

} // namespace
} // namespace torc
