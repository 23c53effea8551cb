// SPDX-License-Identifier: MIT
// Tori of a ring, each run in turn by the test: a bell that is rung makes the torus look, as the interrupt
// would.
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/links.hpp"
#include "tests/host/arch/fake_machine.hpp"
#include <gtest/gtest.h>
#include <memory>
#include <vector>

namespace torc {
namespace {

struct Member {
    Torus torus;
    TorusLinks links;
    TorusStrand to_next, to_previous;
    Introduction introduction;
};

class Ring {
public:
    explicit Ring(unsigned tori)
    {
        for (unsigned i = 0; i < tori; ++i)
            members_.push_back(std::make_unique<Member>());
        for (unsigned i = 0; i < tori; ++i)
            introduce(i);
    }

    Member& operator[](unsigned i) { return *members_[i]; }
    unsigned size() const { return static_cast<unsigned>(members_.size()); }

    // Lets every torus that has a reason look, until nobody has one. False: that did not come about.
    bool settle()
    {
        for (unsigned round = 0; round < 10'000; ++round) {
            hear_bells();
            bool quiet = true;
            for (auto& member : members_) {
                quiet &= !member->torus.bell;
                if (member->torus.bell)
                    take_events(member->torus);
            }
            if (quiet && machine_.bells.empty())
                return true;
        }
        return false;
    }

    // Everybody wants bells from now on.
    void open()
    {
        for (auto& member : members_)
            take_events(member->torus);
    }

private:
    void introduce(unsigned i)
    {
        unsigned const before = (i + size() - 1) % size(), after = (i + 1) % size();
        Member& me = *members_[i];
        me.introduction = {size(), before, after, &members_[before]->to_next, &me.to_previous,
            &members_[after]->to_previous, &me.to_next};
        me.torus.number = i;
        me.torus.links = &me.links;
        links_open(me.links, me.introduction);
    }

    void hear_bells()
    {
        for (unsigned const torus : std::exchange(machine_.bells, {}))
            members_[torus]->torus.bell = true;
    }

    FakeMachine machine_{};
    std::vector<std::unique_ptr<Member>> members_;
};

Event census_from(unsigned torus)
{
    Event event{};
    event.type = static_cast<std::uint32_t>(EventType::Census);
    event.arguments[census::origin] = torus;
    event.arguments[census::count] = 1;
    return event;
}

class RingTest : public testing::TestWithParam<unsigned> { };

TEST_P(RingTest, ACensusCountsEveryTorusOnce)
{
    Ring ring{GetParam()};
    ring.open();
    start_census(ring[0].torus);
    ASSERT_TRUE(ring.settle());
    EXPECT_EQ(ring[0].links.counted, GetParam());
    for (unsigned i = 0; i < ring.size(); ++i)
        EXPECT_EQ(ring[i].links.events_in, 1u) << i;
}

TEST_P(RingTest, ATorusThatOpensLaterIsWaitedFor)
{
    Ring ring{GetParam()};
    start_census(ring[0].torus); // nobody wants bells yet
    ring.open();
    ASSERT_TRUE(ring.settle());
    EXPECT_EQ(ring[0].links.counted, GetParam());
}

// Every strand full to the last place, all of it to be passed on: nothing is lost and nobody waits for ever.
TEST_P(RingTest, FullStrandsAllRoundDoNotDeadlock)
{
    Ring ring{GetParam()};
    unsigned sent = 0;
    for (unsigned i = 0; i < ring.size(); ++i)
        while (ring[i].to_next.send(census_from(i)) != Sent::no)
            ++sent;
    ring.open();
    ASSERT_TRUE(ring.settle());
    std::uint64_t arrived = 0;
    for (unsigned i = 0; i < ring.size(); ++i) {
        EXPECT_FALSE(ring[i].links.next().holds);
        EXPECT_EQ(ring[i].links.counted, GetParam());
        arrived += ring[i].links.events_in;
    }
    EXPECT_EQ(arrived, std::uint64_t{sent} * GetParam());
}

TEST_P(RingTest, WhatIsUnknownOrGoesRoundForEverIsDropped)
{
    Ring ring{GetParam()};
    ring.open();
    Event strange{};
    strange.type = 0xffff'ffff;
    (void)ring[0].to_next.send(strange);
    (void)ring[0].to_next.send(census_from(1'000)); // nobody's: it would never come home
    ring[1 % ring.size()].torus.bell = true;
    ASSERT_TRUE(ring.settle());
    for (unsigned i = 0; i < ring.size(); ++i)
        EXPECT_LE(ring[i].links.events_in, 3u);
}

INSTANTIATE_TEST_SUITE_P(Sizes, RingTest, testing::Values(2u, 3u, 4u, 8u, 64u));

TEST(Link, ATorusWithoutLinksIsDeafToBells)
{
    FakeMachine machine;
    machine.torus.bell = true;
    take_events(machine.torus);
    EXPECT_FALSE(machine.torus.bell);
}

TEST(Link, AnEventWaitsForRoomAndIsSentOnce)
{
    FakeMachine machine;
    TorusStrand out, in;
    TorusLinks links;
    links.next().out = &out;
    links.next().in = &in;
    while (out.send(Event{}) != Sent::no) { }
    link_send(links, links.next(), census_from(7));
    EXPECT_TRUE(links.next().holds);
    EXPECT_EQ(links.events_out, 0u);
}

} // namespace
} // namespace torc
