// SPDX-License-Identifier: MIT
// Two pools that share a machine's memory, and lend it to one another block by block.
#include "arch/memory.hpp"
#include "kernel/memory/frame_pool.hpp"
#include "tests/host/arch/fake_machine.hpp"
#include <gtest/gtest.h>
#include <random>
#include <set>
#include <vector>

namespace torc {
namespace {

constexpr std::uint64_t ram = 128u << 20;
constexpr unsigned per_block = FramePool::frames_per_block;

class FramePoolTest : public testing::Test {
protected:
    FramePoolTest()
    {
        FrameRange const all{Paddr{FakeMachine::ram_base}, ram / page_size};
        for (unsigned i = 0; i < 2; ++i) {
            tori[i].number = i;
            tori[i].reserved = i * (100ull << 30); // the fake machine has one window
            machine.running = &tori[i];
            FrameRange const share{Paddr{FakeMachine::ram_base + i * ram / 2}, ram / 2 / page_size};
            EXPECT_TRUE(tori[i].frames.create({&share, 1}, {}, all));
        }
    }
    ~FramePoolTest() override { machine.running = &machine.torus; }

    FramePool& pool(unsigned i)
    {
        machine.running = &tori[i];
        return tori[i].frames;
    }
    // All user frames that it can have.
    std::vector<Paddr> take_all(unsigned i)
    {
        std::vector<Paddr> frames;
        while (Result<Paddr> const frame = pool(i).take(FrameKind::Anonymous))
            frames.push_back(*frame);
        return frames;
    }
    Paddr lend(unsigned from, unsigned to)
    {
        Paddr const block = pool(from).lend_block(to).value();
        EXPECT_TRUE(pool(to).enter_borrowed(block, from));
        return block;
    }
    void go_home(unsigned from, unsigned to)
    {
        Result<Paddr> const block = pool(from).leave_borrowed(to);
        ASSERT_TRUE(block);
        EXPECT_TRUE(pool(to).take_back(*block, from));
    }
    std::uint64_t free_in_all() { return tori[0].frames.free_pages() + tori[1].frames.free_pages(); }

