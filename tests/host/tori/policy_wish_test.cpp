// SPDX-License-Identifier: MIT
#include "kernel/tori/policy_wish.hpp"
#include <gtest/gtest.h>
#include <string_view>
#include <vector>

namespace {

using namespace torc;

std::vector<unsigned> members(TorusSet const& set)
{
    std::vector<unsigned> all;
    for (unsigned number = 0; number < torus_limit; ++number)
        if (set.has(number))
            all.push_back(number);
    return all;
}

std::vector<unsigned> listed(std::string_view list, unsigned limit = 128)
{
    auto const set = parse_tori(list, limit);
    return set ? members(*set) : std::vector<unsigned>{9999};
}
std::vector<unsigned> const refused{9999};

TEST(Policy, Lists)
{
    EXPECT_EQ(listed("2"), (std::vector<unsigned>{2}));
    EXPECT_EQ(listed("3,1"), (std::vector<unsigned>{1, 3}));
    EXPECT_EQ(listed("1-3,7,2"), (std::vector<unsigned>{1, 2, 3, 7}));
    EXPECT_EQ(listed("0-127").size(), 128u);
    EXPECT_EQ(listed("007"), (std::vector<unsigned>{7}));
}

TEST(Policy, BadLists)
{
    for (std::string_view const bad : {"", ",", "1,", ",1", "1,,2", "a", "1 ", " 1", "-", "1-", "-1", "3-1",
             "1-2-3", "128", "99999999999999999999", "0x1", "1;2", "+1"})
        EXPECT_EQ(listed(bad), refused) << bad;
    EXPECT_EQ(listed("4", 4), refused) << "there are 0 to 3";
    EXPECT_EQ(listed("0-4", 4), refused);
}

TEST(Policy, Wishes)
{
    auto const wish = parse_wish("isolate 2,3\n", 4);
    ASSERT_TRUE(wish);
    EXPECT_EQ(wish->policy, TorusPolicy::isolated);
    EXPECT_EQ(members(wish->tori), (std::vector<unsigned>{2, 3}));
    EXPECT_EQ(parse_wish("drain 1", 4)->policy, TorusPolicy::draining);
    EXPECT_EQ(parse_wish("admit 0-3", 4)->policy, TorusPolicy::open);
}

TEST(Policy, BadWishes)
{
    for (std::string_view const bad :
        {"", "\n", "isolate", "isolate ", "isolate\n", "isolate  1", "isolate 1\n\n", "isolate 1\ndrain 2\n",
            "Isolate 1", "isolate 9", "1", " isolate 1", "isolate 1 2"})
        EXPECT_EQ(parse_wish(bad, 4).error(), Status::BadArgument) << bad;
}

TEST(Policy, Names)
{
    EXPECT_EQ(policy_name(TorusPolicy::open), "open");
    EXPECT_EQ(policy_name(TorusPolicy::isolated), "isolated");
    EXPECT_EQ(policy_name(TorusPolicy::draining), "draining");
}

} // namespace
