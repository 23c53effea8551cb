// SPDX-License-Identifier: MIT
// One torus publishes, others read, under ThreadSanitizer: what is read is whole, and epochs never go back.
#include "substrate/published_projection.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace torc {
namespace {

constexpr std::uint64_t publications = 100'000;

Projection numbered(std::uint64_t number)
{
    Projection projection;
    projection.identity = {{1}, {2}, 3};
    projection.epoch = number;
    projection.constraints.level = static_cast<std::int64_t>(number * 3);
    projection.constraints.frames_spare = static_cast<std::uint32_t>(number);
    projection.constraints.misfit_weight = static_cast<std::uint32_t>(number * 5);
    for (EdgeView& edge : projection.edges)
        edge = {static_cast<std::int64_t>(number), static_cast<std::uint32_t>(number), 7};
    projection.counters.frames_lent = number; // the last word in use
    return projection;
}

void expect_whole(Glimpse const& glimpse)
{
    std::uint64_t const number = glimpse.epoch;
    ASSERT_EQ(glimpse.identity, (ProjectionIdentity{{1}, {2}, 3}));
    ASSERT_EQ(glimpse.constraints.level, static_cast<std::int64_t>(number * 3));
    ASSERT_EQ(glimpse.constraints.frames_spare, static_cast<std::uint32_t>(number));
    ASSERT_EQ(glimpse.constraints.misfit_weight, static_cast<std::uint32_t>(number * 5));
    ASSERT_EQ(glimpse.edge.flow, static_cast<std::int64_t>(number));
    ASSERT_EQ(glimpse.edge.seen_incarnation, static_cast<std::uint32_t>(number));
}

TEST(Publication, NothingIsReadBeforeTheFirst)
{
    PublishedProjection published;
    Glimpse glimpse;
    Projection projection;
    EXPECT_FALSE(published.read(glimpse, 0));
    EXPECT_FALSE(published.read(projection));
    published.publish(numbered(4));
    ASSERT_TRUE(published.read(glimpse, 11));
    expect_whole(glimpse);
    ASSERT_TRUE(published.read(projection));
    EXPECT_TRUE(is_whole(projection));
    EXPECT_EQ(projection.counters.frames_lent, 4u);
}

TEST(Publication, ReadersSeeWholeProjectionsInOrder)
{
    PublishedProjection published;
    std::atomic<bool> done{false};
    std::vector<std::thread> readers;
    std::atomic<std::uint64_t> heard{0};
    for (std::uint8_t reader = 0; reader < 3; ++reader)
        readers.emplace_back([&, reader] {
            std::uint64_t last = 0;
            while (!done.load(std::memory_order_acquire)) {
                Glimpse glimpse;
                if (published.read(glimpse, reader)) {
                    expect_whole(glimpse);
                    ASSERT_GE(glimpse.epoch, last);
                    last = glimpse.epoch;
                    heard.fetch_add(1, std::memory_order_relaxed);
                }
                Projection projection;
                if (published.read(projection)) {
                    ASSERT_EQ(projection.counters.frames_lent, projection.epoch);
                    ASSERT_EQ(projection.edges[11].flow, static_cast<std::int64_t>(projection.epoch));
                }
                std::this_thread::yield();
            }
        });
    for (std::uint64_t number = 1; number <= publications; ++number) {
        published.publish(numbered(number));
        if (number % 64 == 0)
            std::this_thread::yield();
    }
    done.store(true, std::memory_order_release);
    for (std::thread& reader : readers)
        reader.join();
    EXPECT_GT(heard.load(), 0u);
}

} // namespace
} // namespace torc
