// SPDX-License-Identifier: MIT
// What a program's output becomes on the line, and the column that is followed meanwhile.
#include "tests/host/terminal/typist.hpp"
#include <gtest/gtest.h>

namespace torc::test {
namespace {

using namespace output_flag;
constexpr auto output = &TerminalSettings::output;

TerminalSettings only(std::uint32_t flags)
{
    return with(output, flags, ~0u);
}

struct Case {
    char const* what;
    TerminalSettings settings;
    char const* written;
    char const* sent;
    unsigned column;
};

TEST(Output, Table)
{
    Case const cases[] = {
        {"as usual", {}, "one\ntwo", "one\r\ntwo", 3},
        {"unprocessed", only(0), "a\n\tb\r", "a\n\tb\r", 0},
        {"newline alone keeps the column", only(process), "abc\nd", "abc\nd", 4},
        {"newline returns", only(process | nl_returns), "abc\nd", "abc\nd", 1},
        {"return becomes newline", only(process | output_flag::cr_to_nl), "ab\rc", "ab\nc", 3},
        {"return becomes newline that returns", only(process | output_flag::cr_to_nl | nl_returns), "ab\rc",
            "ab\nc", 1},
        {"no return at column 0", only(process | no_cr_at_start), "\rab\r\rc", "ab\rc", 1},
        {"tabs stay", {}, "a\tb", "a\tb", 9},
        {"tabs become spaces", with(output, expand_tabs, 0), "a\tb\t\n\t", "a       b       \r\n        ", 8},
        {"upper case", with(output, to_upper, 0), "aZ\xe4", "AZ\xe4", 3},
        {"backspace", {}, "ab\b\b\bc", "ab\b\b\bc", 1},
        {"control characters take no column", {}, "\033[1m\a", "\033[1m\a", 3},
        {"bytes", {}, "\xc3\xa4", "\xc3\xa4", 2},
        {"characters", with(&TerminalSettings::input, input_flag::utf8, 0), "\xc3\xa4", "\xc3\xa4", 1},
    };
    for (Case const& c : cases) {
        SCOPED_TRACE(c.what);
        Typist typist{c.settings};
        EXPECT_EQ(typist.write(c.written), c.sent);
        EXPECT_EQ(typist.discipline.output.column, c.column);
    }
}

TEST(Output, FullQueueRefusesWholeBytes)
{
    Typist typist;
    OutputProcessor& processor = typist.discipline.output;
    TerminalSettings const settings;
    for (std::size_t i = 0; i < OutputQueue::capacity - 1; ++i)
        ASSERT_TRUE(processor.put(with(output, 0, process), 'x'));
    EXPECT_FALSE(processor.put(settings, '\n'));
    EXPECT_EQ(processor.queue.size(), OutputQueue::capacity - 1);
    processor.queue.consume(1);
    EXPECT_TRUE(processor.put(settings, '\n'));
    EXPECT_EQ(processor.queue.room(), 0u);
}

TEST(Output, ProgramsLeaveRoomForEcho)
{
    Typist typist;
    OutputQueue& queue = typist.discipline.output.queue;
    while (queue.room_for_programs() != 0)
        queue.push('x');
    EXPECT_EQ(queue.room(), OutputQueue::kept_for_echo);
    EXPECT_TRUE(typist.type("echo\r").ends_with("xecho\r\n"));
}

} // namespace
} // namespace torc::test
