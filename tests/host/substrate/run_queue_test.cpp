// SPDX-License-Identifier: MIT
#include "substrate/run_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <vector>

namespace torc {
namespace {

constexpr std::uint64_t ticks_per_second = 1'000'000;
constexpr std::uint64_t slice = 3001;

struct Task : SchedEntity {
    std::uint64_t ran{0};
};

class RunQueueTest : public testing::Test {
protected:
    RunQueueTest() { queue.open(ticks_per_second); }

    Task& add(SchedParameters const& parameters)
    {
        tasks.push_back(std::make_unique<Task>());
        queue.set_parameters(*tasks.back(), parameters);
        return *tasks.back();
    }
    Task& start(SchedParameters const& parameters)
    {
        Task& task = add(parameters);
        queue.enqueue(task, Arrival::start);
        return task;
    }
    Task* pick() { return static_cast<Task*>(queue.pick()); }
    void run(std::uint64_t ticks)
    {
        static_cast<Task*>(queue.current())->ran += ticks;
        now += ticks;
        queue.charge(ticks);
    }
    // Runs whoever should run until `end`, looking at the queue only when it asks for it.
    void run_until(std::uint64_t end)
    {
        while (now < end) {
            if (pick() == nullptr) {
                now = end;
                return;
            }
            run(std::min(queue.next_preemption(now), end) - now);
        }
    }
    void TearDown() override
    {
        for (auto& task : tasks)
            if (task->is_runnable())
                queue.dequeue(*task);
        EXPECT_EQ(queue.pick(), nullptr);
        EXPECT_EQ(queue.runnable(), 0u);
        EXPECT_EQ(queue.fair_load(), 0u);
    }

