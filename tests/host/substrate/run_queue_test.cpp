// SPDX-License-Identifier: MIT
// The real-time classes and the order among all of them.
#include <cmath>
#include <deque>
#include <map>
#include <random>

#include "tests/host/substrate/run_queue_fixture.hpp"

namespace torc {
namespace {

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
TEST_F(RunQueueTest, WhoIsLetPassGoesFirstOnce)
{
    auto const fifo = [](std::uint8_t priority) {
        return SchedParameters{.policy = SchedPolicy::fifo, .priority = priority, .nice = 0};
    };
    Task& low = start(fifo(10));
    Task& high = start(fifo(90));
    Task& middle = start(fifo(70));
    start({});
    EXPECT_EQ(pick(), &high);
    EXPECT_EQ(queue.first_real_time(), &middle);
    EXPECT_EQ(queue.real_time_behind(middle), &low);
    EXPECT_EQ(queue.real_time_behind(low), nullptr); // the fair one is none
    queue.let_pass(low);
    EXPECT_EQ(pick(), &low);
    EXPECT_EQ(pick(), &high); // the next time it is as ever
    queue.let_pass(low);
    queue.dequeue(low); // it may cease to wait before
    EXPECT_EQ(pick(), &high);
    queue.let_pass(middle);
    queue.set_parameters(middle, {}); // or to be real-time
    EXPECT_EQ(pick(), &high);
    EXPECT_EQ(queue.first_real_time(), nullptr);
}

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
            if (queue.current() != nullptr && random() % 2 == 0) {
                run(random() % 5000);
                queue.yield();
            } else if (queue.current() != nullptr) {
                ASSERT_TRUE(hand_over(random() % 5000)->is_running());
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

// ---- who is alone, blocks and is woken again --------------------------------------------------------------

TEST_F(RunQueueTest, WhoIsAloneBlocksAndComesBack)
{
    Task& task = start({});
    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(pick(), &task);
        run(100);
        queue.dequeue(task);
        EXPECT_EQ(queue.current(), nullptr);
        EXPECT_FALSE(task.is_runnable());
        EXPECT_EQ(queue.runnable(), 0u);
        EXPECT_EQ(queue.fair_load(), 0u) << "it waits for something";
        EXPECT_EQ(pick(), nullptr);
        queue.enqueue(task, i == 1 ? Arrival::interrupt : Arrival::wake);
        EXPECT_EQ(queue.fair_load(), task.weight());
        EXPECT_EQ(queue.waiting_urgency(), 1u);
    }
}

TEST_F(RunQueueTest, WhoWasAloneSharesWithWhoComesMeanwhile)
{
    Task& task = start({});
    ASSERT_EQ(pick(), &task);
    run(1000 * slice);
    queue.dequeue(task);
    Task& other = start({});
    EXPECT_EQ(queue.fair_load(), other.weight());
    ASSERT_EQ(pick(), &other);
    run(slice / 2);
    queue.enqueue(task, Arrival::wake);
    EXPECT_EQ(queue.runnable(), 2u);
    std::uint64_t const had = task.ran;
    run_until(now + 20 * slice);
    EXPECT_NEAR(static_cast<double>(task.ran - had), static_cast<double>(other.ran), 2.0 * slice);
}

TEST_F(RunQueueTest, WhoWasAloneMayChangeOrGo)
{
    Task& task = start({});
    ASSERT_EQ(pick(), &task);
    queue.dequeue(task);
    queue.set_parameters(task, {.policy = SchedPolicy::fifo, .priority = 7});
    queue.enqueue(task, Arrival::wake);
    ASSERT_EQ(pick(), &task);
    queue.dequeue(task);
    queue.set_parameters(task, {.nice = 5});
    queue.enqueue(task, Arrival::wake);
    Task& urgent = start({.policy = SchedPolicy::fifo, .priority = 1});
    ASSERT_EQ(pick(), &urgent);
    queue.dequeue(urgent);
    ASSERT_EQ(pick(), &task);
    queue.dequeue(task);
    queue.enqueue(task, Arrival::wake);
    queue.dequeue(task); // stopped before it was chosen
    queue.forget(task);
    EXPECT_EQ(queue.fair_load(), 0u);
    EXPECT_EQ(pick(), nullptr);
}

} // namespace
} // namespace torc
