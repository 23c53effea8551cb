// SPDX-License-Identifier: MIT
#include "userland/tori/torus_row.hpp"
#include <gtest/gtest.h>

namespace {

using namespace torc::user;

constexpr std::string_view two_tori
    = "0 programs frames 100 free 60 processes 2 threads 3 runnable 1 switches 4 interrupts 1 moved-in 5 "
      "moved-out 6 calls-in 0 calls-out 0 missed 0 role any capacity 1024 policy open load 512 load-now 1024 "
      "age-us 406 busy-ms 453 idle-ms 7\n"
      "3 nothing frames 10 free 9 processes 0 threads 0 runnable 0 role io capacity 446 policy isolated\n";

TEST(TorusRow, HasWhatTheLineSays)
{
    TorusRow rows[4];
    ASSERT_EQ(read_rows(two_tori, rows), 2u);
    EXPECT_EQ(rows[0].number, 0u);
    EXPECT_TRUE(rows[0].takes_programs);
    EXPECT_EQ(rows[0].role, "any");
    EXPECT_EQ(rows[0].policy, "open");
    EXPECT_EQ(rows[0].load, 512u);
    EXPECT_EQ(rows[0].load_now, 1024u);
    EXPECT_EQ(rows[0].moved_in, 5u);
    EXPECT_EQ(rows[0].moved_out, 6u);
    EXPECT_EQ(rows[0].idle_ms, 7u);
    EXPECT_EQ(rows[1].number, 3u);
    EXPECT_FALSE(rows[1].takes_programs);
    EXPECT_EQ(rows[1].policy, "isolated");
    EXPECT_EQ(rows[1].capacity, 446u);
    EXPECT_EQ(rows[1].busy_ms, 0u) << "what is not said is 0";
}

TEST(TorusRow, LeavesOutWhatIsNoRow)
{
    TorusRow rows[4];
    EXPECT_EQ(read_rows("", rows), 0u);
    EXPECT_EQ(read_rows("\n\n", rows), 0u);
    EXPECT_EQ(read_rows("x programs\n1 something\n2\n7 programs\n", rows), 1u);
    EXPECT_EQ(rows[0].number, 7u);
    EXPECT_EQ(read_rows("1 programs load abc free 99999999999999999999999 threads", rows), 1u);
    EXPECT_EQ(rows[0].load, 0u);
    EXPECT_EQ(rows[0].free_frames, 0u);
}

TEST(TorusRow, StopsWhereThereIsNoRoom)
{
    TorusRow rows[1];
    EXPECT_EQ(read_rows(two_tori, rows), 1u);
    EXPECT_EQ(read_rows(two_tori, {rows, 0}), 0u);
}

TEST(TorusRow, NamesAreNotTakenForValues)
{
    EXPECT_EQ(word_after("policy load load 3", "load"), "3");
    EXPECT_EQ(word_after("a b", "b"), "");
    EXPECT_EQ(number_after("  a   12 ", "a"), 12u);
}

} // namespace
