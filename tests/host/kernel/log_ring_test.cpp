// SPDX-License-Identifier: MIT
#include "kernel/log.hpp"
#include <gtest/gtest.h>
#include <memory>
#include <string>

using namespace torc;

TEST(LogRing, EmptyHasNoLine)
{
    auto ring = std::make_unique<LogRing>();
    EXPECT_FALSE(ring->at_or_after(0).found);
    EXPECT_EQ(ring->next_sequence(), 0u);
}

TEST(LogRing, LinesComeBackInOrderWithTheirStamps)
{
    auto ring = std::make_unique<LogRing>();
    ring->append(0x1122334455667788, "first");
    ring->append(200, "");
    ring->append(300, "third");
    EXPECT_EQ(ring->at_or_after(0).text, "first");
    EXPECT_EQ(ring->at_or_after(0).ticks, 0x1122334455667788u);
    EXPECT_EQ(ring->at_or_after(1).text, "");
    EXPECT_EQ(ring->at_or_after(2).text, "third");
    EXPECT_FALSE(ring->at_or_after(3).found);
}

TEST(LogRing, OldLinesMakeRoomAndNumbersGoOn)
{
    auto ring = std::make_unique<LogRing>();
    for (unsigned i = 0; i < 5000; i++)
        ring->append(i, "line " + std::to_string(i));
    EXPECT_EQ(ring->next_sequence(), 5000u);
    EXPECT_GT(ring->first_sequence(), 3000u);
    for (std::uint64_t at = ring->first_sequence(); at < ring->next_sequence(); at++) {
        LogRing::Line const line = ring->at_or_after(at);
        ASSERT_TRUE(line.found);
        ASSERT_EQ(line.sequence, at);
        ASSERT_EQ(line.ticks, at);
        ASSERT_EQ(line.text, "line " + std::to_string(at));
    }
    EXPECT_EQ(ring->at_or_after(0).sequence, ring->first_sequence());
}

TEST(LogRing, LongLinesAreCutOff)
{
    auto ring = std::make_unique<LogRing>();
    ring->append(1, std::string(10000, 'x'));
    EXPECT_EQ(ring->at_or_after(0).text.size(), LogRing::longest_line);
}
