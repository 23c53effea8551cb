// SPDX-License-Identifier: MIT
#include "kernel/tori/program_history.hpp"
#include <gtest/gtest.h>

namespace {

using namespace torc;

TEST(Habit, ComesBackInSixteenths)
{
    Habit const habit{program_key("cc1"), 1024, {1024, 0, 512, 0}};
    Habit const there{habit.raw()};
    EXPECT_TRUE(there.is_known());
    EXPECT_EQ(there.name(), program_key("cc1"));
    EXPECT_EQ(there.core_share(), 992);
    EXPECT_EQ(there.wanted(), (RoleVector{992, 32, 544, 0}));
    EXPECT_FALSE(Habit{}.is_known());
    EXPECT_FALSE(Habit::of_unknown(program_key("cc1")).is_known());
    EXPECT_EQ(Habit::of_unknown(program_key("cc1")).with(habit.values()).raw(), habit.raw());
}

TEST(ProgramHistory, RemembersWhatASleeperIs)
{
    ProgramHistory history;
    Newcomer const guess{.weight = 335};
    Newcomer const unknown = history.expect(program_key("crond"), guess);
    EXPECT_FALSE(unknown.known);
    EXPECT_EQ(unknown.load(), 335u);
    for (int i = 0; i < 3; ++i)
        history.note({program_key("crond"), 2, {10, 1024, 0, 0}});
    Newcomer const known = history.expect(program_key("crond"), guess);
    EXPECT_TRUE(known.known);
    EXPECT_EQ(known.weight, 335u);
    EXPECT_EQ(known.load(), 335u * 32 / 1024);
    EXPECT_EQ(strongest(known.wanted), Role::io);
    EXPECT_FALSE(history.expect(program_key("cc1"), guess).known);
}

TEST(ProgramHistory, FollowsAProgramThatChanges)
{
    ProgramHistory history;
    history.note({program_key("sh"), 0, {0, 1024, 0, 0}});
    for (int i = 0; i < 6; ++i)
        history.note({program_key("sh"), 1024, {1024, 0, 0, 0}});
    Newcomer const now = history.expect(program_key("sh"), {});
    EXPECT_EQ(strongest(now.wanted), Role::compute);
    EXPECT_GT(now.core_share, 900);
}

TEST(ProgramHistory, TwoOnOnePlaceForgetEachOther)
{
    ProgramHistory history;
    history.note({1, 0, {0, 1024, 0, 0}});
    history.note({65, 1024, {1024, 0, 0, 0}}); // falls on the same one
    EXPECT_FALSE(history.expect(1, {}).known);
    EXPECT_TRUE(history.expect(65, {}).known);
    history.note({}); // unknown
    EXPECT_TRUE(history.expect(65, {}).known);
}

} // namespace
