// SPDX-License-Identifier: MIT
// What is typed, what the screen shows, what a program reads, what is signalled. The expectations are what
// Linux's N_TTY does.
#include "tests/host/terminal/typing_cases.hpp"
#include "tests/host/terminal/typist.hpp"
#include <gtest/gtest.h>

namespace torc::test {
namespace {

using namespace std::string_literals;
using namespace input_flag;
using namespace local_flag;
constexpr auto input = &TerminalSettings::input;
constexpr auto local = &TerminalSettings::local;

TerminalSettings raw()
{
    TerminalSettings settings;
    settings.input = settings.output = settings.local = 0;
    return settings;
}

TEST(LineDiscipline, Table)
{
    for (TypingCase const& c : typing_cases()) {
        SCOPED_TRACE(c.what);
        Typist typist{c.settings};
        EXPECT_EQ(typist.type(c.typed), c.screen);
        EXPECT_EQ(typist.reads(), c.read);
        EXPECT_EQ(typist.signals, c.signals);
    }
}

TEST(LineDiscipline, TabsAreErasedByTheirWidth)
{
    Typist typist;
    EXPECT_EQ(typist.type("\t"), "\t");
    EXPECT_EQ(typist.type("\177"), "\b\b\b\b\b\b\b\b");
    EXPECT_EQ(typist.type("abc\t"), "abc\t");
    EXPECT_EQ(typist.type("\177"), "\b\b\b\b\b");
    EXPECT_EQ(typist.type("\tx\t\177"), "\tx\t\b\b\b\b\b\b\b");
    EXPECT_EQ(typist.discipline.output.column, 9u);
}

TEST(LineDiscipline, TabsKnowThePrompt)
{
    Typist typist;
    EXPECT_EQ(typist.write("login: "), "login: ");
    EXPECT_EQ(typist.type("a\t"), "a\t"); // columns 7, then 8 to 15
    EXPECT_EQ(typist.type("\177"), "\b\b\b\b\b\b\b\b");
    EXPECT_EQ(typist.type("\177"), "\b \b");
    EXPECT_EQ(typist.type("\t\177"), "\t\b");
}

TEST(LineDiscipline, TabsBehindControlCharactersAndUtf8)
{
    Typist typist{with(input, utf8, 0)};
    EXPECT_EQ(typist.type("\001\xc3\xa4\t\177"), "^A\xc3\xa4\t\b\b\b\b\b");
}

TEST(LineDiscipline, InterruptFlushesBothWays)
{
    Typist typist;
    typist.type("one\rtwo");
    for (char const c : "a long list"s)
        typist.discipline.output.put(typist.discipline.settings(), static_cast<std::uint8_t>(c));
    EXPECT_EQ(typist.type("\003"), "^C");
    EXPECT_EQ(typist.read(), "<wait>");
    typist.type("\r");
    EXPECT_EQ(typist.read(), "\n");
}

TEST(LineDiscipline, ReadsTakeOneLineAtMost)
{
    Typist typist;
    typist.type("hello\rworld\r");
    EXPECT_EQ(typist.read(3), "hel");
    EXPECT_EQ(typist.read(3), "lo\n");
    EXPECT_EQ(typist.read(100), "world\n");
    EXPECT_EQ(typist.read(), "<wait>");
}

TEST(LineDiscipline, EndOfFileGoesWithAReadItFollows)
{
    Typist typist;
    typist.type("abc\004def\r");
    EXPECT_EQ(typist.read(3), "abc");
    EXPECT_EQ(typist.read(), "def\n");
    typist.type("abc\004");
    EXPECT_EQ(typist.read(2), "ab");
    EXPECT_EQ(typist.read(), "c");
    EXPECT_EQ(typist.read(), "<wait>");
}

TEST(LineDiscipline, CountsWhatCanBeRead)
{
    Typist typist;
    typist.type("ab\r\004xy\004z");
    EXPECT_EQ(typist.discipline.input.readable_in_lines(), 5u);
}

TEST(LineDiscipline, RawMode)
{
    Typist typist{raw()};
    EXPECT_FALSE(typist.discipline.readable(1));
    EXPECT_EQ(typist.type("\003\r\004\177\xff\022\0x"s), "");
    EXPECT_EQ(typist.signals, "");
    EXPECT_TRUE(typist.discipline.readable(8));
    EXPECT_FALSE(typist.discipline.readable(9));
    EXPECT_EQ(typist.read(2), "\003\r");
    EXPECT_EQ(typist.read(), "\004\177\xff\022\0x"s);
}

TEST(LineDiscipline, CbreakMode)
{
    Typist typist{with(local, 0, canonical)};
    EXPECT_EQ(typist.type("a"), "a");
    EXPECT_EQ(typist.type("\r"), "\r\n"); // a return that became a newline
    EXPECT_EQ(typist.type("\n"), "^J"); // is a control character like any other
    EXPECT_EQ(typist.read(), "a\n\n");
    EXPECT_EQ(typist.type("\177\004"), "^?^D");
    EXPECT_EQ(typist.type("\003"), "^C");
    EXPECT_EQ(typist.signals, "^");
    EXPECT_EQ(typist.read(), "<wait>");
}

TEST(LineDiscipline, ModesChangeWithInputWaiting)
{
    Typist typist;
    typist.type("line\rpart");
    typist.discipline.change_settings(with(local, 0, canonical));
    EXPECT_EQ(typist.read(), "line\npart");
    typist.type("typed");
    typist.discipline.change_settings({});
    EXPECT_EQ(typist.read(), "typed"); // what was there is a line of its own
    typist.type("x\004");
    typist.discipline.change_settings(with(local, 0, canonical));
    EXPECT_EQ(typist.read(), "x\0"s); // the mark is a byte there
    typist.discipline.change_settings({});
    EXPECT_EQ(typist.read(), "<wait>");
}

TEST(LineDiscipline, FlowControl)
{
    Typist typist;
    EXPECT_EQ(typist.type("\023"), "");
    EXPECT_TRUE(typist.discipline.stopped);
    typist.type("a"); // echoed once started
    EXPECT_TRUE(typist.discipline.stopped);
    typist.type("\021");
    EXPECT_FALSE(typist.discipline.stopped);
    typist.type("\023\003");
    EXPECT_FALSE(typist.discipline.stopped); // an interrupt starts it
    typist.type("\023");
    typist.discipline.change_settings(with(input, 0, flow_control));
    EXPECT_FALSE(typist.discipline.stopped);
    EXPECT_EQ(typist.type("\023"), "^S");
    typist.discipline.change_settings(with(input, any_starts, 0));
    typist.discipline.forget_input();
    typist.type("\023");
    EXPECT_TRUE(typist.discipline.stopped);
    EXPECT_EQ(typist.type("z\r"), "z\r\n");
    EXPECT_FALSE(typist.discipline.stopped);
    EXPECT_EQ(typist.read(), "z\n");
}

TEST(LineDiscipline, EndOfLineCharacters)
{
    TerminalSettings settings;
    settings.characters[static_cast<unsigned>(ControlCharacter::EndOfLine)] = ';';
    settings.characters[static_cast<unsigned>(ControlCharacter::EndOfLine2)] = 1;
    Typist typist{settings};
    EXPECT_EQ(typist.type("a;b\001c\r"), "a;b^Ac\r\n");
    EXPECT_EQ(typist.reads(), (Lines{"a;", "b\001", "c\n"}));
}

TEST(LineDiscipline, DisabledCharactersAreText)
{
    TerminalSettings settings;
    for (auto& character : settings.characters)
        character = 0;
    Typist typist{settings};
    EXPECT_EQ(typist.type("\0\177\004\r"s), "^@^?^D\r\n");
    EXPECT_EQ(typist.read(), "\0\177\004\n"s);
}

TEST(LineDiscipline, LongLinesKeepTheirStartAndTheirEnd)
{
    Typist typist;
    std::string const most(4095, 'a');
    typist.type(most + "bcd\r");
    EXPECT_EQ(typist.read(), most + "\n");
    typist.type(most + "\r");
    EXPECT_EQ(typist.read(), most + "\n");
}

TEST(LineDiscipline, InputBeyondTheQueueRingsTheBell)
{
    Typist typist{with(local, 0, echo)};
    std::string const line(999, 'x');
    for (int i = 0; i < 8; ++i)
        EXPECT_EQ(typist.type(line + "\r"), "");
    std::string const bells = typist.type(line + "\r");
    EXPECT_FALSE(bells.empty());
    EXPECT_EQ(bells.find_first_not_of('\a'), bells.npos);
    EXPECT_EQ(typist.type("\003"), ""); // still heard
    EXPECT_EQ(typist.signals, "^");
    EXPECT_EQ(typist.read(), "<wait>");
    EXPECT_EQ(typist.type("ok\r"), "");
    EXPECT_EQ(typist.read(), "ok\n");
}

TEST(LineDiscipline, RawInputBeyondTheQueueKeepsWhatCameFirst)
{
    Typist typist{raw()};
    std::string typed;
    for (int i = 0; i < 10000; ++i)
        typed += static_cast<char>(i % 251);
    typist.type(typed);
    std::string const got = typist.read(10000);
    EXPECT_EQ(got.size(), InputQueue::capacity - 1);
    EXPECT_EQ(got, typed.substr(0, got.size()));
}

// One key's work is bounded: it is done in the interrupt.
TEST(LineDiscipline, OneKeyDoesNotEraseForEver)
{
    Typist typist;
    typist.type(std::string(1000, 'a'));
    EXPECT_EQ(typist.type("\025"), "^U\r\n");
    typist.type(std::string(1000, 'b'));
    EXPECT_EQ(typist.type("\027").size(), 3u * 128);
    EXPECT_EQ(typist.discipline.input.line_bytes(), 872u);
    EXPECT_LT(typist.type("\022").size(), 300u);
}

TEST(LineDiscipline, LinesWrapRoundTheQueue)
{
    Typist typist{with(local, 0, echo)};
    for (int i = 0; i < 200; ++i) {
        std::string const line(static_cast<std::size_t>(i * 7 % 300), static_cast<char>('a' + i % 26));
        typist.type(line + "\r" + line + "\004");
        EXPECT_EQ(typist.read(), line + "\n");
        EXPECT_EQ(typist.read(), line);
        if (line.empty())
            continue;
        typist.type(line + "\177\r");
        EXPECT_EQ(typist.read(), line.substr(1) + "\n");
    }
}

} // namespace
} // namespace torc::test
