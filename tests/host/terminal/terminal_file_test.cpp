// SPDX-License-Identifier: MIT
// The console as programs see it: opening, reading with all of VMIN and VTIME, writing against a full queue,
// job control, hang-up.
#include "arch/clock.hpp"
#include "arch/machine.hpp"
#include "kernel/files/file_flags.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/signals/default_action.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/terminal/terminal_records.hpp"
#include "tests/host/files/world.hpp"
#include <gtest/gtest.h>

namespace torc {
void console_input(std::span<char const> bytes);

namespace {

using namespace linux_abi;

constexpr std::uint32_t tcgets = 0x5401, tcsets = 0x5402, tcflsh = 0x540b, tiocsctty = 0x540e,
                        tiocgpgrp = 0x540f, tiocspgrp = 0x5410, fionread = 0x541b, tiocgsid = 0x5429,
                        tiocsti = 0x5412, tiocgwinsz = 0x5413, tiocswinsz = 0x5414, tiocnotty = 0x5422;

class TerminalTest : public FilesTest {
protected:
    static void SetUpTestSuite()
    {
        machine(); // made now, if it was not
        ASSERT_TRUE(open_terminals());
        ASSERT_TRUE(start_terminals("ttyAMA0"));
    }
    TerminalTest()
    {
        terminal().discipline.change_settings({});
        terminal().discipline.forget_input();
        me->process.actions[sig::hup - 1].handler = handler_ignore;
        // S_IFCHR and the numbers of ttyAMA0, tty and console
        for (auto const& [name, device] :
            {std::pair{"line", 204u << 8 | 64}, {"tty", 5u << 8}, {"console", 5u << 8 | 1}})
            EXPECT_EQ(me->call(call_mknodat, static_cast<std::uint64_t>(at_flag::current_directory),
                          me->put(name), 0020600, device),
                0);
        machine().console.clear();
    }
    ~TerminalTest() override { machine().console.clear(); }
    static Terminal& terminal() { return *machine().torus.terminals->console; }
    static void type(std::string_view text) { console_input({text.data(), text.size()}); }
    // As type, through a port that keeps what there is no room for.
    static void paste(std::string_view text)
    {
        machine().typed = text;
        arch::console_take_input();
    }
    static std::string numbered_lines(int count)
    {
        std::string text;
        for (int i = 0; i < count; ++i)
            text += std::to_string(i) + " abcdefgh\n";
        return text;
    }
    std::int64_t open_line(std::uint32_t flags = 0)
    {
        return me->open("line", open_flag::read_write | flags);
    }
    void set(std::uint32_t local, unsigned minimum = 1, unsigned time = 0)
    {
        TerminalSettings settings;
        settings.local = local;
        settings.characters[static_cast<unsigned>(ControlCharacter::Minimum)]
            = static_cast<std::uint8_t>(minimum);
        settings.characters[static_cast<unsigned>(ControlCharacter::Time)] = static_cast<std::uint8_t>(time);
        terminal().discipline.change_settings(settings);
    }
    std::string read_at(std::int64_t fd, std::uint64_t at, std::size_t size)
    {
        std::int64_t const n = me->call(call_read, static_cast<std::uint64_t>(fd), at, size);
        if (n == call_blocks)
            return "<blocks>";
        return n < 0 ? "!" + std::to_string(-n) : me->get(at, static_cast<std::size_t>(n));
    }
    std::int64_t control(std::int64_t fd, std::uint32_t command, std::uint64_t argument)
    {
        return me->call(call_ioctl, static_cast<std::uint64_t>(fd), command, argument);
    }
    void pass_ms(std::uint64_t ms) { machine().ticks += arch::ns_to_ticks(ms * 1'000'000); }
};

TEST_F(TerminalTest, ReadWaitsForTheLine)
{
    auto const fd = open_line();
    auto const at = me->room(100);
    EXPECT_EQ(read_at(fd, at, 100), "<blocks>");
    type("hel");
    EXPECT_TRUE(me->waits());
    type("lo\r");
    EXPECT_FALSE(me->waits());
    EXPECT_EQ(machine().console, "hello\r\n");
    EXPECT_EQ(read_at(fd, at, 100), "hello\n");
}

TEST_F(TerminalTest, ByBytesWithAMinimum)
{
    auto const fd = open_line();
    auto const at = me->room(100);
    set(0, 3);
    type("ab");
    EXPECT_EQ(read_at(fd, at, 100), "<blocks>");
    type("cd");
    EXPECT_EQ(read_at(fd, at, 100), "abcd");
    type("xyz");
    EXPECT_EQ(read_at(fd, at, 2), "xy") << "a short buffer is enough";
    EXPECT_EQ(read_at(fd, at, 1), "z");
}

TEST_F(TerminalTest, ByBytesWithATime)
{
    auto const fd = open_line();
    auto const at = me->room(100);
    set(0, 0, 5);
    EXPECT_EQ(read_at(fd, at, 100), "<blocks>");
    pass_ms(501);
    wake_by_timer(me->thread);
    EXPECT_EQ(read_at(fd, at, 100), "");
    EXPECT_EQ(read_at(fd, at, 100), "<blocks>");
    pass_ms(400);
    type("a");
    EXPECT_EQ(read_at(fd, at, 100), "a");
    set(0, 0, 0);
    EXPECT_EQ(read_at(fd, at, 100), "");
}

TEST_F(TerminalTest, ByBytesWithAMinimumAndAPause)
{
    auto const fd = open_line();
    auto const at = me->room(100);
    set(0, 5, 2);
    EXPECT_EQ(read_at(fd, at, 100), "<blocks>");
    pass_ms(10'000); // the time starts with the first byte
    type("a");
    EXPECT_EQ(read_at(fd, at, 100), "<blocks>");
    pass_ms(150);
    type("b");
    EXPECT_EQ(read_at(fd, at, 100), "<blocks>");
    pass_ms(150); // again from the second
    torc::wake(me->thread);
    EXPECT_EQ(read_at(fd, at, 100), "<blocks>");
    pass_ms(60);
    wake_by_timer(me->thread);
    EXPECT_EQ(read_at(fd, at, 100), "ab");
}

// What does not fit waits in the port: as much as is typed before anybody reads, in both modes.
TEST_F(TerminalTest, InputWaitsForItsReader)
{
    auto const fd = open_line();
    auto const at = me->room(4096);
    for (std::uint32_t const mode : {local_flag::canonical, 0u}) {
        set(mode);
        std::string const sent = numbered_lines(2000);
        paste(sent);
        std::string read;
        for (std::string piece; (piece = read_at(fd, at, 4096)) != "<blocks>";)
            read += piece;
        EXPECT_EQ(read, sent);
        EXPECT_EQ(machine().typed, "");
    }
    EXPECT_EQ(machine().console, "") << "no bell";
}

TEST_F(TerminalTest, ForgottenInputMakesRoom)
{
    auto const fd = open_line();
    auto const at = me->room(4096);
    set(local_flag::canonical | local_flag::signals);
    me->process.actions[sig::int_ - 1].handler = handler_ignore;
    for (int const by_interrupt : {0, 1}) {
        paste(std::string(InputQueue::capacity, '\n') + "last\n");
        EXPECT_NE(machine().typed, "");
        if (by_interrupt)
            EXPECT_EQ(control(fd, tiocsti, me->put("\003")), 0);
        else
            EXPECT_EQ(control(fd, tcflsh, 0), 0);
        EXPECT_EQ(machine().typed, "");
        std::string last;
        for (std::string piece; (piece = read_at(fd, at, 4096)) != "<blocks>";)
            last = piece;
        EXPECT_EQ(last, "last\n");
    }
}

TEST_F(TerminalTest, NonblockingNeverWaits)
{
    auto const fd = open_line(open_flag::nonblock);
    EXPECT_EQ(me->read(fd, 10), "!11");
    set(0, 1);
    EXPECT_EQ(me->read(fd, 10), "!11");
    set(0, 0, 5);
    EXPECT_EQ(me->read(fd, 10), "!11");
    set(0, 0, 0);
    EXPECT_EQ(me->read(fd, 10), "");
    set(0, 5);
    type("ab");
    EXPECT_EQ(me->read(fd, 10), "ab");
}

TEST_F(TerminalTest, WriteStopsAndGoesOn)
{
    auto const fd = open_line();
    type("\023");
    std::string const text(10'000, 'w');
    auto const from = me->put(text.data(), text.size());
    auto const write
        = [&] { return me->call(call_write, static_cast<std::uint64_t>(fd), from, text.size()); };
    EXPECT_EQ(write(), call_blocks);
    EXPECT_EQ(machine().console, "");
    type("\021");
    for (int i = 0; i < 100 && me->waits(); ++i)
        terminal_transmit(terminal());
    EXPECT_EQ(write(), 10'000);
    for (int i = 0; i < 100 && !is_sent(terminal()); ++i)
        terminal_transmit(terminal());
    EXPECT_EQ(machine().console, text);
}

TEST_F(TerminalTest, ControlsASession)
{
    auto const id = me->room(4);
    EXPECT_EQ(me->open("tty", open_flag::read_write), -6);
    auto const without = open_line(open_flag::no_terminal);
    EXPECT_EQ(control(without, tiocgpgrp, id), -25);
    auto const console = me->open("console", open_flag::read_write);
    EXPECT_EQ(control(console, tiocgpgrp, id), -25) << "the console controls nobody by being opened";
    auto const fd = open_line();
    EXPECT_EQ(control(fd, tiocgpgrp, id), 0);
    EXPECT_EQ(me->get<std::int32_t>(id), me->process.pid);
    EXPECT_EQ(control(fd, tiocgsid, id), 0);
    EXPECT_GE(me->open("tty", open_flag::read_write), 0);
    EXPECT_EQ(control(fd, tiocnotty, 0), 0);
    EXPECT_EQ(me->open("tty", open_flag::read_write), -6);
    EXPECT_EQ(control(console, tiocsctty, 0), 0);
    EXPECT_GE(me->open("tty", open_flag::read_write), 0);
}

TEST_F(TerminalTest, SignalsGoToTheForeground)
{
    open_line();
    me->process.actions[sig::int_ - 1].handler = 0x1000;
    type("\003");
    EXPECT_EQ(deliverable(me->thread), signal_bit(sig::int_));
    EXPECT_EQ(machine().console, "^C");
}

TEST_F(TerminalTest, AHangUpEndsOldFiles)
{
    auto const fd = open_line();
    auto const at = me->room(100);
    EXPECT_EQ(read_at(fd, at, 100), "<blocks>");
    session_member_exits(me->process);
    EXPECT_EQ(read_at(fd, at, 100), "");
    EXPECT_EQ(me->write(fd, "x"), -5);
    EXPECT_EQ(control(fd, tcgets, at), -5);
    EXPECT_EQ(control(fd, tiocspgrp, at), -25);
    auto const again = open_line();
    EXPECT_EQ(me->write(again, "x"), 1);
}

TEST_F(TerminalTest, SettingsAndSizes)
{
    auto const fd = open_line();
    auto const at = me->room(64);
    EXPECT_EQ(control(fd, tcgets, at), 0);
    auto settings = me->get<TerminalSettings>(at);
    EXPECT_EQ(settings.local, TerminalSettings{}.local);
    settings.control = 0;
    settings.characters[0] = 7;
    EXPECT_EQ(control(fd, tcsets, me->put(&settings, sizeof settings)), 0);
    EXPECT_EQ(control(fd, tcgets, at), 0);
    settings = me->get<TerminalSettings>(at);
    EXPECT_EQ(settings.characters[0], 7);
    EXPECT_EQ(settings.control, control_flag::baud_115200 | control_flag::size_8) << "the hardware's";
    WindowSize const size{24, 80, 0, 0};
    EXPECT_EQ(control(fd, tiocgwinsz, at), 0);
    EXPECT_EQ(me->get<WindowSize>(at), WindowSize{});
    me->process.actions[sig::winch - 1].handler = 0x1000;
    EXPECT_EQ(control(fd, tiocswinsz, me->put(&size, sizeof size)), 0);
    EXPECT_EQ(deliverable(me->thread), signal_bit(sig::winch));
    EXPECT_EQ(control(fd, tiocgwinsz, at), 0);
    EXPECT_EQ(me->get<WindowSize>(at), size);
    WindowSize const none{};
    control(fd, tiocswinsz, me->put(&none, sizeof none));
    type("ab\rcd");
    EXPECT_EQ(control(fd, fionread, at), 0);
    EXPECT_EQ(me->get<std::int32_t>(at), 3);
    EXPECT_EQ(control(fd, tcflsh, 0), 0);
    EXPECT_EQ(control(fd, fionread, at), 0);
    EXPECT_EQ(me->get<std::int32_t>(at), 0);
    EXPECT_EQ(control(fd, tcflsh, 3), -22);
    EXPECT_EQ(control(fd, 0x54ff, 0), -25);
}

TEST_F(TerminalTest, KernelMessagesAreLines)
{
    auto const fd = open_line();
    EXPECT_EQ(me->write(fd, "prompt"), 6);
    EXPECT_TRUE(terminal_message(terminal(), "[1] news\n"));
    EXPECT_EQ(machine().console, "prompt\r\n[1] news\r\n");
}

} // namespace
} // namespace torc
