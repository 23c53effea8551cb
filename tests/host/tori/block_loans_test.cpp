// SPDX-License-Identifier: MIT
// Tori that lend one another memory. Events are taken one torus at a time, in an order that the test chooses.
#include "kernel/memory/record_backing.hpp"
#include "kernel/tori/block_loans.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/loan_records.hpp"
#include "kernel/tori/public_pages.hpp"
#include "tests/host/arch/fake_machine.hpp"
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <vector>

namespace torc {
namespace {

constexpr std::uint64_t share = 48u << 20;

struct Member {
    Torus torus;
    TorusLinks links;
    Port port;
    Introduction introduction;
    FarRecords far;
    LoanRecords loans;
    BlockLoans blocks;
    std::vector<Paddr> held;
};

class BlockLoansTest : public testing::TestWithParam<bool> {
protected:
    void start(unsigned tori)
    {
        machine = std::make_unique<FakeMachine>(tori * share);
        for (unsigned i = 0; i < tori; ++i) {
            members.push_back(std::make_unique<Member>());
            list.ports[i] = &members[i]->port;
        }
        for (unsigned i = 0; i < tori; ++i)
            introduce(i);
        for (unsigned i = 0; i < tori; ++i)
            take_events(at(i));
        for (unsigned i = 0; i < tori; ++i) // as neighbours are, before they run out
            for (unsigned other = 0; other < tori; ++other)
                if (other != i)
                    EXPECT_TRUE(link_to(at(i), other));
        settle();
        all = present();
    }
    ~BlockLoansTest() override
    {
        if (machine)
            machine->running = &machine->torus;
    }

    Torus& at(unsigned i)
    {
        machine->running = &members[i]->torus;
        return members[i]->torus;
    }
    FramePool& pool(unsigned i) { return at(i).frames; }
    BlockLoans& loans(unsigned i) { return members[i]->blocks; }

    // False: there is no frame here.
    bool take(unsigned i)
    {
        Result<Paddr> const frame = pool(i).take(FrameKind::Anonymous);
        if (frame)
            members[i]->held.push_back(*frame);
        return frame.has_value();
    }
    void fill(unsigned i)
    {
        while (take(i)) { }
    }
    void drop_all(unsigned i)
    {
        for (Paddr const frame : std::exchange(members[i]->held, {}))
            pool(i).release(frame);
    }

