// SPDX-License-Identifier: MIT
// The fair class, seen through the run queue.
#include <cmath>
#include <map>
#include <random>

#include "tests/host/substrate/run_queue_fixture.hpp"

namespace torc {
namespace {

using FairTest = RunQueueTest;

TEST_F(FairTest, RandomWeightsGetTheirShareWithinASlice)
{
    std::mt19937_64 random{11};
    for (int round = 0; round < 30; ++round) {
        std::size_t const size = 2 + random() % 12;
        std::vector<Task*> running;
        double total = 0;
        for (std::size_t i = 0; i < size; ++i) {
            auto const nice = static_cast<std::int8_t>(static_cast<int>(random() % 20) - 10);
            running.push_back(&start({.nice = nice}));
            total += running.back()->weight();
        }
        std::uint64_t const begin = now;
        for (int step = 0; step < 2000; ++step) {
            Task* const task = pick();
            ASSERT_NE(task, nullptr);
            // Any moment may bring a look at the queue: an interrupt, a system call.
            std::uint64_t const until = queue.next_preemption(now) - now;
            run(random() % 3 == 0 ? 1 + random() % until : until);
            for (Task* each : running) {
                double const due = static_cast<double>(now - begin) * each->weight() / total;
                ASSERT_LE(std::abs(due - static_cast<double>(each->ran)), slice + 2) << "step " << step;
            }
        }
        for (Task* task : running)
            queue.dequeue(*task);
    }
}

TEST_F(FairTest, ExtremeWeightsShareInProportionToo)
{
    Task& heavy = start({.nice = -20});
    Task& light = start({.nice = 19});
    run_until(now + 100 * ticks_per_second);
    double const expected = 100e6 * 15 / (15 + heavy.weight());
    EXPECT_NEAR(static_cast<double>(light.ran), expected, slice);
    EXPECT_EQ(heavy.ran + light.ran, 100 * ticks_per_second);
}

TEST_F(FairTest, ComingAndGoingDoesNotEarnMoreThanStaying)
{
    std::mt19937_64 random{12};
    Task& hog = start({});
    Task& sleeper = start({});
    // The sleeper runs a random while, sleeps a blink, and comes back at once.
    while (now < 20 * ticks_per_second) {
        Task* const task = pick();
        std::uint64_t const until = queue.next_preemption(now) - now;
        if (task == &sleeper) {
            run(std::min<std::uint64_t>(until, 1 + random() % slice));
            queue.dequeue(sleeper);
            pick();
            run(1);
            queue.enqueue(sleeper, random() % 2 == 0 ? Arrival::interrupt : Arrival::wake);
        } else {
            run(until);
        }
    }
    EXPECT_LE(sleeper.ran, hog.ran + 3 * slice);
    EXPECT_GE(sleeper.ran * 10, hog.ran * 7) << "and loses little";
}

TEST_F(FairTest, AModestSleeperGetsAllItAsksForAtOnce)
{
    for (int i = 0; i < 4; ++i)
        start({});
    Task& sleeper = add({});
    run_until(now + ticks_per_second);
    for (int wake = 0; wake < 500; ++wake) {
        queue.enqueue(sleeper, Arrival::interrupt);
        ASSERT_TRUE(queue.preempts_current(sleeper)) << "wake-up " << wake;
        ASSERT_EQ(pick(), &sleeper);
        run(50); // 50 microseconds of 10 milliseconds
        queue.dequeue(sleeper);
        run_until(now + 10'000);
    }
}

TEST_F(FairTest, AGreedySleeperStopsPreempting)
{
    Task& hog = start({});
    Task& sleeper = add({});
    run_until(now + ticks_per_second);
    unsigned preempted = 0;
    std::uint64_t const hog_before = hog.ran;
    for (int wake = 0; wake < 2000; ++wake) {
        queue.enqueue(sleeper, Arrival::interrupt);
        preempted += queue.preempts_current(sleeper) ? 1 : 0;
        while (pick() != &sleeper)
            run(queue.next_preemption(now) - now);
        run(2000);
        queue.dequeue(sleeper);
        ASSERT_EQ(pick(), &hog);
        run(20);
    }
    EXPECT_LT(preempted, 1500u);
    EXPECT_GE((hog.ran - hog_before) * 10, sleeper.ran * 8);
}

// In one step, and in the three that it stands for.
struct YieldTest : RunQueueTest, testing::WithParamInterface<bool> {
    Task* yield_after(std::uint64_t ticks)
    {
        if (GetParam())
            return hand_over(ticks);
        run(ticks);
        queue.yield();
        return pick();
    }
};
INSTANTIATE_TEST_SUITE_P(BothWays, YieldTest, testing::Bool());

TEST_P(YieldTest, TwoEqualsAlternateStrictly)
{
    std::mt19937_64 random{13};
    Task& a = start({});
    Task& b = start({});
    Task* last = pick();
    for (int i = 0; i < 20000; ++i) {
        // One of them uses far more time between its yields.
        Task* const next = yield_after(last == &a ? random() % 2000 : random() % 10);
        ASSERT_EQ(next, last == &a ? &b : &a) << i;
        last = next;
    }
    std::uint64_t const a_before = a.ran, b_before = b.ran;
    run_until(now + 1000 * slice);
    EXPECT_NEAR(static_cast<double>(a.ran - a_before), static_cast<double>(b.ran - b_before), 4.0 * slice)
        << "and nobody carries a claim away";
}

TEST_P(YieldTest, ManyGoRoundAndAloneItReturnsAtOnce)
{
    Task& alone = start({});
    ASSERT_EQ(pick(), &alone);
    ASSERT_EQ(yield_after(1), &alone);
    for (int i = 0; i < 4; ++i)
        start({});
    std::map<Task*, int> turns;
    Task* task = pick();
    for (int i = 0; i < 5000; ++i) {
        Task* const next = yield_after(10);
        ASSERT_NE(task, next);
        ++turns[task];
        task = next;
    }
    for (auto const& [each, count] : turns)
        EXPECT_NEAR(count, 1000, 5);
}

TEST_P(YieldTest, AnIdleClassHogIsNotHandedOverTo)
{
    Task& normal = start({});
    Task& background = start({.policy = SchedPolicy::idle});
    Task* task = pick();
    for (int i = 0; i < 20000; ++i)
        task = yield_after(task == &normal ? 20 : queue.next_preemption(now) - now);
    EXPECT_LT(background.ran * 20, normal.ran);
}

TEST_P(YieldTest, ALongTimeAloneUpsetsNothing)
{
    Task& a = start({});
    ASSERT_EQ(pick(), &a);
    start({});
    Task* last = yield_after(1ull << 50);
    EXPECT_NE(last, &a);
    for (int i = 0; i < 100; ++i) {
        Task* const next = yield_after(10);
        ASSERT_NE(next, last);
        last = next;
    }
}

TEST_F(FairTest, AloneThereIsNoTick)
{
    Task& a = start({});
    ASSERT_EQ(pick(), &a);
    EXPECT_EQ(queue.next_preemption(now), never);
    Task& b = start({});
    EXPECT_LE(queue.next_preemption(now), now + slice + 1);
    EXPECT_GE(queue.next_preemption(now), now + slice / 16);
    queue.dequeue(b);
    EXPECT_EQ(queue.next_preemption(now), never);
    run(50 * ticks_per_second);
    queue.enqueue(b, Arrival::wake);
    run_until(now + 100 * slice);
    EXPECT_NEAR(static_cast<double>(b.ran), 50.0 * slice, 2 * slice) << "running alone costs nothing later";
}

TEST_F(FairTest, AUsedUpSliceIsDueUntilTheNextPick)
{
    Task& a = start({});
    start({});
    ASSERT_EQ(pick(), &a);
    run(slice / 2);
    EXPECT_GT(queue.next_preemption(now), now);
    run(queue.next_preemption(now) - now);
    EXPECT_EQ(queue.next_preemption(now), now);
    run(10);
    EXPECT_EQ(queue.next_preemption(now), now);
    EXPECT_NE(pick(), &a);
    EXPECT_GT(queue.next_preemption(now), now);
}

TEST_F(FairTest, IdleAndBatchDoNotPreemptOnWaking)
{
    Task& normal = start({});
    ASSERT_EQ(pick(), &normal);
    run(100);
    Task& batch = start({.policy = SchedPolicy::batch});
    Task& idle = start({.policy = SchedPolicy::idle});
    EXPECT_FALSE(queue.preempts_current(batch));
    EXPECT_FALSE(queue.preempts_current(idle));
    EXPECT_EQ(idle.weight(), idle_weight);
    queue.dequeue(normal);
    queue.dequeue(batch);
    ASSERT_EQ(pick(), &idle);
    queue.enqueue(normal, Arrival::wake);
    EXPECT_TRUE(queue.preempts_current(normal));
    EXPECT_EQ(pick(), &normal);
}

TEST_F(FairTest, ANewWeightCountsFromThatMoment)
{
    Task& a = start({});
    Task& b = start({});
    run_until(now + 10 * ticks_per_second);
    pick();
    for (Task* task : {&a, &b}) { // one is current, one is queued
        queue.set_parameters(*task, {.nice = static_cast<std::int8_t>(task == &a ? 5 : 0)});
        task->ran = 0;
    }
    run_until(now + 10 * ticks_per_second);
    double const expected = 10e6 * a.weight() / (a.weight() + b.weight());
    EXPECT_NEAR(static_cast<double>(a.ran), expected, 3 * slice);
}

} // namespace
} // namespace torc
