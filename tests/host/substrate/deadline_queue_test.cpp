// SPDX-License-Identifier: MIT
// SCHED_DEADLINE, seen through the run queue: admission, budgets, the order of deadlines, misses.
#include <random>

#include "tests/host/substrate/run_queue_fixture.hpp"

namespace torc {
namespace {

constexpr SchedParameters by_deadline{.policy = SchedPolicy::deadline};
constexpr std::uint64_t ms = ticks_per_second / 1000;

class DeadlineTest : public RunQueueTest {
protected:
    Task& add_reserved(std::uint64_t runtime, std::uint64_t deadline, std::uint64_t period)
    {
        Task& task = add({});
        EXPECT_TRUE(queue.reserve(task, {runtime, deadline, period}, now));
        queue.set_parameters(task, by_deadline);
        return task;
    }
    void wake(Task& task)
    {
        queue.arrive(task, now);
        queue.enqueue(task, Arrival::wake);
    }
    Task& start_reserved(std::uint64_t runtime, std::uint64_t deadline, std::uint64_t period)
    {
        Task& task = add_reserved(runtime, deadline, period);
        wake(task);
        return task;
    }
    void run_for(std::uint64_t ticks) { run_until(now + ticks); }
    void TearDown() override
    {
        RunQueueTest::TearDown();
        for (auto& task : tasks) {
            queue.set_parameters(*task, {});
            EXPECT_TRUE(queue.reserve(*task, {}, now));
        }
        EXPECT_FALSE(queue.has_reservations());
        EXPECT_EQ(queue.deadlines().reserved(), 0u);
        EXPECT_EQ(queue.next_period_begins(), never);
    }
};

TEST_F(DeadlineTest, NoMoreIsReservedThanThereIs)
{
    Task& a = add({});
    Task& b = add({});
    EXPECT_TRUE(queue.reserve(a, {50 * ms, 100 * ms, 100 * ms}, now));
    EXPECT_FALSE(queue.reserve(b, {46 * ms, 100 * ms, 100 * ms}, now));
    EXPECT_EQ(b.reservation().runtime, 0u) << "and nothing has changed";
    EXPECT_TRUE(queue.reserve(b, {45 * ms, 90 * ms, 100 * ms}, now)) << "by period, not by deadline";
    EXPECT_FALSE(queue.reserve(b, {46 * ms, 100 * ms, 100 * ms}, now));
    EXPECT_EQ(b.reservation().runtime, 45 * ms);
    EXPECT_TRUE(queue.reserve(a, {40 * ms, 100 * ms, 100 * ms}, now));
    EXPECT_TRUE(queue.reserve(b, {55 * ms, 100 * ms, 100 * ms}, now));
    EXPECT_TRUE(queue.reserve(a, {}, now));
    EXPECT_TRUE(queue.reserve(b, {95 * ms, 100 * ms, 100 * ms}, now));
}

TEST_F(DeadlineTest, AHogGetsWhatItReservedAndNoMore)
{
    Task& hog = start_reserved(10 * ms, 50 * ms, 50 * ms);
    Task& fifo = start({.policy = SchedPolicy::fifo, .priority = 99});
    run_for(1000 * ms);
    EXPECT_EQ(hog.ran, 200 * ms);
    EXPECT_EQ(fifo.ran, 800 * ms);
    EXPECT_EQ(hog.overruns(), 20u);
    EXPECT_GE(hog.misses(), 19u) << "it would have gone on every time";
    EXPECT_EQ(queue.deadlines().misses(), hog.misses());
}

TEST_F(DeadlineTest, AloneItRestsToo)
{
    Task& hog = start_reserved(10 * ms, 100 * ms, 100 * ms);
    run_for(1000 * ms);
    EXPECT_EQ(hog.ran, 100 * ms);
    EXPECT_TRUE(hog.rests());
    EXPECT_EQ(queue.runnable(), 0u);
}

// Jobs of less than the reservation, at random times no closer than a period: no deadline is missed, though
// there is a hog of each class.
TEST_F(DeadlineTest, WhoKeepsToItsReservationMeetsEveryDeadline)
{
    std::mt19937_64 random{21};
    struct Periodic {
        Task* task;
        std::uint64_t next, work, done;
    };
    std::vector<Periodic> all;
    all.push_back({&add_reserved(3 * ms, 10 * ms, 10 * ms), 0, 0, 0});
    all.push_back({&add_reserved(8 * ms, 30 * ms, 30 * ms), 0, 0, 0});
    all.push_back({&add_reserved(20 * ms, 100 * ms, 100 * ms), 0, 0, 0});
    start_reserved(10 * ms, 90 * ms, 90 * ms); // a hog
    start({.policy = SchedPolicy::fifo, .priority = 99});
    start({});
    while (now < 100'000 * ms) {
        queue.replenish(now);
        std::uint64_t until = never;
        for (Periodic& each : all) {
            if (now >= each.next && !each.task->is_runnable()) {
                each.next = now + each.task->reservation().period + random() % (5 * ms);
                each.work = 1 + random() % (each.task->reservation().runtime - 1);
                each.done = each.task->ran;
                wake(*each.task);
            }
            if (!each.task->is_runnable())
                until = std::min(until, each.next);
        }
        Task* const task = pick();
        ASSERT_NE(task, nullptr);
        auto const periodic
            = std::find_if(all.begin(), all.end(), [&](auto& each) { return each.task == task; });
        until = std::min({until, queue.next_preemption(now), queue.next_period_begins()});
        if (periodic != all.end())
            until = std::min(until, now + periodic->done + periodic->work - task->ran);
        run(until - now);
        if (periodic != all.end() && task->ran == periodic->done + periodic->work)
            queue.dequeue(*task);
    }
    for (Periodic const& each : all) {
        EXPECT_EQ(each.task->misses(), 0u);
        EXPECT_EQ(each.task->overruns(), 0u);
    }
}

TEST_F(DeadlineTest, AYieldGivesTheRestOfTheBudgetAway)
{
    Task& task = start_reserved(10 * ms, 100 * ms, 100 * ms);
    ASSERT_EQ(pick(), &task);
    run(2 * ms);
    queue.yield();
    EXPECT_EQ(pick(), nullptr);
    EXPECT_EQ(queue.next_period_begins(), 100 * ms);
    now = 100 * ms;
    EXPECT_TRUE(queue.replenish(now));
    ASSERT_EQ(pick(), &task);
    EXPECT_EQ(task.job_budget(), static_cast<std::int64_t>(10 * ms));
    EXPECT_EQ(task.job_deadline(), 200 * ms);
    EXPECT_EQ(task.misses() + task.overruns(), 0u);
}

TEST_F(DeadlineTest, TheEarlierDeadlineRuns)
{
    Task& late = start_reserved(10 * ms, 100 * ms, 100 * ms);
    ASSERT_EQ(pick(), &late);
    run(1 * ms);
    Task& soon = start_reserved(5 * ms, 50 * ms, 50 * ms);
    EXPECT_TRUE(queue.preempts_current(soon));
    ASSERT_EQ(pick(), &soon);
    run(2 * ms);
    queue.dequeue(soon);
    ASSERT_EQ(pick(), &late);
    run(5 * ms);
    wake(soon);
    EXPECT_TRUE(queue.preempts_current(soon));
    EXPECT_EQ(soon.job_deadline(), 51 * ms) << "the same job: what is left fits";
    now = 60 * ms;
    queue.dequeue(soon);
    wake(soon);
    EXPECT_EQ(soon.job_deadline(), 110 * ms);
    EXPECT_FALSE(queue.preempts_current(soon));
}

TEST_F(DeadlineTest, SleepingAndWakingDoesNotEarnMore)
{
    std::mt19937_64 random{22};
    Task& task = start_reserved(10 * ms, 40 * ms, 40 * ms);
    Task& early = start_reserved(10 * ms, 20 * ms, 40 * ms);
    start({});
    std::uint64_t const begin = now;
    while (now < begin + 20'000 * ms) {
        queue.replenish(now);
        Task* const running = pick();
        run(std::min(
            {random() % (3 * ms), queue.next_preemption(now) - now, queue.next_period_begins() - now}));
        if ((running == &task || running == &early) && random() % 2 == 0)
            queue.dequeue(*running);
        for (Task* each : {&task, &early})
            if (!each->is_runnable() && random() % 4 != 0)
                wake(*each);
    }
    for (Task* each : {&task, &early})
        EXPECT_LE(each->ran * 4, now - begin + 8 * 10 * ms);
}

TEST_F(DeadlineTest, AShortDeadlineIsGivenOnceAPeriod)
{
    Task& task = start_reserved(10 * ms, 20 * ms, 100 * ms);
    ASSERT_EQ(pick(), &task);
    run(3 * ms);
    queue.dequeue(task);
    now = 30 * ms;
    wake(task);
    EXPECT_TRUE(task.rests());
    EXPECT_EQ(pick(), nullptr);
    EXPECT_EQ(queue.next_period_begins(), 100 * ms);
    now = 100 * ms;
    queue.replenish(now);
    ASSERT_EQ(pick(), &task);
    EXPECT_EQ(task.job_deadline(), 120 * ms);
    EXPECT_EQ(task.misses(), 0u);
    run(1 * ms);
    queue.dequeue(task);
    now = 118 * ms;
    wake(task);
    EXPECT_NEAR(static_cast<double>(task.job_budget()), 1.0 * ms, 1) << "as much as fits";
}

TEST_F(DeadlineTest, WhoInheritsADeadlineHasNoBudget)
{
    Task& waiter = add_reserved(10 * ms, 50 * ms, 50 * ms);
    Task& owner = start_reserved(1 * ms, 100 * ms, 100 * ms);
    ASSERT_EQ(pick(), &owner);
    run(1 * ms);
    EXPECT_EQ(pick(), nullptr);
    EXPECT_TRUE(owner.rests());
    queue.set_parameters(owner, {.policy = SchedPolicy::deadline, .deadline_ticks = waiter.job_deadline()});
    EXPECT_FALSE(owner.rests());
    ASSERT_EQ(pick(), &owner);
    EXPECT_EQ(queue.next_preemption(now), never);
    run(5 * ms);
    ASSERT_EQ(pick(), &owner);
    queue.set_parameters(owner, by_deadline);
    EXPECT_EQ(pick(), nullptr) << "and then it rests again";
    EXPECT_EQ(queue.next_period_begins(), 100 * ms);
}

TEST_F(DeadlineTest, ALongGrainIsPaidForByPeriods)
{
    Task& task = start_reserved(10 * ms, 100 * ms, 100 * ms);
    start({});
    ASSERT_EQ(pick(), &task);
    run(35 * ms); // nobody could stop it
    run_for(365 * ms);
    EXPECT_EQ(task.ran, 40 * ms) << "what is left of the fourth budget, with the fourth deadline";
    run_for(600 * ms);
    EXPECT_EQ(task.ran, 100 * ms);
}

TEST_F(DeadlineTest, ATinyReservationGetsOnAndPays)
{
    Task& task = start_reserved(1, 100, 100); // runs 200 at a time
    start({});
    std::uint64_t const begin = now;
    while (now < begin + 1000 * ms) {
        run_for(50 + now % 777);
        if (task.is_running() && now % 3 == 0) {
            queue.dequeue(task);
            run_for(120);
            wake(task);
        }
    }
    EXPECT_GE(task.ran * 110, now - begin);
    EXPECT_LE(task.ran * 90, now - begin);
}

TEST_F(DeadlineTest, SurvivesRandomUse)
{
    std::mt19937_64 random{23};
    for (int i = 0; i < 20; ++i)
        add({});
    for (int step = 0; step < 200'000; ++step) {
        Task& task = *tasks[random() % tasks.size()];
        switch (random() % 8) {
        case 0:
            if (!task.is_runnable())
                wake(task);
            break;
        case 1:
            if (task.is_runnable())
                queue.dequeue(task);
            break;
        case 2: {
            std::uint64_t const period = 100 + random() % 20'000;
            std::uint64_t const deadline = random() % 2 == 0 ? period : 1 + random() % period;
            if (queue.reserve(task, {1 + random() % deadline / 4, deadline, period}, now))
                queue.set_parameters(task, by_deadline);
            break;
        }
        case 3:
            queue.set_parameters(
                task, {.policy = random() % 2 == 0 ? SchedPolicy::fifo : SchedPolicy::normal, .priority = 5});
            ASSERT_TRUE(queue.reserve(task, {}, now));
            break;
        case 4:
            if (task.reservation().runtime != 0)
                queue.set_parameters(task,
                    {.policy = SchedPolicy::deadline,
                        .deadline_ticks = random() % 2 * (now + random() % 9000)});
            break;
        case 5:
            if (queue.current() != nullptr)
                queue.yield();
            break;
        default:
            run_until(now + random() % 5000);
        }
        std::size_t runnable = 0;
        for (auto const& each : tasks)
            runnable += each->is_runnable() && !each->rests();
        ASSERT_EQ(queue.runnable(), runnable);
    }
}

} // namespace
} // namespace torc