    FakeMachine machine{ram};
    Torus tori[2];
};

TEST_F(FramePoolTest, TablesCostWhatIsThere)
{
    // A page a block, a page of zeroes for what is not there, and the records of all blocks.
    EXPECT_LE(pool(0).used(FrameKind::Record), ram / 2 / block_size + 2);
    EXPECT_EQ(pool(0).total_pages(), pool(0).present_pages());
}

TEST_F(FramePoolTest, NobodyOwnsWhatIsElsewhere)
{
    Paddr const frame = pool(1).take(FrameKind::Anonymous).value();
    FrameKind kind{};
    EXPECT_FALSE(pool(0).owns(frame));
    EXPECT_FALSE(pool(0).is_counted(frame, kind));
    EXPECT_TRUE(pool(1).owns(frame));
    EXPECT_TRUE(pool(1).is_counted(frame, kind));
    EXPECT_FALSE(pool(0).owns(Paddr{FakeMachine::ram_base + 2 * ram})) << "a device's";
}

TEST_F(FramePoolTest, ABorrowedBlockIsTheBorrowers)
{
    std::uint64_t const all = free_in_all();
    take_all(0);
    Paddr const block = lend(1, 0);
    Paddr const frame = pool(0).take(FrameKind::File).value();
    EXPECT_GE(frame.raw(), block.raw());
    EXPECT_LT(frame.raw(), block.raw() + block_size);
    FrameKind kind{};
    EXPECT_TRUE(pool(0).is_counted(frame, kind));
    EXPECT_EQ(kind, FrameKind::File);
    EXPECT_TRUE(pool(0).owns(frame));
    EXPECT_FALSE(pool(1).owns(frame)) << "whose it is does not count it while it is lent";
    EXPECT_FALSE(pool(1).is_counted(frame, kind));
    EXPECT_EQ(pool(0).borrowed_blocks(), 1u);
    EXPECT_EQ(pool(1).lent_blocks(), 1u);
    EXPECT_EQ(pool(1).present_pages(), pool(1).total_pages() - per_block);
    EXPECT_FALSE(pool(0).leave_borrowed(1)) << "it is in use";
    EXPECT_FALSE(pool(1).take_back(block, 2)) << "who has not borrowed it cannot give it back";

    pool(0).retain(frame);
    EXPECT_FALSE(pool(0).release(frame));
    EXPECT_FALSE(pool(0).leave_borrowed(1));
    EXPECT_TRUE(pool(0).release(frame));
    go_home(0, 1);
    EXPECT_FALSE(pool(0).owns(frame));
    EXPECT_FALSE(pool(0).is_counted(frame, kind));
    EXPECT_TRUE(pool(1).owns(frame));
    EXPECT_EQ(pool(0).borrowed_blocks() + pool(1).lent_blocks(), 0u);
    EXPECT_LT(free_in_all(), all) << "what was taken first is still taken";
}

TEST_F(FramePoolTest, ALenderKeepsEnough)
{
    unsigned lent = 0;
    while (Result<Paddr> const block = pool(1).lend_block(0)) {
        ++lent;
        EXPECT_TRUE(pool(0).enter_borrowed(*block, 1));
    }
    EXPECT_GT(lent, 10u);
    EXPECT_EQ(pool(1).spare_blocks(), 0u);
    EXPECT_FALSE(pool(1).runs_low());
    EXPECT_TRUE(pool(1).take(FrameKind::Anonymous));
    for (; lent != 0; --lent)
        go_home(0, 1);
}

TEST_F(FramePoolTest, RecordsComeFirstOutOfOnesOwnMemory)
{
    Paddr const block = lend(1, 0);
    std::uint64_t inside = 0, before = 0;
    while (Result<Paddr> const frame = pool(0).take_private(FrameKind::Record)) {
        bool const here = frame->raw() >= block.raw() && frame->raw() < block.raw() + block_size;
        inside += here;
        before += !here && inside != 0;
        *static_cast<std::uint64_t*>(pool(0).private_pointer(*frame)) = frame->raw(); // the window has it
    }
    EXPECT_EQ(inside, per_block);
    EXPECT_EQ(before, 0u) << "what is borrowed is the last resort";
}

TEST_F(FramePoolTest, UserFramesPreferOnesOwn)
{
    Paddr const block = lend(1, 0);
    std::vector<Paddr> const frames = take_all(0);
    ASSERT_GT(frames.size(), std::size_t{per_block});
    for (std::size_t i = 0; i < frames.size(); ++i) {
        bool const inside = frames[i].raw() >= block.raw() && frames[i].raw() < block.raw() + block_size;
        ASSERT_EQ(inside, i >= frames.size() - per_block) << i;
    }
}

// Blocks, frames and records come and go at random; nobody's count goes wrong, and no frame is had twice.
TEST_F(FramePoolTest, Random)
{
    std::mt19937 random{7};
    std::vector<Paddr> held[2], records[2];
    std::set<std::uint64_t> taken;
    std::uint64_t const all = free_in_all() + 2 * per_block; // tables come and go
    auto const drop = [&](unsigned i, std::vector<Paddr>& from) {
        std::size_t const at = random() % from.size();
        std::swap(from[at], from.back());
        EXPECT_EQ(taken.erase(from.back().raw()), 1u);
        EXPECT_TRUE(pool(i).release(from.back()));
        from.pop_back();
    };
    for (unsigned step = 0; step < 200'000; ++step) {
        unsigned const i = random() & 1;
        bool const grows = step / 20'000 % 2 == 0;
        switch (random() % 8) {
        case 0:
            if (Result<Paddr> const block = pool(i).lend_block(1 - i)) {
                if (!pool(1 - i).enter_borrowed(*block, i))
                    EXPECT_TRUE(pool(i).take_back(*block, 1 - i));
            }
            break;
        case 1:
            if (Result<Paddr> const block = pool(i).leave_borrowed(1 - i))
                EXPECT_TRUE(pool(1 - i).take_back(*block, i));
            break;
        case 2:
            if (records[i].size() < 2000)
                if (Result<Paddr> const frame = pool(i).take_private(FrameKind::Record)) {
                    ASSERT_TRUE(taken.insert(frame->raw()).second);
                    records[i].push_back(*frame);
                }
            break;
        case 3:
            if (!records[i].empty())
                drop(i, records[i]);
            break;
        default:
            for (unsigned n = 0; n < 8; ++n) {
                if (!grows && !held[i].empty())
                    drop(i, held[i]);
                else if (Result<Paddr> const frame = pool(i).take(FrameKind::Anonymous); grows && frame) {
                    ASSERT_TRUE(taken.insert(frame->raw()).second);
                    held[i].push_back(*frame);
                } else if (frame) {
                    pool(i).release(*frame);
                }
            }
        }
        ASSERT_EQ(pool(i).used(FrameKind::Anonymous), held[i].size());
        ASSERT_LE(free_in_all(), all);
    }
    for (unsigned i = 0; i < 2; ++i) {
        while (!held[i].empty())
            drop(i, held[i]);
        while (!records[i].empty())
            drop(i, records[i]);
    }
    for (unsigned i = 0; i < 2; ++i)
        while (Result<Paddr> const block = pool(i).leave_borrowed(1 - i))
            EXPECT_TRUE(pool(1 - i).take_back(*block, i));
    for (unsigned i = 0; i < 2; ++i) {
        EXPECT_EQ(pool(i).borrowed_blocks(), 0u);
        EXPECT_EQ(pool(i).lent_blocks(), 0u);
        EXPECT_EQ(pool(i).used(FrameKind::Anonymous), 0u);
        EXPECT_EQ(pool(i).free_pages() + pool(i).used(FrameKind::Record), pool(i).total_pages());
    }
}

} // namespace
} // namespace torc
