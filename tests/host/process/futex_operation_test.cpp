// SPDX-License-Identifier: MIT
// FUTEX_WAKE_OP's encoded change and comparison, and who is more urgent for a lock that is inherited.
#include "kernel/futex/futex_operation.hpp"
#include "kernel/process/scheduling.hpp"
#include <gtest/gtest.h>

namespace torc {
namespace {

// FUTEX_OP of linux/futex.h
constexpr FutexChange change(
    std::uint32_t operation, std::uint32_t operand, std::uint32_t compare, std::uint32_t reference)
{
    return FutexChange::decode(
        operation << 28 | compare << 24 | (operand & 0xfff) << 12 | (reference & 0xfff));
}

TEST(FutexChange, EachOperation)
{
    EXPECT_EQ(change(FutexChange::set, 7, 0, 0).apply(100), 7u);
    EXPECT_EQ(change(FutexChange::add, 0xfff, 0, 0).apply(100), 99u); // twelve bits with a sign
    EXPECT_EQ(change(FutexChange::or_, 3, 0, 0).apply(100), 103u);
    EXPECT_EQ(change(FutexChange::and_not, 4, 0, 0).apply(100), 96u);
    EXPECT_EQ(change(FutexChange::exclusive_or, 0xfff, 0, 0).apply(0), ~0u);
    EXPECT_EQ(change(FutexChange::set | 8, 31, 0, 0).apply(0), 1u << 31);
    EXPECT_FALSE(change(5, 0, 0, 0).is_known());
    EXPECT_FALSE(change(0, 0, 6, 0).is_known());
}

TEST(FutexChange, ComparisonsHaveSigns)
{
    EXPECT_TRUE(change(0, 0, FutexChange::less, 0).compares(~0u));
    EXPECT_TRUE(change(0, 0, FutexChange::equal, 0xfff).compares(~0u));
    EXPECT_TRUE(change(0, 0, FutexChange::at_most, 5).compares(5));
    EXPECT_FALSE(change(0, 0, FutexChange::greater, 5).compares(5));
    EXPECT_TRUE(change(0, 0, FutexChange::at_least, 5).compares(5));
    EXPECT_FALSE(change(0, 0, FutexChange::not_equal, 5).compares(5));
}

TEST(Urgency, GoesByClassThenPriority)
{
    SchedParameters fair, low{SchedPolicy::fifo, 1}, high{SchedPolicy::round_robin, 50};
    fair.nice = -20;
    EXPECT_TRUE(is_more_urgent(low, fair));
    EXPECT_TRUE(is_more_urgent(high, low));
    EXPECT_FALSE(is_more_urgent(fair, SchedParameters{}));
    EXPECT_TRUE(is_more_urgent(SchedParameters{SchedPolicy::deadline}, high));
}

} // namespace
} // namespace torc
