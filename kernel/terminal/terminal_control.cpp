// SPDX-License-Identifier: MIT
#include "kernel/terminal/terminal_control.hpp"
#include "kernel/files/open_file.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include "kernel/terminal/job_control.hpp"

namespace torc {
namespace {

namespace command { // asm-generic/ioctls.h
constexpr std::uint32_t get_settings
    = 0x5401,
    set_settings = 0x5402, set_settings_last = 0x5404, send_break = 0x5409, flow = 0x540a, flush = 0x540b,
    set_exclusive = 0x540c, clear_exclusive = 0x540d, take = 0x540e, get_foreground = 0x540f,
    set_foreground = 0x5410, unsent = 0x5411, type = 0x5412, get_window = 0x5413, set_window = 0x5414,
    unread = 0x541b, leave = 0x5422, set_discipline = 0x5423, get_discipline = 0x5424,
    send_break_posix = 0x5425, get_session = 0x5429, get_settings2 = 0x802c542a, set_settings2 = 0x402c542b,
    set_settings2_last = 0x402c542d, get_device = 0x80045432, hang_up = 0x5437, get_exclusive = 0x80045440;
}

bool privileged(Thread const& thread)
{
    return thread.process->credentials.capable(Capability::SysAdmin);
}

Outcome wait_until_sent(Thread& thread, Terminal& terminal, OnSignal how)
{
    return is_sent(terminal) ? Outcome{0} : block(thread, terminal.writers, how);
}

// ---- settings -----------------------------------------------------------------------------------------

Outcome get_settings(Terminal const& terminal, Uaddr address, std::size_t size)
{
    TerminalSettings2 const settings{
        terminal.discipline.settings(), terminal.input_speed, terminal.output_speed};
    TRY(copy_out(address, &settings, size));
    return 0;
}

void forget_input(Terminal& terminal)
{
    terminal.discipline.forget_input();
    terminal_has_room(terminal);
}

enum class When : std::uint8_t { Now, Sent, SentAndFlush };

// The line's speed and format stay what the firmware set: the driver cannot change them.
Outcome set_settings(Thread& thread, Terminal& terminal, Uaddr address, std::size_t size, When when)
{
    Outcome const allowed = check_foreground(thread, terminal, sig::ttou);
    if (allowed.value() != 0)
        return allowed;
    TerminalSettings2 wanted;
    TRY(copy_in(&wanted, address, size));
    if (when != When::Now) {
        Outcome const sent = wait_until_sent(thread, terminal, OnSignal::Restart);
        if (sent.value() != 0)
            return sent;
    }
    if (when == When::SentAndFlush)
        forget_input(terminal);
    using control_flag::changeable;
    std::uint32_t const fixed = terminal.discipline.settings().control & ~changeable;
    wanted.basic.control = (wanted.basic.control & changeable) | fixed;
    terminal.discipline.change_settings(wanted.basic);
    terminal_transmit(terminal);
    terminal.readers.wake_all(); // what they wait for may be there by the new rules
    return 0;
}

// ---- queues and flow ----------------------------------------------------------------------------------

Outcome flush(Thread& thread, Terminal& terminal, std::uint64_t which)
{
    constexpr unsigned input = 0, output = 1, both = 2;
    Outcome const allowed = check_foreground(thread, terminal, sig::ttou);
    if (allowed.value() != 0)
        return allowed;
    if (which > both)
        return Status::BadArgument;
    if (which != output)
        forget_input(terminal);
    if (which != input)
        terminal.discipline.output.queue.clear();
    terminal_transmit(terminal); // wakes writers
    return 0;
}

Outcome control_flow(Thread& thread, Terminal& terminal, std::uint64_t which)
{
    constexpr unsigned stop_output = 0, start_output = 1, stop_input = 2, start_input = 3;
    Outcome const allowed = check_foreground(thread, terminal, sig::ttou);
    if (allowed.value() != 0)
        return allowed;
    if (which > start_input)
        return Status::BadArgument;
    LineDiscipline& discipline = terminal.discipline;
    if (which == stop_output || which == start_output) {
        discipline.stopped = which == stop_output;
    } else {
        auto const character = which == stop_input ? ControlCharacter::Stop : ControlCharacter::Start;
        std::uint8_t const c = discipline.settings().character(character);
        if (c != 0)
            (void)discipline.output.put_unprocessed(static_cast<char>(c));
    }
    terminal_transmit(terminal);
    return 0;
}

// tcdrain, and tcsendbreak on a line that has no break to send.
Outcome drain(Thread& thread, Terminal& terminal)
{
    Outcome const allowed = check_foreground(thread, terminal, sig::ttou);
    return allowed.value() != 0 ? allowed : wait_until_sent(thread, terminal, OnSignal::Interrupt);
}

Outcome count_unread(Terminal const& terminal, Uaddr address)
{
    LineDiscipline const& discipline = terminal.discipline;
    std::size_t const count
        = discipline.settings().canonical() ? discipline.input.readable_in_lines() : discipline.input.size();
    TRY(copy_out(address, static_cast<std::int32_t>(count)));
    return 0;
}

Outcome count_unsent(Terminal const& terminal, Uaddr address)
{
    TRY(copy_out(address, static_cast<std::int32_t>(terminal.discipline.output.queue.size())));
    return 0;
}

// TIOCSTI lets a program type for the user; Linux, too, leaves it to the privileged now.
Outcome type(Thread& thread, Terminal& terminal, Uaddr address)
{
    if (!privileged(thread))
        return controlling_terminal(*thread.process) != &terminal ? Status::NotPermitted : Status::Io;
    char const byte = TRY(copy_in<char>(address));
    terminal_input(terminal, {&byte, 1});
    terminal_has_room(terminal); // ^C makes some
    return 0;
}

// ---- the rest -----------------------------------------------------------------------------------------

Outcome set_window(Terminal& terminal, Uaddr address)
{
    auto const window = TRY(copy_in<WindowSize>(address));
    if (window == terminal.window)
        return 0;
    terminal.window = window;
    signal_foreground(terminal, sig::winch);
    return 0;
}

Outcome set_discipline(Uaddr address)
{
    return TRY(copy_in<std::int32_t>(address)) == 0 ? Outcome{0} : Outcome{Status::BadArgument};
}

Outcome hang_up_line(Thread& thread, Terminal& terminal)
{
    if (!privileged(thread))
        return Status::NotPermitted;
    hang_up_terminal(terminal);
    return 0;
}

Outcome tell(Uaddr address, std::uint32_t value)
{
    TRY(copy_out(address, value));
    return 0;
}

// Commands that change the settings, in both of their forms: now, when all is sent, and that with a flush.
static_assert(command::set_settings_last - command::set_settings == 2);
static_assert(command::set_settings2_last - command::set_settings2 == 2);
bool settings_command(std::uint32_t which, std::size_t& size, When& when)
{
    bool const second = which >= command::set_settings2;
    std::uint32_t const step = which - (second ? command::set_settings2 : command::set_settings);
    if (step > 2)
        return false;
    size = second ? sizeof(TerminalSettings2) : sizeof(TerminalSettings);
    when = static_cast<When>(step);
    return true;
}

// A switch over the commands: each case is one thought, splitting it would only hide the list.
Outcome control(Thread& thread, OpenFile& file, std::uint32_t which, std::uint64_t argument)
{
    Terminal& terminal = *file.terminal;
    Uaddr const address{argument};
    switch (which) {
    case command::get_settings:
        return get_settings(terminal, address, sizeof(TerminalSettings));
    case command::get_settings2:
        return get_settings(terminal, address, sizeof(TerminalSettings2));
    case command::send_break:
    case command::send_break_posix:
        return drain(thread, terminal);
    case command::flow:
        return control_flow(thread, terminal, argument);
    case command::flush:
        return flush(thread, terminal, argument);
    case command::set_exclusive:
    case command::clear_exclusive:
        terminal.exclusive = which == command::set_exclusive;
        return 0;
    case command::get_exclusive:
        return tell(address, terminal.exclusive);
    case command::take:
        return take_terminal(thread, file, argument);
    case command::leave:
        return leave_terminal(thread, terminal);
    case command::get_foreground:
        return get_foreground(thread, terminal, argument);
    case command::set_foreground:
        return set_foreground(thread, terminal, argument);
    case command::get_session:
        return get_session(thread, terminal, argument);
    case command::unread:
        return count_unread(terminal, address);
    case command::unsent:
        return count_unsent(terminal, address);
    case command::type:
        return type(thread, terminal, address);
    case command::get_window:
        return copy_out(address, terminal.window);
    case command::set_window:
        return set_window(terminal, address);
    case command::get_discipline:
        return tell(address, 0);
    case command::set_discipline:
        return set_discipline(address);
    case command::get_device:
        return tell(address, static_cast<std::uint32_t>(terminal.device.encoded()));
    case command::hang_up:
        return hang_up_line(thread, terminal);
    default:
        return Status::NotTerminal;
    }
}

} // namespace

Outcome terminal_ioctl(Thread& thread, OpenFile& file, std::uint32_t which, std::uint64_t argument)
{
    if (is_dead(file))
        return which == command::set_foreground ? Status::NotTerminal : Status::Io;
    std::size_t size = 0;
    When when = When::Now;
    if (settings_command(which, size, when))
        return set_settings(thread, *file.terminal, Uaddr{argument}, size, when);
    return control(thread, file, which, argument);
}

} // namespace torc
