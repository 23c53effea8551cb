// SPDX-License-Identifier: MIT
// Which wishes of clone and clone3 go together.
#include "kernel/process/clone_request.hpp"
#include <gtest/gtest.h>

namespace torc {
namespace {

namespace want = clone_flag;
constexpr std::uint64_t user_end = 1ull << 48;
constexpr std::uint64_t of_a_thread = want::vm | want::fs | want::files | want::sighand | want::thread
    | want::sysvsem | want::settls | want::parent_settid | want::child_cleartid;

TEST(CloneRequest, WhatThreadLibrariesAskForIsGranted)
{
    EXPECT_TRUE(is_consistent(of_a_thread, false));
    EXPECT_TRUE(is_supported(of_a_thread));
    EXPECT_TRUE(is_consistent(want::vm | want::vfork, true)); // posix_spawn
    EXPECT_TRUE(is_supported(want::vm | want::vfork));
}

TEST(CloneRequest, OneNeedsTheOther)
{
    EXPECT_FALSE(is_consistent(want::thread | want::vm, false));
    EXPECT_FALSE(is_consistent(want::sighand, false));
    EXPECT_FALSE(is_consistent(want::sighand | want::vm | want::clear_sighand, false));
    EXPECT_FALSE(is_consistent(want::parent, true));
    EXPECT_TRUE(is_consistent(want::parent, false));
    EXPECT_FALSE(is_supported(of_a_thread & ~want::files));
}

TEST(CloneArguments, EachFieldIsChecked)
{
    auto const valid = [](CloneArguments const& a) { return is_valid(a, sizeof a, user_end); };
    EXPECT_TRUE(valid({.flags = of_a_thread}));
    EXPECT_TRUE(valid({.exit_signal = 64}));
    EXPECT_FALSE(valid({.exit_signal = 65}));
    EXPECT_FALSE(valid({.flags = of_a_thread, .exit_signal = 17}));
    EXPECT_FALSE(valid({.flags = 17})); // the signal has a field of its own
    EXPECT_FALSE(valid({.flags = 1ull << 34}));
    EXPECT_FALSE(valid({.stack = 0x1000}));
    EXPECT_FALSE(valid({.stack_size = 0x1000}));
    EXPECT_TRUE(valid({.stack = 0x1000, .stack_size = 0x1000}));
    EXPECT_TRUE(valid({.stack = user_end - 0x1000, .stack_size = 0x1000}));
    EXPECT_FALSE(valid({.stack = user_end - 0x1000, .stack_size = 0x1001}));
    EXPECT_FALSE(valid({.set_tid = 0x1000}));
    EXPECT_FALSE(valid({.set_tid_size = 1}));
    EXPECT_FALSE(valid({.set_tid = 0x1000, .set_tid_size = 33}));
    EXPECT_FALSE(is_valid({.flags = want::into_cgroup}, clone_arguments_v1, user_end));
}

} // namespace
} // namespace torc
