// SPDX-License-Identifier: MIT
// Pages that a lent thread is given before it touches them: zeroed, its own, and never more than is free.
#include "kernel/memory/memory_records.hpp"
#include "kernel/memory/record_backing.hpp"
#include "kernel/planes.hpp"
#include "tests/host/arch/fake_machine.hpp"
#include <gtest/gtest.h>

namespace torc {
namespace {

class BringAheadTest : public testing::Test {
protected:
    static constexpr std::uint64_t base = 0x4000'0000, pages = 600; // from the beginning of a leaf table

    BringAheadTest()
    {
        machine.take_over_memory();
        Torus& torus = machine.torus;
        torus.memory = create_for_ever<MemoryRecords>();
        open_plane(torus.memory->spaces, PlaneNumber::Space, 64);
        open_pool(torus.memory->mappings, 1024);
        torus.memory->zero_frame = torus.frames.take_cleared(FrameKind::Special).value();
        space = Space::create().value();
        map(base, pages, 3);
    }
    ~BringAheadTest() override
    {
        while (!space->tear_down_step()) { }
        space->release();
        EXPECT_EQ(machine.torus.frames.used(FrameKind::Anonymous), 0u);
    }

    void map(std::uint64_t at, std::uint64_t count, std::uint8_t protection)
    {
        ASSERT_TRUE(space->map({.address = at,
            .length = count * page_size,
            .protection = protection,
            .place = MapRequest::Place::Fixed}));
    }
    FaultResult touch(std::uint64_t page, Access access = Access::Write)
    {
        return space->fault(Uaddr{base + page * page_size}, access);
    }
    std::uint64_t bring(std::uint64_t page, std::uint64_t count)
    {
        return space->bring_ahead(Uaddr{base + page * page_size}, count);
    }
    bool is_there(std::uint64_t page)
    {
        return space->is_present(Uaddr{base + page * page_size}, Access::Write);
    }

    FakeMachine machine;
    Space* space{nullptr};
};

TEST_F(BringAheadTest, BringsSoManyAndCountsThem)
{
    ASSERT_EQ(touch(0), FaultResult::Resolved);
    EXPECT_EQ(bring(1, 30), 30u);
    EXPECT_TRUE(is_there(30));
    EXPECT_FALSE(is_there(31));
    EXPECT_EQ(space->resident_pages(), 31u);
    EXPECT_EQ(machine.torus.frames.used(FrameKind::Anonymous), 31u);
}

TEST_F(BringAheadTest, StopsAtWhatIsThere)
{
    ASSERT_EQ(touch(0), FaultResult::Resolved);
    ASSERT_EQ(touch(5, Access::Read), FaultResult::Resolved); // of zeroes: a write is to make it its own
    EXPECT_EQ(bring(1, 30), 4u);
    EXPECT_EQ(bring(5, 30), 0u);
}

TEST_F(BringAheadTest, StaysInMappingAndLeafTable)
{
    ASSERT_EQ(touch(510), FaultResult::Resolved);
    EXPECT_EQ(bring(511, 30), 1u);
    EXPECT_EQ(bring(512, 30), 0u) << "there is no table yet";
    ASSERT_EQ(touch(598), FaultResult::Resolved);
    map(base + pages * page_size, 10, 3); // perhaps one mapping with the first
    map(base + (pages + 10) * page_size, 10, 1);
    ASSERT_EQ(touch(pages + 5), FaultResult::Resolved);
    EXPECT_EQ(bring(pages + 6, 30), 4u) << "what follows may not be written to";
    EXPECT_EQ(bring(pages + 10, 30), 0u);
    EXPECT_EQ(bring(pages + 20, 30), 0u) << "nothing is mapped there";
}

TEST_F(BringAheadTest, GivesWayToInterrupts)
{
    ASSERT_EQ(touch(0), FaultResult::Resolved);
    machine.interrupt_pending = true;
    EXPECT_EQ(bring(1, 30), 0u);
    machine.interrupt_pending = false;
}

TEST_F(BringAheadTest, OnlyWhileMemoryIsPlentiful)
{
    ASSERT_EQ(touch(0), FaultResult::Resolved);
    FramePool& frames = machine.torus.frames;
    std::vector<Paddr> taken;
    while (frames.free_pages() >= frames.total_pages() / 4)
        taken.push_back(frames.take(FrameKind::Special).value());
    EXPECT_EQ(bring(1, 30), 0u);
    frames.release(taken.back());
    taken.pop_back();
    EXPECT_EQ(bring(1, 30), 1u) << "and then it is scarce again";
    for (Paddr frame : taken)
        frames.release(frame);
}

} // namespace
} // namespace torc
