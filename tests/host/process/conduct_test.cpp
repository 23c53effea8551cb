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

TEST(Conduct, TheShareOfVectors)
{
    Conduct conduct;
    for (int i = 0; i < 100; ++i)
        conduct.found(true, 0, 0, true);
    EXPECT_GT(conduct.vector_share(), 960);
    EXPECT_LE(conduct.vector_share(), 1024);
    for (int i = 0; i < 100; ++i)
        conduct.found(true, 0, 0, i % 2 == 0);
    EXPECT_NEAR(conduct.vector_share(), 512, 100);
    for (int i = 0; i < 100; ++i)
        conduct.found(true, 0, 0, false);
    EXPECT_LT(conduct.vector_share(), 64);
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
