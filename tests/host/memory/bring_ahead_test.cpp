// SPDX-License-Identifier: MIT
// Pages that a lent thread is given before it touches them: zeroed, its own, and never more than is free.
#include "tests/host/memory/one_space.hpp"

namespace torc {
namespace {

class BringAheadTest : public test::SpaceTest {
protected:
    static constexpr std::uint64_t pages = 600;

    BringAheadTest() { map(base, pages, 3); }
    bool is_there(std::uint64_t page) { return space->is_present(address_of(page), Access::Write); }
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
