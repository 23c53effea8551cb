// SPDX-License-Identifier: MIT
// A run queue whose threads only count the ticks that they ran.
#pragma once
#include "substrate/run_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace torc {

inline constexpr std::uint64_t ticks_per_second = 1'000'000;
inline constexpr std::uint64_t slice = 3001;

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
        queue.charge(ticks, now);
    }
    // The current one has run for that long and yields: in one step where that is possible.
    Task* hand_over(std::uint64_t ticks)
    {
        auto* const yielder = static_cast<Task*>(queue.current());
        yielder->ran += ticks;
        now += ticks;
        if (queue.can_hand_over()) {
            SchedEntity* const next = queue.hand_over(*yielder, ticks);
            EXPECT_EQ(queue.current(), next != nullptr ? next : yielder);
            EXPECT_NE(next, yielder);
            return static_cast<Task*>(queue.current());
        }
        queue.charge(ticks);
        queue.yield();
        return pick();
    }
    // Runs whoever should run until `end`, looking at the queue only when it asks for it.
    void run_until(std::uint64_t end)
    {
        while (now < end) {
            queue.replenish(now);
            bool const idle = pick() == nullptr; // who was current may rest from here
            std::uint64_t const until = std::min(queue.next_period_begins(), end);
            if (idle)
                now = until;
            else
                run(std::min(queue.next_preemption(now), until) - now);
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

} // namespace torc