    std::uint64_t now{0};
    RunQueue queue;
    std::vector<std::unique_ptr<Task>> tasks;
};

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

TEST_F(FairTest, TwoEqualsThatYieldAlternateStrictly)
{
    std::mt19937_64 random{13};
    Task& a = start({});
    Task& b = start({});
    Task* last = pick();
    for (int i = 0; i < 20000; ++i) {
        // One of them uses far more time between its yields.
        run(last == &a ? random() % 2000 : random() % 10);
        queue.yield();
        Task* const next = pick();
        ASSERT_EQ(next, last == &a ? &b : &a) << i;
        last = next;
    }
    std::uint64_t const a_before = a.ran, b_before = b.ran;
    run_until(now + 1000 * slice);
    EXPECT_NEAR(static_cast<double>(a.ran - a_before), static_cast<double>(b.ran - b_before), 4.0 * slice)
        << "and nobody carries a claim away";
}

TEST_F(FairTest, AYieldAmongManyGoesRoundAndAloneReturnsAtOnce)
{
    Task& alone = start({});
    ASSERT_EQ(pick(), &alone);
    queue.yield();
    ASSERT_EQ(pick(), &alone);
    for (int i = 0; i < 4; ++i)
        start({});
    std::map<Task*, int> turns;
    Task* last = nullptr;
    for (int i = 0; i < 5000; ++i) {
        Task* const task = pick();
        ASSERT_NE(task, last);
        ++turns[task];
        last = task;
        run(10);
        queue.yield();
    }
    for (auto const& [task, count] : turns)
        EXPECT_NEAR(count, 1000, 5);
}

TEST_F(FairTest, AYieldDoesNotHandOverToAnIdleClassHog)
{
    Task& normal = start({});
    Task& background = start({.policy = SchedPolicy::idle});
    for (int i = 0; i < 20000; ++i) {
        Task* const task = pick();
        run(task == &normal ? 20 : queue.next_preemption(now) - now);
        queue.yield();
    }
    EXPECT_LT(background.ran * 20, normal.ran);
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

using RealTimeTest = RunQueueTest;

TEST_F(RealTimeTest, BehavesLikeListsByPriority)
{
    std::mt19937_64 random{14};
    std::map<int, std::deque<Task*>, std::greater<>> model;
    Task* current = nullptr;
    for (int i = 0; i < 30; ++i)
        add({.policy = SchedPolicy::fifo,
            .priority = static_cast<std::uint8_t>(1 + random() % 99 / 20 * 20)});
    auto forget = [&](Task& task) {
        std::erase(model[task.parameters().priority], &task);
        if (current == &task)
            current = nullptr;
    };
    for (int step = 0; step < 50000; ++step) {
        Task& task = *tasks[random() % tasks.size()];
        int const priority = task.parameters().priority;
        switch (random() % 5) {
        case 0:
            if (!task.is_runnable()) {
                queue.enqueue(task, Arrival::wake);
                model[priority].push_back(&task);
            }
            break;
        case 1:
            if (task.is_runnable()) {
                queue.dequeue(task);
                forget(task);
            }
            break;
        case 2: {
            auto const wanted = static_cast<std::uint8_t>(1 + random() % 99 / 20 * 20);
            bool const waits = task.is_runnable() && current != &task;
            queue.set_parameters(task, {.policy = SchedPolicy::fifo, .priority = wanted});
            if (waits) {
                std::erase(model[priority], &task);
                if (wanted < priority)
                    model[wanted].push_front(&task);
                else
                    model[wanted].push_back(&task);
            }
            break;
        }
        default: {
            bool const yields = random() % 2 == 0;
            if (yields && current != nullptr)
                queue.yield();
            if (current != nullptr) {
                auto& list = model[current->parameters().priority];
                if (yields)
                    list.push_back(current);
                else
                    list.push_front(current);
            }
            Task* expected = nullptr;
            for (auto& [level, list] : model)
                if (expected == nullptr && !list.empty()) {
                    expected = list.front();
                    list.pop_front();
                }
            ASSERT_EQ(pick(), expected);
            current = expected;
        }
        }
        std::size_t waiting = 0;
        for (auto const& [level, list] : model)
            waiting += list.size();
        ASSERT_EQ(queue.runnable(), waiting + (current != nullptr ? 1 : 0));
    }
}

TEST_F(RealTimeTest, EveryPriorityIsFound)
{
    for (std::uint8_t priority = lowest_priority; priority <= highest_priority; ++priority) {
        Task& task = start({.policy = SchedPolicy::fifo, .priority = priority});
        ASSERT_EQ(queue.waiting_urgency(), priority + 1u);
        ASSERT_EQ(pick(), &task);
        queue.dequeue(task);
        ASSERT_EQ(queue.waiting_urgency(), 0u);
    }
}

TEST_F(RealTimeTest, RoundRobinSharesByQuantumAndFifoDoesNot)
{
    Task& a = start({.policy = SchedPolicy::round_robin, .priority = 10});
    ASSERT_EQ(pick(), &a);
    EXPECT_EQ(queue.next_preemption(now), never);
    Task& b = start({.policy = SchedPolicy::round_robin, .priority = 10});
    Task& fair = start({});
    for (int i = 0; i < 1000; ++i) {
        Task* const task = pick();
        ASSERT_NE(task, &fair);
        run(std::min<std::uint64_t>(queue.next_preemption(now) - now, 7000));
    }
    EXPECT_NEAR(static_cast<double>(a.ran), static_cast<double>(b.ran), 1.1 * queue.quantum_ticks());
    queue.dequeue(a);
    queue.dequeue(b);
    Task& fifo = start({.policy = SchedPolicy::fifo, .priority = 10});
    start({.policy = SchedPolicy::fifo, .priority = 10});
    ASSERT_EQ(pick(), &fifo);
    EXPECT_EQ(queue.next_preemption(now), never);
    run(ticks_per_second);
    EXPECT_EQ(pick(), &fifo);
}

TEST_F(RunQueueTest, ClassesComeInOrder)
{
    Task& fair = start({});
    Task& low = start({.policy = SchedPolicy::fifo, .priority = 1});
    Task& high = start({.policy = SchedPolicy::round_robin, .priority = 99});
    Task& late = start({.policy = SchedPolicy::deadline, .deadline_ticks = 2000});
    Task& soon = start({.policy = SchedPolicy::deadline, .deadline_ticks = 1000});
    for (Task* expected : {&soon, &late, &high, &low, &fair}) {
        ASSERT_EQ(pick(), expected);
        for (auto const& other : tasks)
            if (other->is_runnable() && other.get() != expected) {
                EXPECT_FALSE(queue.preempts_current(*other));
                EXPECT_TRUE(queue.more_urgent(*expected, *other));
            }
        queue.dequeue(*expected);
    }
    EXPECT_EQ(pick(), nullptr);
}

TEST_F(RunQueueTest, ARealTimeThreadPreemptsAndTheFairOneGoesOn)
{
    Task& fair = start({});
    ASSERT_EQ(pick(), &fair);
    run(500);
    Task& urgent = start({.policy = SchedPolicy::fifo, .priority = 50});
    EXPECT_TRUE(queue.preempts_current(urgent));
    ASSERT_EQ(pick(), &urgent);
    run(10);
    queue.dequeue(urgent);
    EXPECT_EQ(pick(), &fair);
}

// Anything may happen to any thread at any time: nobody is lost, nobody starves, nothing traps.
TEST_F(RunQueueTest, SurvivesRandomUse)
{
    std::mt19937_64 random{15};
    auto any_parameters = [&]() -> SchedParameters {
        switch (random() % 6) {
        case 0:
            return {.policy = SchedPolicy::fifo, .priority = static_cast<std::uint8_t>(1 + random() % 99)};
        case 1:
            return {
                .policy = SchedPolicy::round_robin, .priority = static_cast<std::uint8_t>(1 + random() % 99)};
        case 2:
            return {.policy = SchedPolicy::idle};
        case 3:
            return {.policy = SchedPolicy::deadline, .deadline_ticks = now + random() % 10000};
        default:
            return {.policy = random() % 2 == 0 ? SchedPolicy::normal : SchedPolicy::batch,
                .nice = static_cast<std::int8_t>(static_cast<int>(random() % 40) - 20)};
        }
    };
    for (int i = 0; i < 40; ++i)
        add(any_parameters());
    for (int step = 0; step < 200000; ++step) {
        Task& task = *tasks[random() % tasks.size()];
        std::size_t const before = queue.runnable();
        switch (random() % 8) {
        case 0:
        case 1:
            if (!task.is_runnable()) {
                queue.enqueue(task, static_cast<Arrival>(random() % 4));
                ASSERT_EQ(queue.runnable(), before + 1);
            }
            break;
        case 2:
            if (task.is_runnable())
                queue.dequeue(task);
            break;
        case 3:
            queue.set_parameters(task, any_parameters());
            ASSERT_EQ(queue.runnable(), before);
            break;
        case 4:
            if (queue.current() != nullptr) {
                run(random() % 5000);
                queue.yield();
            }
            break;
        case 5:
            if (queue.current() != nullptr && queue.next_preemption(now) != never)
                run(queue.next_preemption(now) - now);
            break;
        default:
            if (queue.current() != nullptr)
                run(random() % 5000);
            Task* const picked = pick();
            ASSERT_EQ(picked != nullptr, before != 0);
            ASSERT_TRUE(picked == nullptr || picked->is_running());
        }
        std::size_t runnable = 0, running = 0;
        std::uint64_t load = 0;
        for (auto const& each : tasks) {
            runnable += each->is_runnable();
            running += each->is_running();
            if (each->is_runnable() && each->sched_class() == SchedClass::fair)
                load += each->weight();
        }
        ASSERT_EQ(queue.runnable(), runnable);
        ASSERT_EQ(running, queue.current() != nullptr ? 1u : 0u);
        ASSERT_EQ(queue.fair_load(), load);
    }
    for (auto const& task : tasks) { // from here on all compete fairly: each gets its share
        queue.set_parameters(*task, {});
        if (!task->is_runnable())
            queue.enqueue(*task, Arrival::wake);
        task->ran = 0;
    }
    run_until(now + 40ull * 1000 * slice);
    for (auto const& task : tasks)
        EXPECT_NEAR(static_cast<double>(task->ran), 1000.0 * slice, 40.0 * slice);
}

TEST(NiceWeights, AStepIsAFactorOfOneAndAQuarter)
{
    for (std::size_t i = 1; i < nice_weights.size(); ++i) {
        double const exact = 1024 * std::pow(1.25, 20.0 - static_cast<double>(i));
        EXPECT_NEAR(nice_weights[i], exact, 0.5001) << i;
    }
}

} // namespace
} // namespace torc
