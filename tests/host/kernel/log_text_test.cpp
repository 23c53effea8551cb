// SPDX-License-Identifier: MIT
#include "kernel/log_text.hpp"
#include <gtest/gtest.h>
#include <string>

using namespace torc;

namespace {

std::string syslog_line(LogRing::Line const& line)
{
    FormatBuffer<512> out;
    put_syslog_line(out, line, 1'234'567);
    return std::string{out.view()};
}

std::string kmsg_record(LogRing::Line const& line)
{
    FormatBuffer<512> out;
    put_kmsg_record(out, line, 1'234'567);
    return std::string{out.view()};
}

} // namespace

TEST(LogText, SyslogLinesHavePriorityAndTime)
{
    EXPECT_EQ(syslog_line({.text = "hello"}), "<6>[    1.234567] hello\n");
    EXPECT_EQ(syslog_line({.text = "two\nlines", .priority = 12}),
        "<12>[    1.234567] two\n<12>[    1.234567] lines\n");
}

TEST(LogText, KmsgRecordsEscapeWhatWouldBreakThem)
{
    EXPECT_EQ(kmsg_record({.sequence = 42, .text = "plain"}), "6,42,1234567,-;plain\n");
    EXPECT_EQ(kmsg_record({.sequence = 0, .text = "a\nb\\c\x80"}), "6,0,1234567,-;a\\x0ab\\x5cc\\x80\n");
}

TEST(LogText, WrittenLinesSayTheirPriority)
{
    EXPECT_EQ(parse_written_line("words\n").text, "words");
    EXPECT_EQ(parse_written_line("words\n").priority, 1 << 3 | 4) << "user, warning";
    EXPECT_EQ(parse_written_line("<6>words").priority, 1 << 3 | 6)
        << "the kernel's facility is not for programs";
    EXPECT_EQ(parse_written_line("<30>words").priority, 30);
    EXPECT_EQ(parse_written_line("<30>words").text, "words");
    EXPECT_EQ(parse_written_line("<x>words").text, "<x>words");
    EXPECT_EQ(parse_written_line("<>words").text, "<>words");
    EXPECT_EQ(parse_written_line("").text, "");
}

TEST(LogText, TheRingKeepsPriorities)
{
    auto const ring = std::make_unique<LogRing>();
    for (unsigned i = 0; i < 3000; ++i)
        ring->append(i, "line " + std::to_string(i), static_cast<std::uint16_t>(i % 256));
    for (std::uint64_t at : {2990u, 2999u, 2991u, 2995u}) { // in any order
        LogRing::Line const line = ring->at_or_after(at);
        EXPECT_EQ(line.text, "line " + std::to_string(at));
        EXPECT_EQ(line.priority, at % 256);
    }
}
