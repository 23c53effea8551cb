// SPDX-License-Identifier: MIT
#include "kernel/process/conduct.hpp"
#include <gtest/gtest.h>

namespace {

using namespace torc;

void computes(Conduct& conduct, unsigned rounds)
{
    for (unsigned i = 0; i < rounds; ++i)
        conduct.found(true, 5, 100, false);
}

TEST(Conduct, WhoComputesMayMove)
{
    Conduct conduct;
    conduct.found(true, 5, 100, false); // what it did before is not known: the faults count once
    computes(conduct, 1);
    EXPECT_FALSE(conduct.may_move(0));
    computes(conduct, 1);
    EXPECT_TRUE(conduct.may_move(0));
}

TEST(Conduct, WhoWaitsCallsOrFaultsDoesNot)
{
    Conduct conduct;
    computes(conduct, 5);
    conduct.found(true, 6, 100, false); // it has waited: one round since
    EXPECT_FALSE(conduct.may_move(0));
    conduct.found(true, 6, 100, false);
    EXPECT_TRUE(conduct.may_move(0));
    conduct.found(false, 6, 100, false); // it comes from a call
    EXPECT_FALSE(conduct.may_move(0));
    conduct.found(true, 6, 101, false);
    conduct.found(true, 6, 102, false);
    EXPECT_TRUE(conduct.may_move(0));
    conduct.found(true, 6, 102 + Conduct::most_faults + 1, false);
    EXPECT_FALSE(conduct.may_move(0));
}

TEST(Conduct, WhoHasMovedStays)
{
    Conduct conduct;
    computes(conduct, 5);
    conduct.stay_until(1000);
    for (std::uint64_t now = 0; now < 1000; now += 10) {
        computes(conduct, 1);
        EXPECT_FALSE(conduct.may_move(now)) << now;
    }
    EXPECT_TRUE(conduct.may_move(1000));
}

TEST(Conduct, CountersWrap)
{
    Conduct conduct;
    conduct.found(true, 0xffff'ffff, 0xffff'ffff, false);
    conduct.found(true, 0xffff'ffff, 0x1'0000'0003, false);
    conduct.found(true, 0xffff'ffff, 0x1'0000'0004, false);
    EXPECT_TRUE(conduct.may_move(0));
}

void samples(Conduct& conduct, int count, int one_in)
{
    for (int i = 0; i < count; ++i)
        conduct.found(true, 0, 0, one_in != 0 && i % one_in == 0);
}

TEST(Conduct, TheShareOfVectors)
{
    Conduct conduct;
    samples(conduct, 200, 1);
    EXPECT_GT(conduct.vector_share(), 960);
    EXPECT_LE(conduct.vector_share(), 1024);
    samples(conduct, 200, 2);
    EXPECT_NEAR(conduct.vector_share(), 512, 100);
    samples(conduct, 200, 0);
    EXPECT_LT(conduct.vector_share(), 64);
}

TEST(Conduct, IsKnownAfterSomeSamples)
{
    Conduct conduct;
    samples(conduct, Conduct::samples_to_know - 1, 1);
    EXPECT_FALSE(conduct.is_known());
    samples(conduct, 1, 1);
    EXPECT_TRUE(conduct.is_known());
}

TEST(Conduct, ChangesItsWishOnlyIfItsUseChangesALot)
{
    Conduct conduct;
    samples(conduct, 100, 4); // a quarter
    EXPECT_EQ(conduct.wants(), wants_compute);
    samples(conduct, 100, 1);
    EXPECT_EQ(conduct.wants(), wants_simd);
    samples(conduct, 300, 4);
    EXPECT_EQ(conduct.wants(), wants_simd);
    samples(conduct, 300, 16);
    EXPECT_EQ(conduct.wants(), wants_compute);
}

constexpr std::uint64_t second = 62'500'000;

TEST(Conduct, ASleeper)
{
    Conduct conduct;
    Behaviour since;
    std::uint64_t used = 77, waits = 5;
    EXPECT_FALSE(conduct.looked_at(second, used, waits, second, since)); // nothing to compare with
    used += second / 1000;
    waits += 20;
    EXPECT_FALSE(conduct.looked_at(second + second / 10, used, waits, second, since)); // too early
    used += second / 1000;
    waits += 20;
    ASSERT_TRUE(conduct.looked_at(second + second / 5, used, waits, second, since));
    EXPECT_NEAR(since.burst_us, 50, 1);
    EXPECT_NEAR(since.wakeups_per_second, 200, 1);
    EXPECT_NEAR(since.core_share, 10, 1); // 2 ms of 200
    EXPECT_EQ(strongest(wanted_role(since)), Role::io);
    EXPECT_FALSE(conduct.looked_at(second + second / 5 + 1, used, waits, second, since)); // a new window
}

TEST(Conduct, WhoNeverWaits)
{
    Behaviour const always = Conduct{}.behaviour(second, second, 0, second);
    EXPECT_NEAR(always.core_share, 1024, 1);
    EXPECT_EQ(always.wakeups_per_second, 0u);
    EXPECT_EQ(strongest(wanted_role(always)), Role::compute);
    Behaviour const more_than_there_is = Conduct{}.behaviour(second, 2 * second, 0, second);
    EXPECT_EQ(more_than_there_is.core_share, 1024);
    EXPECT_EQ(Conduct{}.behaviour(0, 0, 0, second).core_share, 0);
}

TEST(Conduct, HalfOfItsInstructionsMakeItOneOfVectors)
{
    Conduct conduct;
    for (unsigned i = 0; i < Conduct::samples_to_know; ++i) {
        EXPECT_FALSE(conduct.is_known());
        conduct.found(true, 5, 100, i % 2 == 0); // each counts alike, the first as the last
    }
    EXPECT_TRUE(conduct.is_known());
    EXPECT_NEAR(conduct.vector_share(), 512, 64);
    EXPECT_EQ(conduct.wants(), wants_simd);
    computes(conduct, 200);
    EXPECT_EQ(conduct.wants(), wants_compute);
}

TEST(Computing, TwoAreNeeded)
{
    Computing computing;
    EXPECT_FALSE(computing.another(1));
    computing.found(7, 1);
    computing.found(7, 2);
    EXPECT_FALSE(computing.another(2));
    computing.found(9, 3);
    EXPECT_TRUE(computing.another(3));
    computing.gone(9);
    EXPECT_FALSE(computing.another(3));
    computing.found(11, 5); // beside 7
    EXPECT_TRUE(computing.another(5));
    for (std::uint64_t round = 6; round < 40; ++round)
        computing.found(11, round);
    EXPECT_FALSE(computing.another(39)); // 7 has not been seen for long
}

} // namespace
