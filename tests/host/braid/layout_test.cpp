// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <vector>

#include "substrate/braid_layout.hpp"
#include "substrate/diffusion_gains.hpp"

namespace torc {
namespace {

// Everything that one torus believes of another, the other believes as well.
void expect_consistent(Shape const& shape, std::uint32_t position)
{
    Neighbourhood const hood = neighbourhood_of(shape, position);
    std::set<std::uint32_t> const others(hood.position.begin(), hood.position.begin() + hood.neighbours);
    ASSERT_EQ(others.size(), hood.neighbours);
    ASSERT_FALSE(others.contains(position));
    for (std::uint8_t slot = 0; slot < hood.neighbours; ++slot) {
        Neighbourhood const there = neighbourhood_of(shape, hood.position[slot]);
        ASSERT_EQ(there.position[hood.slot_there[slot]], position);
        ASSERT_EQ(there.slot_there[hood.slot_there[slot]], slot);
    }
    for (std::uint8_t seat = 0; seat < hood.braids; ++seat) {
        auto const [next, previous, previous_at_next, next_at_previous] = hood.seats[seat];
        Neighbourhood const b = neighbourhood_of(shape, hood.position[next]);
        Neighbourhood const c = neighbourhood_of(shape, hood.position[previous]);
        ASSERT_EQ(b.position[previous_at_next], hood.position[previous]);
        ASSERT_EQ(c.position[next_at_previous], hood.position[next]);
        // In the next torus's own list the braid goes on round the same cycle.
        auto const seats = std::span{b.seats}.first(b.braids);
        ASSERT_TRUE(std::ranges::any_of(seats, [&](Seat const& there) {
            return there.next == previous_at_next && there.previous == hood.slot_there[next];
        }));
    }
}

TEST(Layout, NeighboursAgreeOnEverySmallShape)
{
    for (std::uint32_t tori = 1; tori <= 128; ++tori)
        for (std::uint32_t position = 0; position < tori; ++position) {
            expect_consistent(shape_for(tori), position);
            expect_consistent({{tori, 1, 1}}, position);
        }
    for (std::uint32_t x = 1; x <= 6; ++x)
        for (std::uint32_t y = 1; y <= 6; ++y)
            for (std::uint32_t z = 1; z <= 6; ++z)
                for (std::uint32_t position = 0; position < x * y * z; ++position)
                    expect_consistent({{x, y, z}}, position);
}

TEST(Layout, ANeighbourhoodIsTheSameSizeHoweverManyToriThereAre)
{
    for (std::uint32_t const tori : {5u, 16u, 1000u, 1'000'000u}) {
        Neighbourhood const ring = neighbourhood_of({{tori, 1, 1}}, tori / 2);
        EXPECT_EQ(ring.neighbours, 4);
        EXPECT_EQ(ring.braids, 3);
    }
    Neighbourhood const cube = neighbourhood_of({{100, 100, 100}}, 999'999);
    EXPECT_EQ(cube.neighbours, 12);
    EXPECT_EQ(cube.braids, 9);
    expect_consistent({{100, 100, 100}}, 999'999);
    expect_consistent({{4'000'000'000, 1, 1}}, 3'999'999'999);
}

TEST(Layout, ShortAxesFold)
{
    EXPECT_EQ(neighbourhood_of({{1, 1, 1}}, 0).neighbours, 0);
    EXPECT_EQ(neighbourhood_of({{2, 1, 1}}, 0).neighbours, 1);
    EXPECT_EQ(neighbourhood_of({{2, 1, 1}}, 0).braids, 0);
    EXPECT_EQ(neighbourhood_of({{3, 1, 1}}, 0).braids, 1);
    EXPECT_EQ(neighbourhood_of({{4, 1, 1}}, 0).neighbours, 3);
}

TEST(Layout, ShapesAreRingsWhileSmallAndSquareAfterwards)
{
    EXPECT_EQ(shape_for(7), (Shape{{7, 1, 1}}));
    EXPECT_EQ(shape_for(16), (Shape{{16, 1, 1}}));
    EXPECT_EQ(shape_for(64), (Shape{{8, 8, 1}}));
    EXPECT_EQ(shape_for(61), (Shape{{61, 1, 1}}));
    for (std::uint32_t tori = 1; tori < 1000; ++tori)
        ASSERT_EQ(shape_for(tori).count(), tori);
}

TEST(Layout, ClustersAreSpreadRoundTheRing)
{
    std::vector<std::uint16_t> const clusters{1, 1, 1, 1, 2, 2, 2, 2};
    std::vector<std::uint16_t> positions(8);
    arrange(clusters, positions);
    std::vector<std::uint16_t> by_position(8);
    for (std::size_t core = 0; core < 8; ++core)
        by_position[positions[core]] = clusters[core];
    for (std::size_t place = 0; place < 8; ++place)
        EXPECT_NE(by_position[place], by_position[(place + 1) % 8]);
}

TEST(Layout, AnyClustersGiveEachCoreItsOwnPosition)
{
    for (unsigned pattern = 0; pattern < 729; ++pattern) { // every way to put six cores into three clusters
        std::vector<std::uint16_t> clusters, positions(6);
        for (unsigned core = 0, rest = pattern; core < 6; ++core, rest /= 3)
            clusters.push_back(static_cast<std::uint16_t>(rest % 3));
        arrange(clusters, positions);
        std::ranges::sort(positions);
        for (std::uint16_t place = 0; place < 6; ++place)
            ASSERT_EQ(positions[place], place);
    }
}

// ---- gains ------------------------------------------------------------------------------------------------

double eigenvalue(std::uint32_t side, std::uint32_t mode)
{
    std::set<std::uint32_t> const steps{1 % side, (side - 1) % side, 2 % side, (2 * side - 2) % side};
    double sum = 0;
    for (std::uint32_t const step : steps)
        sum += 1 - std::cos(2 * std::numbers::pi * mode * step / side);
    return sum;
}

TEST(Gains, TheSpectrumIsThatOfTheGraph)
{
    for (std::uint32_t x = 2; x <= 64; ++x)
        for (std::uint32_t y = 1; y <= 16; ++y) {
            double smallest = 100, largest = 0;
            for (std::uint32_t i = 0; i < x; ++i)
                for (std::uint32_t j = 0; j < y; ++j)
                    if (i + j != 0) {
                        smallest = std::min(smallest, eigenvalue(x, i) + eigenvalue(y, j));
                        largest = std::max(largest, eigenvalue(x, i) + eigenvalue(y, j));
                    }
            Spectrum const spectrum = spectrum_of({{x, y, 1}});
            ASSERT_NEAR(std::ldexp(static_cast<double>(spectrum.smallest), -40), smallest, 1e-6)
                << x << " " << y;
            ASSERT_NEAR(std::ldexp(static_cast<double>(spectrum.largest), -40), largest, 1e-6)
                << x << " " << y;

            double const gamma = (largest - smallest) / (largest + smallest);
            double const alpha = 2 / (largest + smallest), beta = 2 / (1 + std::sqrt(1 - gamma * gamma));
            DiffusionGains const gains = gains_of(spectrum);
            ASSERT_NEAR(gains.first / 65536.0, alpha, 5e-5);
            ASSERT_NEAR(gains.conductance / 65536.0, alpha * beta, 5e-5);
            ASSERT_NEAR(gains.momentum / 65536.0, beta - 1, 5e-5);
        }
}

TEST(Gains, OneTorusHasNothingToDiffuse)
{
    EXPECT_EQ(gains_for({{1, 1, 1}}, Capacities::equal), DiffusionGains{});
}

// Positive flows, and no torus gives away more than it has on top of an empty neighbourhood.
TEST(Gains, AreStableForAnyCapacities)
{
    for (std::uint32_t tori = 2; tori <= 1000; ++tori) {
        DiffusionGains const gains = gains_for({{tori, 1, 1}}, Capacities::differ);
        double const degree = std::min(tori - 1, 4u);
        ASSERT_LT(gains.first / 65536.0 * 2 * degree, 2);
        ASSERT_LT(gains.momentum, 65536u);
    }
}

} // namespace
} // namespace torc
