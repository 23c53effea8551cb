// SPDX-License-Identifier: MIT
#include "substrate/timer_queue.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "substrate/owner_of.hpp"

namespace torc {
namespace {

TEST(TimerQueue, BehavesLikeAMultimap)
{
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        std::mt19937_64 random{seed};
        std::size_t const size = 1 + random() % 200;
        std::vector<Timer> timers(size);
        std::multimap<std::uint64_t, Timer*> model;
        TimerQueue queue;
        std::uint64_t now = 0;
        auto forget = [&](Timer& timer) {
            for (auto at = model.begin(); at != model.end(); ++at)
                if (at->second == &timer) {
                    model.erase(at);
                    return;
                }
        };
        for (int step = 0; step < 5000; ++step) {
            Timer& timer = timers[random() % size];
            switch (random() % 4) {
            case 0:
            case 1: {
                std::uint64_t const deadline = now + random() % 300; // many equal ones
                forget(timer);
                model.emplace(deadline, &timer);
                queue.arm(timer, deadline);
                break;
            }
            case 2:
                forget(timer);
                queue.cancel(timer);
                break;
            default:
                now += random() % 20;
                while (Timer* expired = queue.pop_expired(now)) {
                    ASSERT_FALSE(model.empty());
                    ASSERT_EQ(expired, model.begin()->second) << "equal deadlines: first in, first out";
                    ASSERT_LE(model.begin()->first, now);
                    ASSERT_FALSE(expired->is_armed());
                    model.erase(model.begin());
                }
                ASSERT_TRUE(model.empty() || model.begin()->first > now);
            }
            ASSERT_EQ(queue.earliest(), model.empty() ? never : model.begin()->first);
            if (step % 100 == 0) {
                Timer* walk = queue.first();
                for (auto const& [deadline, expected] : model) {
                    ASSERT_EQ(walk, expected);
                    ASSERT_EQ(walk->deadline(), deadline);
                    walk = queue.after(*walk);
                }
                ASSERT_EQ(walk, nullptr);
            }
        }
        for (Timer& timer : timers)
            queue.cancel(timer);
        ASSERT_EQ(queue.first(), nullptr);
    }
}

TEST(TimerQueue, NeverMeansDisarmedAndTheFarFutureStaysThere)
{
    TimerQueue queue;
    Timer near, far, off;
    queue.arm(far, never - 1);
    queue.arm(near, 1000);
    queue.arm(off, never);
    EXPECT_FALSE(off.is_armed());
    EXPECT_EQ(queue.earliest(), 1000u);
    EXPECT_EQ(queue.pop_expired(5000), &near);
    EXPECT_EQ(queue.pop_expired(1ull << 60), nullptr);
    queue.arm(far, never);
    EXPECT_EQ(queue.earliest(), never);
}

TEST(TimerQueue, AnArmedTimerMustNotGoAway)
{
    EXPECT_DEATH(
        {
            TimerQueue queue;
            Timer timer;
            queue.arm(timer, 1);
        },
        "");
}

TEST(OrderedQueue, KeysMayWrap)
{
    OrderedQueue queue;
    OrderedNode nodes[6];
    std::uint64_t const start = ~0ull - 2;
    for (unsigned i : {3u, 1u, 5u, 0u, 4u, 2u})
        queue.insert(nodes[i], start + i);
    for (OrderedNode& node : nodes)
        EXPECT_EQ(queue.pop_first(), &node);
    EXPECT_TRUE(queue.empty());
}

TEST(OwnerOf, FindsTheRecordAroundItsPart)
{
    struct Thing {
        std::uint64_t before;
        Timer timer;
    } thing{};
    EXPECT_EQ(&owner_of<&Thing::timer>(thing.timer), &thing);
    EXPECT_EQ(&owner_of<&Thing::before>(thing.before), &thing);
}

} // namespace
} // namespace torc
