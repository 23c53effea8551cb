// SPDX-License-Identifier: MIT
#include "substrate/projection.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

namespace torc {
namespace {

Projection projection_at(std::uint64_t epoch, std::uint32_t incarnation = 1)
{
    Projection projection;
    projection.identity = {{1}, {2}, incarnation};
    projection.epoch = epoch;
    projection.counters.events_in = epoch * 10;
    projection.load.fair_weight = epoch * 7;
    seal(projection);
    return projection;
}

Projection nothing_known()
{
    Projection known;
    known.identity = {{1}, {2}, 0};
    return known;
}

bool same(Projection const& a, Projection const& b)
{
    return std::memcmp(&a, &b, sizeof a) == 0;
}

TEST(Projection, AnyOrderAndAnyRepetitionGivesTheSame)
{
    std::mt19937_64 random{3};
    std::vector<Projection> heard;
    for (std::uint64_t epoch = 1; epoch <= 20; ++epoch)
        heard.push_back(projection_at(epoch, epoch <= 10 ? 1 : 2));
    for (int round = 0; round < 200; ++round) {
        Projection known = nothing_known();
        std::vector<Projection> order = heard;
        order.insert(order.end(), heard.begin(), heard.end());
        std::shuffle(order.begin(), order.end(), random);
        for (Projection const& each : order)
            merge(known, each);
        ASSERT_TRUE(same(known, heard.back()));
    }
}

TEST(Projection, OlderAndEqualEpochsChangeNothing)
{
    Projection known = projection_at(5);
    EXPECT_FALSE(merge(known, projection_at(5)));
    EXPECT_FALSE(merge(known, projection_at(4)));
    EXPECT_TRUE(same(known, projection_at(5)));
    EXPECT_TRUE(merge(known, projection_at(6)));
}

TEST(Projection, ARebuiltTorusStartsItsEpochsAfresh)
{
    Projection known = projection_at(1000, 1);
    EXPECT_TRUE(merge(known, projection_at(1, 2)));
    EXPECT_FALSE(merge(known, projection_at(2000, 1)));
}

TEST(Projection, AnotherTorusAndTornCopiesAreIgnored)
{
    Projection known = projection_at(1);
    Projection other = projection_at(2);
    other.identity.torus = {3};
    seal(other);
    EXPECT_FALSE(merge(known, other));
    Projection const good = projection_at(2);
    for (std::size_t bit = 0; bit < sizeof(Projection) * 8; ++bit) {
        Projection torn = good;
        auto bytes = std::bit_cast<std::array<std::uint8_t, sizeof(Projection)>>(torn);
        bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
        torn = std::bit_cast<Projection>(bytes);
        ASSERT_FALSE(merge(known, torn)) << bit;
    }
    EXPECT_TRUE(merge(known, good));
}

} // namespace
} // namespace torc