    // One torus takes what has come. False: nobody has any reason to.
    bool step(unsigned first)
    {
        for (unsigned const torus : std::exchange(machine->bells, {}))
            members[torus]->torus.bell = true;
        for (unsigned n = 0; n < members.size(); ++n) {
            Torus& torus = at((first + n) % members.size());
            if (!torus.bell)
                continue;
            take_events(torus);
            return true;
        }
        return !machine->bells.empty();
    }
    void settle()
    {
        for (unsigned round = 0; step(round); ++round)
            ASSERT_LT(round, 10'000u);
    }
    void everything_goes_home()
    {
        for (unsigned i = 0; i < members.size(); ++i)
            drop_all(i);
        for (unsigned round = 0; round < 1000; ++round) {
            for (unsigned i = 0; i < members.size(); ++i)
                look_after_blocks(at(i));
            settle();
        }
    }

    // Blocks on their way are nobody's for the moment.
    std::uint64_t present()
    {
        std::uint64_t sum = 0;
        for (auto const& member : members)
            sum += member->torus.frames.present_pages();
        return sum;
    }
    unsigned borrowed()
    {
        unsigned sum = 0;
        for (auto const& member : members)
            sum += member->torus.frames.borrowed_blocks();
        return sum;
    }
    unsigned lent()
    {
        unsigned sum = 0;
        for (auto const& member : members)
            sum += member->torus.frames.lent_blocks();
        return sum;
    }

    std::unique_ptr<FakeMachine> machine;
    std::vector<std::unique_ptr<Member>> members;
    PortList list;
    PublicPages pages;
    std::uint64_t all{0};

private:
    void introduce(unsigned i)
    {
        auto const count = static_cast<unsigned>(members.size());
        Member& me = *members[i];
        Torus& torus = at(i);
        torus.number = i;
        torus.tori = count;
        torus.reserved = i * (30ull << 30); // the fake machine has one window
        FrameRange const mine{Paddr{FakeMachine::ram_base + i * share}, share / page_size};
        FrameRange const machine_range{Paddr{FakeMachine::ram_base}, count * share / page_size};
        ASSERT_TRUE(torus.frames.create({&mine, 1}, {}, machine_range));
        me.introduction = {.tight = GetParam(), .tori = count, .ports = &list};
        torus.links = &me.links;
        open_pool(me.links.records, count + 1);
        links_open(me.links, i, me.introduction);
        me.far.loans = &me.loans;
        me.far.blocks = &me.blocks;
        torus.far = &me.far;
        torus.pages = &pages;
    }
};

TEST_P(BlockLoansTest, WhoRunsOutGetsSome)
{
    start(3);
    fill(0);
    ASSERT_TRUE(await_frames());
    EXPECT_TRUE(frames_are_awaited(at(0)));
    settle();
    EXPECT_FALSE(loans(0).searching);
    EXPECT_EQ(pool(0).borrowed_blocks(), 2u);
    EXPECT_EQ(pool(1).lent_blocks(), 2u) << "the next in the ring";
    EXPECT_TRUE(take(0));
    EXPECT_EQ(present(), all);
    everything_goes_home();
    EXPECT_EQ(borrowed() + lent(), 0u);
}

TEST_P(BlockLoansTest, ARoundAsksBeforeAnybodyHasTo)
{
    start(2);
    while (!pool(0).runs_low())
        ASSERT_TRUE(take(0));
    look_after_blocks(at(0));
    settle();
    EXPECT_FALSE(pool(0).runs_low());
    EXPECT_GT(pool(0).borrowed_blocks(), 0u);
    look_after_blocks(at(0));
    settle();
    EXPECT_GT(pool(0).borrowed_blocks(), 0u) << "what it needs it does not give back at once";
    everything_goes_home();
    EXPECT_EQ(borrowed() + lent(), 0u);
}

TEST_P(BlockLoansTest, AFullMachineSaysNoOnce)
{
    start(4);
    for (unsigned i = 0; i < 4; ++i)
        fill(i);
    for (unsigned i = 0; i < 4; ++i) { // all ask at once
        (void)at(i);
        ASSERT_TRUE(await_frames());
    }
    settle();
    for (unsigned i = 0; i < 4; ++i) {
        (void)at(i);
        EXPECT_FALSE(loans(i).searching);
        EXPECT_FALSE(await_frames()) << "it has just been said";
        EXPECT_EQ(frames_or(Status::NoMemory), Status::NoMemory);
    }
    EXPECT_EQ(borrowed() + lent(), 0u);
    machine->ticks += FakeMachine::ticks_per_second;
    drop_all(2);
    (void)at(0);
    EXPECT_EQ(frames_or(Status::NoSpace), Status::NoSpace);
    EXPECT_EQ(frames_or(Status::NoMemory), Status::NotYet);
    settle();
    EXPECT_EQ(pool(2).lent_blocks(), 2u);
    everything_goes_home();
    EXPECT_EQ(borrowed() + lent(), 0u);
}

TEST_P(BlockLoansTest, WhoHasLentGetsItsOwnBack)
{
    start(2);
    fill(0);
    while (await_frames()) { // until torus 1 has no more to spare
        settle();
        fill(0);
    }
    EXPECT_EQ(pool(1).spare_blocks(), 0u);
    fill(1);
    drop_all(0);
    unsigned const before = pool(0).borrowed_blocks();
    ASSERT_GT(before, 4u);
    machine->ticks += FakeMachine::ticks_per_second;
    (void)at(1);
    ASSERT_TRUE(await_frames());
    settle();
    EXPECT_EQ(pool(0).borrowed_blocks(), before - 2);
    EXPECT_EQ(pool(1).borrowed_blocks(), 0u) << "its own, not others";
    EXPECT_TRUE(take(1));
    everything_goes_home();
    EXPECT_EQ(borrowed() + lent(), 0u);
}

TEST_P(BlockLoansTest, OneTorusAloneAsksNobody)
{
    start(1);
    fill(0);
    EXPECT_FALSE(await_frames());
}

// Everybody takes, gives back and asks at random, and events are taken in any order.
TEST_P(BlockLoansTest, Random)
{
    constexpr unsigned tori = 4;
    start(tori);
    std::mt19937 random{11};
    unsigned waits[tori]{};
    std::uint64_t got = 0, refused = 0;
    for (unsigned turn = 0; turn < 60'000; ++turn) {
        unsigned const i = random() % tori;
        machine->ticks += FakeMachine::ticks_per_second / 5000;
        if (random() % 3 == 0)
            (void)step(i);
        if (loans(i).searching && waits[i] != 0) {
            ASSERT_LT(++waits[i], 20'000u) << "an answer is lost";
            continue;
        }
        waits[i] = 0;
        unsigned const what = random() % 64;
        if (what == 0) {
            drop_all(i);
        } else if (what < 8) {
            look_after_blocks(at(i));
        } else {
            for (unsigned n = 0; n < 200; ++n) {
                if (take(i))
                    continue;
                if (await_frames()) {
                    waits[i] = 1;
                    ++got;
                } else if (turn % 2) { // a process is ended
                    ++refused;
                    drop_all(i);
                }
                break;
            }
        }
        ASSERT_LE(present(), all);
    }
    settle();
    EXPECT_GT(got, 100u);
    EXPECT_GT(refused, 10u);
    EXPECT_EQ(present(), all);
    EXPECT_EQ(borrowed(), lent());
    machine->ticks += FakeMachine::ticks_per_second;
    everything_goes_home();
    EXPECT_EQ(borrowed() + lent(), 0u);
    EXPECT_EQ(present(), all);
}

INSTANTIATE_TEST_SUITE_P(Strands, BlockLoansTest, testing::Bool(),
    [](auto const& tight) { return tight.param ? "Tight" : "Wide"; });

} // namespace
} // namespace torc
