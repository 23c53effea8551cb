// SPDX-License-Identifier: MIT
// Who notices that a torus has died, who votes, who adopts.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/host/braid/world.hpp"

namespace torc::sim {
namespace {

TEST(Watch, NobodyIsSuspectedWhileAllLive)
{
    World world{{{8, 1, 1}}};
    world.start();
    for (int round = 0; round < 1000; ++round)
        world.round();
    for (Torus const& torus : world.tori())
        EXPECT_EQ(torus.braid.suspects() | torus.condemned_by | torus.adopted_by, 0u);
}

TEST(Watch, TheDeadIsCondemnedByItsBraidsAndAdopted)
{
    for (Shape const& shape :
        {Shape{{3, 1, 1}}, {{4, 1, 1}}, {{5, 1, 1}}, {{8, 1, 1}}, {{4, 4, 1}}, {{5, 6, 7}}})
        for (std::uint32_t dead = 0; dead < shape.count(); dead += 3) {
            World world{shape};
            world.start();
            for (int round = 0; round < 5; ++round)
                world.round();
            world[dead].dead = true;
            for (int round = 0; round < Braid::shortest_patience + 2; ++round)
                world.round();
            unsigned votes = 0, adoptions = 0;
            Neighbourhood const hood = neighbourhood_of(shape, dead);
            for (std::uint32_t other = 0; other < shape.count(); ++other) {
                Torus const& torus = world[other];
                auto const near = std::span{hood.position}.first(hood.neighbours);
                bool const neighbour = std::ranges::find(near, other) != near.end();
                ASSERT_LE(torus.condemned_by + torus.adopted_by, neighbour && other != dead ? 1u : 0u);
                votes += torus.condemned_by + torus.adopted_by;
                adoptions += torus.adopted_by;
            }
            ASSERT_GE(votes, 2u);
            ASSERT_GE(adoptions, 1u);
            ASSERT_LE(adoptions, hood.braids);
        }
}

TEST(Watch, OneWitnessIsNotEnough)
{
    World world{{{2, 1, 1}}};
    world.start();
    world.round();
    world[1].dead = true;
    for (int round = 0; round < 100; ++round)
        world.round();
    EXPECT_NE(world[0].braid.suspects(), 0u);
    EXPECT_EQ(world[0].condemned_by + world[0].adopted_by, 0u);
}

TEST(Watch, ARestingTorusIsNotSuspectedUntilItIsRung)
{
    World world{{{3, 1, 1}}};
    world.start();
    world.round();
    world[2].state.health = Health::resting;
    world.round();
    world[2].dead = true; // publishes no more
    for (int round = 0; round < 100; ++round)
        world.round();
    EXPECT_EQ(world[0].braid.suspects() | world[1].braid.suspects(), 0u);
    Neighbourhood const hood = world[0].braid.neighbourhood();
    world[0].braid.rang(hood.position[0] == 2 ? 0 : 1);
    for (int round = 0; round < 10; ++round)
        world.round();
    EXPECT_NE(world[0].braid.suspects(), 0u);
}

TEST(Watch, ARestingNeighbourIsRungWhenThereIsWork)
{
    Braid braid;
    braid.join({{0}, {0}, 1}, neighbourhood_of({{2, 1, 1}}, 0), gains_for({{2, 1, 1}}, Capacities::equal));
    Glimpse glimpse{.identity = {{0}, {1}, 1},
        .epoch = 1,
        .constraints = {.capacity = 1024, .health = Health::resting},
        .edge = {}};
    Proposals proposals;
    auto const wakes = [&](TorusState const& state) {
        braid.round(state, {&glimpse, 1}, proposals);
        return !proposals.all().empty() && proposals.all()[0].kind == Proposal::Kind::wake;
    };
    EXPECT_FALSE(wakes({.load = 0}));
    EXPECT_FALSE(wakes({.load = 1024, .lightest = 1024})); // one process runs as well here
    EXPECT_TRUE(wakes({.load = 2048, .lightest = 1024}));
    braid.rang(0);
    EXPECT_FALSE(wakes({.load = 2048, .lightest = 1024}));
}

TEST(Watch, AnIdleTorusMayRestOnceItsBraidIsCalm)
{
    World world{{{4, 1, 1}}};
    world.place(0, 4096);
    world.start();
    world.round();
    EXPECT_FALSE(world[0].braid.may_rest());
    for (int round = 0; round < 20; ++round)
        world.round();
    for (Torus const& torus : world.tori())
        EXPECT_TRUE(torus.braid.may_rest());
}

TEST(Watch, ANewIncarnationStartsAfresh)
{
    World world{{{5, 1, 1}}};
    world.place(0, 100 * 1024);
    world.start();
    for (int round = 0; round < 5; ++round)
        world.round();
    world[2].dead = true;
    for (int round = 0; round < 10; ++round)
        world.round();
    world[2] = Torus{};
    world[2].braid.join(
        {{0}, {2}, 2}, neighbourhood_of({{5, 1, 1}}, 2), gains_for({{5, 1, 1}}, Capacities::equal));
    for (int round = 0; round < 30; ++round)
        world.round();
    EXPECT_EQ(world.total(), 80u * 1024);
    for (Torus const& torus : world.tori())
        EXPECT_EQ(torus.state.load, 16u * 1024);
}

} // namespace
} // namespace torc::sim
