// SPDX-License-Identifier: MIT
// Urgency, memory, roles, placement.
#include <gtest/gtest.h>

#include <array>

#include "substrate/constraints.hpp"
#include "substrate/diffusion.hpp"

namespace torc {
namespace {

constexpr SlotSet everyone = 0xf;
constexpr RoleVector big{1024, 300, 1024, 0}, little{300, 1024, 300, 0};

std::array<Glimpse, 4> four_idle()
{
    std::array<Glimpse, 4> heard;
    for (Glimpse& glimpse : heard) {
        glimpse.epoch = 1;
        glimpse.constraints.capacity = 1024;
        glimpse.constraints.health = Health::well;
    }
    return heard;
}

TEST(Urgency, GoesToTheLeastUrgentNeighbour)
{
    auto heard = four_idle();
    heard[0].constraints.running = urgency_fair;
    heard[1].constraints.running = urgency_of_priority(50);
    heard[2].constraints.running = urgency_fair;
    heard[2].constraints.waiting = urgency_of_priority(99);
    heard[3].constraints.running = urgency_of_priority(10);
    TorusState self{.waiting = urgency_of_priority(40), .running = urgency_of_priority(60)};
    EXPECT_EQ(place_for_urgent(self, heard, everyone), 0);
    EXPECT_EQ(place_for_urgent(self, heard, 0b1110), 3);
    EXPECT_EQ(place_for_urgent(self, heard, 0b0110), no_slot);
    self.waiting = urgency_deadline;
    EXPECT_EQ(place_for_urgent(self, heard, 0b0010), 1);
    self.waiting = urgency_fair; // diffusion's business
    EXPECT_EQ(place_for_urgent(self, heard, everyone), no_slot);
}

TEST(Urgency, OfEqualsTheFastest)
{
    auto heard = four_idle();
    heard[0].constraints.capacity = 446;
    heard[3].constraints.capacity = 446;
    TorusState const self{.waiting = urgency_of_priority(1)};
    EXPECT_EQ(place_for_urgent(self, heard, everyone), 1);
}

TEST(Memory, BorrowsFromTheRichestAndNeverMoreThanHalf)
{
    auto heard = four_idle();
    heard[1].constraints.frames_spare = 100;
    heard[2].constraints.frames_spare = 1000;
    TorusState self{.frames_wanted = 64};
    Loan loan = loan_for(self, heard, everyone);
    EXPECT_EQ(loan.slot, 2);
    EXPECT_EQ(loan.frames, 64u);
    self.frames_wanted = 4000;
    EXPECT_EQ(loan_for(self, heard, everyone).frames, 500u);
    EXPECT_EQ(loan_for(self, heard, 0b1001).slot, no_slot);
    self.frames_wanted = 0;
    EXPECT_EQ(loan_for(self, heard, everyone).slot, no_slot);
}

TEST(Roles, PartnersAreThoseThatBothGain)
{
    auto heard = four_idle();
    TorusState self{.role = little, .misfit_weight = 1024, .misfit = Role::compute};
    for (Glimpse& glimpse : heard)
        glimpse.constraints.role = big;
    EXPECT_EQ(partner_for(self, heard, everyone), no_slot); // nobody has anything to give in return
    heard[2].constraints.misfit_weight = 1000;
    heard[2].constraints.misfit = Role::io;
    EXPECT_EQ(partner_for(self, heard, everyone), 2);
    heard[2].constraints.misfit_weight = 100; // would unbalance the load
    EXPECT_EQ(partner_for(self, heard, everyone), no_slot);
    heard[2].constraints.misfit_weight = 1000;
    heard[2].constraints.role = little; // no better there
    EXPECT_EQ(partner_for(self, heard, everyone), no_slot);
    heard[2].constraints.role = big;
    heard[2].constraints.capacity = 512; // it would be worth less to the one, and more to the other
    EXPECT_EQ(partner_for(self, heard, everyone), no_slot);
}

TEST(Roles, FollowBehaviour)
{
    RoleVector const hog = wanted_role({.burst_us = 100'000, .wakeups_per_second = 2, .core_share = 1000});
    RoleVector const sleeper = wanted_role({.burst_us = 50, .wakeups_per_second = 2000, .core_share = 100});
    RoleVector const codec
        = wanted_role({.burst_us = 8000, .wakeups_per_second = 60, .core_share = 500, .simd_share = 900});
    EXPECT_GT(fit(hog, big), fit(hog, little));
    EXPECT_GT(fit(sleeper, little), fit(sleeper, big));
    EXPECT_GT(fit(codec, big), fit(codec, little));
    EXPECT_EQ(fit({}, big), 0u);
    RoleVector const daemon = wanted_role({.burst_us = 900, .wakeups_per_second = 1, .core_share = 1});
    EXPECT_EQ(strongest(daemon), Role::io);
    EXPECT_EQ(strongest(codec), Role::simd);
    EXPECT_EQ(strongest(wanted_role({.burst_us = 10'000, .wakeups_per_second = 10, .core_share = 102})),
        Role::compute); // a tenth of a core, in one piece
    EXPECT_EQ(strongest(wanted_role({.burst_us = 1000, .wakeups_per_second = 600, .core_share = 600})),
        Role::compute); // works, and waits now and then
}

TEST(Placement, TakesTheEmptiestThatSuits)
{
    auto heard = four_idle();
    for (Glimpse& glimpse : heard) {
        glimpse.constraints.level = 3072ll << fluid_bits;
        glimpse.constraints.role = little;
    }
    TorusState const self{.load = 2048, .role = little};
    Newcomer const hog;
    EXPECT_EQ(place_for_new(self, heard, everyone, hog), no_slot);
    heard[3].constraints.level = 1024ll << fluid_bits;
    EXPECT_EQ(place_for_new(self, heard, everyone, hog), 3);
    EXPECT_EQ(place_for_new(self, heard, 0b0111, hog), no_slot);
    heard[1].constraints.level = 1100ll << fluid_bits;
    heard[1].constraints.role = big;
    EXPECT_EQ(place_for_new(self, heard, everyone, hog), 1); // a little fuller, far better suited
}

TEST(Placement, WhoUsesLittleGoesWhereItSuits)
{
    auto heard = four_idle();
    for (Glimpse& glimpse : heard)
        glimpse.constraints.role = big;
    heard[1].constraints.role = little;
    heard[1].constraints.capacity = 485;
    TorusState const self{.role = big};
    Newcomer sleeper{.core_share = 20, .known = true, .wanted = {0, 1024, 0, 0}};
    EXPECT_EQ(place_for_new(self, heard, everyone, sleeper), 1);
    heard[1].constraints.level = 2048ll << fluid_bits; // somebody computes there
    EXPECT_EQ(place_for_new(self, heard, everyone, sleeper), no_slot);
    heard[1].constraints.level = 0;
    sleeper.core_share = 700; // is none
    EXPECT_EQ(place_for_new(self, heard, everyone, sleeper), no_slot);
}

} // namespace
} // namespace torc
