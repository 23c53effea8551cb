// SPDX-License-Identifier: MIT
// How load spreads: properties that hold from any start, checked on many.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/host/braid/graph.hpp"
#include "tests/host/braid/world.hpp"

namespace torc::sim {
namespace {

constexpr std::uint64_t process = class_weight[0];

std::int64_t owed(World& world)
{
    std::int64_t sum = 0;
    for (Torus& torus : world.tori())
        sum += torus.braid.excess();
    return sum;
}

TEST(Flow, BothEndsComputeTheSame)
{
    std::mt19937_64 random{1};
    for (int i = 0; i < 100'000; ++i) {
        auto const a = static_cast<std::int64_t>(random() >> random() % 64);
        auto const b = static_cast<std::int64_t>(random() >> random() % 64);
        auto const conductance = static_cast<std::uint32_t>(random() % 65536);
        auto const capacity = static_cast<std::uint32_t>(random() % 1025);
        ASSERT_EQ(
            flow_over(a / 2, b / 2, capacity, conductance), -flow_over(b / 2, a / 2, capacity, conductance));
        ASSERT_EQ(carried_on(a, conductance), -carried_on(-a, conductance));
        ASSERT_EQ(agreed_flow(a / 2, b / 2), -agreed_flow(b / 2, a / 2));
    }
}

TEST(Settling, OnlyWhatBringsBothCloser)
{
    std::mt19937_64 random{2};
    for (int i = 0; i < 100'000; ++i) {
        auto const here = static_cast<std::int32_t>(random() % 40000) - 20000;
        auto const there = static_cast<std::int32_t>(random() % 40000) - 20000;
        auto const c = static_cast<std::uint32_t>(100 + random() % 925),
                   d = static_cast<std::uint32_t>(100 + random() % 925);
        double const weight = heaviest_to_settle(here, c, there, d);
        double const u = here * double(c) / 1024, v = there * double(d) / 1024; // in weight
        double const before = u * u / c + v * v / d;
        double const after = (u - weight) * (u - weight) / c + (v + weight) * (v + weight) / d;
        ASSERT_LE(after, before);
        // And what has moved has no reason to come back.
        auto const here_after = static_cast<std::int32_t>(here - weight * 1024 / c);
        auto const there_after = static_cast<std::int32_t>(there + weight * 1024 / d);
        ASSERT_TRUE(weight == 0 || heaviest_to_settle(there_after, d, here_after, c) < weight);
    }
}

TEST(Smoothing, ArrivesAndNeverOvershoots)
{
    for (std::uint64_t const target : {0ull, 1ull, 1024ull, 1'000'000ull}) {
        std::uint64_t smoothed = 5000;
        for (int round = 0; round < 200; ++round) {
            std::uint64_t const next = smoothed_load(smoothed, target);
            ASSERT_TRUE(target < smoothed ? next >= target && next < smoothed : next <= target);
            smoothed = next;
        }
        EXPECT_EQ(smoothed, target);
    }
}

// The bars: from the worst start (all load on one torus) as well as from random ones.
TEST(Diffusion, ARingOfFourIsBalancedInFiveRoundsAndOneOfSixteenInTwelve)
{
    for (auto const& [tori, bar] : {std::pair{4u, 5}, std::pair{16u, 12}}) {
        World one{{{tori, 1, 1}}};
        one.place(0, tori * 1000 * process);
        one.start();
        EXPECT_LE(one.settle(0.01, 100, true), bar) << tori;
        World load{{{tori, 1, 1}}};
        load.place(0, tori * 1000 * process);
        load.start();
        EXPECT_LE(load.settle(0.01, 100, false), bar) << tori;
        std::mt19937_64 random{tori};
        for (int start = 0; start < 200; ++start) {
            World world{{{tori, 1, 1}}};
            for (unsigned torus = 0; torus < tori; ++torus)
                world.place(torus, random() % 2000 * process);
            world.start();
            ASSERT_LE(world.settle(0.01, 30, false), bar) << tori << " start " << start;
        }
    }
}

TEST(Diffusion, IsNoSlowerThanTheSpectrumAllows)
{
    std::mt19937_64 random{3};
    for (Shape const& shape :
        {Shape{{8, 1, 1}}, {{16, 1, 1}}, {{31, 1, 1}}, {{8, 8, 1}}, {{16, 8, 1}}, {{5, 6, 7}}})
        for (int start = 0; start < 20; ++start) {
            World world{shape};
            double sum = 0, squares = 0;
            for (std::size_t torus = 0; torus < shape.count(); ++torus) {
                world.place(torus, random() % 2'000'000);
                auto const load = static_cast<double>(world[torus].state.load);
                sum += load;
                squares += load * load;
            }
            double const mean = sum / static_cast<double>(shape.count());
            double const error = std::sqrt(squares - sum * mean) / mean;
            int bound = 1;
            while (error * bound_after(bound, spectrum_of(shape)) > 0.01)
                ++bound;
            world.start();
            ASSERT_LE(world.settle(0.01, 3 * bound, true), bound + 1);
        }
}

TEST(Diffusion, FourProcessesOnFourToriGetOneEach)
{
    for (unsigned const tori : {2u, 3u, 4u, 5u, 6u, 7u, 8u, 16u}) {
        World world{{{tori, 1, 1}}};
        world.place(0, tori * process);
        world.start();
        for (int round = 0; round < 40; ++round)
            world.round();
        for (Torus const& torus : world.tori())
            EXPECT_EQ(torus.state.load, process) << tori;
    }
}

TEST(Diffusion, ProcessesGatherOnTheBigCores)
{
    for (unsigned start = 0; start < 4; ++start) {
        World world{{{4, 1, 1}}, {1024, 446, 1024, 446}};
        world.place(start, 2 * process);
        world.start();
        for (int round = 0; round < 10; ++round)
            world.round();
        EXPECT_EQ(world[0].state.load, process);
        EXPECT_EQ(world[2].state.load, process);
    }
}

// Any shape, any capacities, four weights, any numbers.
World random_world(std::mt19937_64& random)
{
    auto const tori = static_cast<std::uint32_t>(2 + random() % 15);
    std::vector<std::uint32_t> capacities(tori, 1024);
    std::uint64_t const kind = random() % 3;
    for (std::uint32_t& capacity : capacities)
        capacity = kind == 0 ? 1024 : kind == 1 ? (random() % 2 ? 1024 : 446) : 200 + random() % 825;
    World world{shape_for(tori), capacities, 1000};
    auto const many = static_cast<std::uint32_t>(1 + random() % 6);
    for (std::uint32_t torus = 0; torus < tori; ++torus)
        for (std::size_t each = 0; each < classes; ++each)
            if (random() % 3 == 0)
                world.add(torus, each, random() % (many * many));
    world.start();
    return world;
}

TEST(Diffusion, LoadIsConservedAndNothingMovesInTheEnd)
{
    std::mt19937_64 random{4};
    for (int start = 0; start < 300; ++start) {
        World world = random_world(random);
        std::uint64_t const total = world.total();
        std::uint64_t late = 0;
        for (int round = 0; round < 1000; ++round) {
            Measure const measured = world.round();
            if (round >= 900)
                late += measured.moves;
            ASSERT_EQ(world.total(), total);
            ASSERT_EQ(owed(world), 0);
        }
        ASSERT_EQ(late, 0u) << start;
    }
}

TEST(Diffusion, HoldsWhenProjectionsAreLostLateAndRoundsAreSkipped)
{
    std::mt19937_64 random{5};
    for (int start = 0; start < 100; ++start) {
        World world = random_world(random);
        std::uint64_t const total = world.total();
        world.faults = {.lost = 0.2, .late = 0.2, .skipped = 0.2};
        for (int round = 0; round < 300; ++round)
            world.round();
        ASSERT_EQ(world.total(), total);
        world.faults = {};
        std::uint64_t late = 0;
        Measure measured;
        for (int round = 0; round < 1000; ++round) {
            measured = world.round();
            late += round >= 900 ? measured.moves : 0;
        }
        ASSERT_EQ(late, 0u) << start;
        ASSERT_LT(std::abs(owed(world)), 64) << start; // the ends of every edge agree again
        ASSERT_LT(measured.fluid, 0.02) << start;
    }
}

TEST(Diffusion, FluidConvergesUnderFaults)
{
    World world{{{8, 1, 1}}, {}, 1000};
    world.place(0, 8000 * process);
    world.start();
    world.faults = {.lost = 0.3, .late = 0.2, .skipped = 0.3};
    Measure measured;
    for (int round = 0; round < 100; ++round)
        measured = world.round();
    EXPECT_LT(measured.load, 0.02);
}

TEST(Diffusion, HearingTheSameAgainChangesNothing)
{
    std::mt19937_64 random{6};
    World world = random_world(random);
    world.round();
    world.round();
    for (Torus& torus : world.tori()) {
        std::size_t const count = torus.braid.neighbourhood().neighbours;
        std::array<Glimpse, max_neighbours> heard;
        for (std::uint8_t slot = 0; slot < count; ++slot) // older than what was heard
            heard[slot] = {.identity = {{0}, {0}, 1},
                .epoch = 1,
                .constraints = {.level = 1 << 30, .capacity = 1024},
                .edge = {}};
        std::int64_t const excess = torus.braid.excess();
        std::int64_t const flow = torus.braid.link(0).flow;
        Proposals proposals;
        torus.braid.round(torus.state, std::span{heard}.first(count), proposals);
        EXPECT_EQ(torus.braid.excess(), excess);
        EXPECT_EQ(torus.braid.link(0).flow, flow);
    }
}

TEST(Diffusion, PinnedLoadDoesNotDisturbTheRest)
{
    World world{{{8, 1, 1}}};
    world[0].pinned = 50 * process;
    for (std::size_t torus = 0; torus < 8; ++torus)
        world.add(torus, 0, torus == 3 ? 16 : 1);
    world.start();
    std::uint64_t late = 0;
    for (int round = 0; round < 600; ++round)
        late += world.round().moves * (round >= 500);
    EXPECT_EQ(late, 0u);
    EXPECT_EQ(world[0].state.load, 50 * process);
    for (std::size_t torus = 1; torus < 8; ++torus)
        EXPECT_NEAR(static_cast<double>(world[torus].state.load), 23.0 / 7 * process, 1.5 * process) << torus;
}

TEST(Diffusion, AnIsolatedTorusTakesNothingAndALeavingOneGivesAll)
{
    World world{{{6, 1, 1}}, {1024, 0, 1024, 1024, 1024, 1024}};
    world.place(0, 50 * process);
    world[3].state.health = Health::leaving;
    world.add(3, 0, 7);
    world.start();
    for (int round = 0; round < 50; ++round)
        world.round();
    EXPECT_EQ(world[1].state.load, 0u);
    EXPECT_EQ(world[3].state.load, 0u);
    EXPECT_EQ(world.total(), 57 * process);
}

// What a torus is told in each of some rounds by neighbours that all say this.
struct Alone {
    explicit Alone(TorusState start)
        : self{start}
    {
        braid.join({{0}, {0}, 1}, neighbourhood_of(shape, 0), gains_for(shape, Capacities::equal), 100);
        heard.resize(braid.neighbourhood().neighbours);
    }
    void round(ConstraintVector const& there, Health health = Health::well)
    {
        ++epoch;
        for (Glimpse& glimpse : heard) {
            glimpse.identity.incarnation = 1;
            glimpse.epoch = health == Health::well ? epoch : glimpse.epoch;
            glimpse.constraints = there;
            glimpse.constraints.health = health;
            glimpse.edge.seen_incarnation = 1;
        }
        braid.round(self, heard, proposals);
        braid.project(self, projection);
    }
    Shape shape{8, 1, 1};
    TorusState self;
    Braid braid;
    std::vector<Glimpse> heard;
    Proposals proposals;
    Projection projection;
    std::uint64_t epoch{0};
};

TEST(Settling, IsForRoundsThatLookAround)
{
    Alone torus{{.load = 4096, .lightest = 1024}};
    torus.braid.received(0, 4096);
    std::array<std::size_t, 2> proposed{};
    for (int i = 0; i < 20; ++i) {
        torus.round({.level = 0, .capacity = 1024, .lowest = {512, 512, 512, 512}, .nominee = 3});
        for (Proposal const& proposal : torus.proposals.all())
            proposed[static_cast<std::size_t>(i % 2)] += proposal.kind == Proposal::Kind::settle;
    }
    EXPECT_EQ(proposed[0], 0u);
    EXPECT_NE(proposed[1], 0u);
}

// An edge that leads to a torus at rest is not reckoned with any more: what was owed over it costs no time.
TEST(Shares, ADebtThatNobodyCanPayIsForgotten)
{
    Alone torus{{.load = 100'000}}; // nothing of it may move
    for (int i = 0; i < 5; ++i)
        torus.round({.level = 0, .capacity = 1024, .lowest = {512, 512, 512, 512}});
    std::int64_t const owed = torus.braid.link(0).due;
    EXPECT_GT(owed, 1024 << fluid_bits);
    for (int i = 0; i < 200; ++i)
        torus.round({.level = 0, .capacity = 1024, .lowest = {512, 512, 512, 512}}, Health::resting);
    for (std::uint8_t slot = 0; slot < 4; ++slot)
        EXPECT_LT(torus.braid.link(slot).due, 1024 << fluid_bits);
    EXPECT_TRUE(torus.proposals.all().empty());
}

TEST(Proposals, AreBounded)
{
    std::mt19937_64 random{7};
    Shape const shape{{5, 6, 7}};
    Braid braid;
    braid.join({{0}, {0}, 1}, neighbourhood_of(shape, 17), gains_for(shape, Capacities::equal));
    for (std::uint64_t round = 1; round < 10'000; ++round) {
        std::array<Glimpse, max_neighbours> heard;
        for (Glimpse& glimpse : heard) {
            std::array<std::uint64_t, sizeof(Glimpse) / 8> words;
            std::ranges::generate(words, [&] { return random() >> random() % 64; });
            glimpse = std::bit_cast<Glimpse>(words); // whatever a torus gone wild may publish
            glimpse.constraints.health = static_cast<Health>(random() % 8);
            glimpse.constraints.misfit = static_cast<Role>(random() % 256);
        }
        TorusState state{.load = random() >> 30, .capacity = 1024, .lightest = 16};
        Proposals proposals;
        braid.round(state, heard, proposals);
        ASSERT_LE(proposals.all().size(), Proposals::limit);
        for (Proposal const& proposal : proposals.all())
            ASSERT_LT(proposal.slot, max_neighbours);
        Projection projection;
        braid.project(state, projection);
    }
}

} // namespace
} // namespace torc::sim
