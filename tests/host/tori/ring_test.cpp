// SPDX-License-Identifier: MIT
// Tori of a ring, each run in turn by the test: a bell that is rung makes the torus look, as the interrupt
// would.
#include "kernel/memory/record_backing.hpp"
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
    Port port;
    Introduction introduction;
};

class Ring {
public:
    explicit Ring(unsigned tori)
    {
        machine_.take_over_memory(); // of which all take what they share
        for (unsigned i = 0; i < tori; ++i) {
            members_.push_back(std::make_unique<Member>());
            list_.ports[i] = &members_[i]->port;
        }
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
    FakeMachine& machine() { return machine_; }

private:
    void introduce(unsigned i)
    {
        Member& me = *members_[i];
        me.introduction = {
            .tori = size(), .previous = (i + size() - 1) % size(), .next = (i + 1) % size(), .ports = &list_};
        me.torus.number = i;
        me.torus.links = &me.links;
        open_pool(me.links.records, size() + 1);
        links_open(me.links, i, me.introduction);
    }

    void hear_bells()
    {
        for (unsigned const torus : std::exchange(machine_.bells, {}))
            members_[torus]->torus.bell = true;
    }

    FakeMachine machine_{};
    PortList list_;
    std::vector<std::unique_ptr<Member>> members_;
};

class RingTest : public testing::TestWithParam<unsigned> { };

TEST_P(RingTest, ACensusCountsEveryTorusOnce)
{
    Ring ring{GetParam()};
    ring.open();
    start_census(ring[0].torus);
    ASSERT_TRUE(ring.settle());
    EXPECT_EQ(ring[0].links.counted, GetParam());
    for (unsigned i = 0; i < ring.size(); ++i)
        EXPECT_EQ(ring[i].links.links[(i + ring.size() - 1) % ring.size()]->events_in, 1u) << i;
}

TEST_P(RingTest, ATorusThatOpensLaterIsWaitedFor)
{
    Ring ring{GetParam()};
    start_census(ring[0].torus); // nobody wants bells yet
    ring.open();
    ASSERT_TRUE(ring.settle());
    EXPECT_EQ(ring[0].links.counted, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Sizes, RingTest, testing::Values(2u, 3u, 4u, 8u, 64u));

TEST(Link, ATorusWithoutLinksIsDeafToBells)
{
    FakeMachine machine;
    machine.torus.bell = true;
    take_events(machine.torus);
    EXPECT_FALSE(machine.torus.bell);
}

TEST(Link, StrandsAreMadeByTheTwoAloneWhoeverBegins)
{
    Ring ring{6};
    ring.open();
    Link& asks = **link_to(ring[5].torus, 1); // the higher one knocks
    EXPECT_EQ(asks.state, Link::State::Knocking);
    ASSERT_TRUE(ring.settle());
    EXPECT_EQ(asks.state, Link::State::Open);
    Link& gives = **link_to(ring[1].torus, 4); // the lower one makes them
    EXPECT_EQ(gives.state, Link::State::Open);
    EXPECT_EQ(ring[4].links.links[1], nullptr) << "nobody is bothered before something is sent";
    EXPECT_EQ(ring[0].links.links[1], nullptr);
    EXPECT_FALSE(link_to(ring[0].torus, 0).has_value());
    EXPECT_FALSE(link_to(ring[0].torus, 6).has_value());
    EXPECT_FALSE(link_to(ring[0].torus, 500).has_value());
}

TEST(Link, FullStrandsBothWaysDoNotDeadlock)
{
    Ring ring{2};
    ring.open();
    Link& one = **link_to(ring[0].torus, 1);
    ASSERT_TRUE(one.state == Link::State::Open);
    Link& other = **link_to(ring[1].torus, 0);
    unsigned sent = 0;
    while (may_send(one, 1, Want::Event)) {
        Event strange{};
        strange.type = 0xffff'ffff;
        send_one(ring[0].torus, one, strange);
        ++sent;
    }
    CensusRecord waiting;
    waiting.origin = 1'000; // nobody's: it is passed on as often as there are tori, and no more
    waiting.count = 1;
    send_from(ring[0].torus, one, waiting.out);
    send_from(ring[0].torus, one, waiting.out);
    EXPECT_TRUE(waiting.out.waits());
    while (may_send(other, 1, Want::Event))
        send_one(ring[1].torus, other, Event{});
    ASSERT_TRUE(ring.settle());
    EXPECT_FALSE(waiting.out.waits());
    EXPECT_EQ(other.events_in, sent + 1);
    EXPECT_TRUE(may_send(one, 2, Want::Call) && may_send(other, 2, Want::Call));
}

} // namespace
} // namespace torc
