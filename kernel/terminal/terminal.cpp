// SPDX-License-Identifier: MIT
#include "kernel/terminal/terminal.hpp"
#include "arch/machine.hpp"
#include "kernel/files/file_flags.hpp"
#include "kernel/files/open_file.hpp"
#include "kernel/terminal/job_control.hpp"
#include <string_view>

namespace torc {
namespace {

constexpr std::size_t sent_at_once = 256; // a line that takes everything at once must not hold up the core
constexpr std::size_t low_mark = 1024; // writers wake when no more than this is left to send
constexpr std::size_t worth_taking
    = InputQueue::capacity / 4; // the line goes on when there is this much room

// What the line took.
std::size_t send(Terminal const& terminal, std::span<char const> bytes)
{
    switch (terminal.line) {
    case TerminalLine::Console:
        break;
    }
    return arch::console_put(bytes);
}

void ask_for_room(Terminal const&)
{
    arch::console_want_output();
}

} // namespace

void terminal_transmit(Terminal& terminal)
{
    OutputQueue& queue = terminal.discipline.output.queue;
    std::size_t sent = 0;
    while (!terminal.discipline.stopped && !queue.empty()) {
        std::span<char const> const piece
            = queue.front().first(std::min(queue.front().size(), sent_at_once - sent));
        std::size_t const taken = send(terminal, piece);
        queue.consume(taken);
        sent += taken;
        if (taken < piece.size() || sent == sent_at_once) {
            if (!queue.empty())
                ask_for_room(terminal);
            break;
        }
    }
    if (!terminal.writers.empty() && queue.size() <= low_mark)
        terminal.writers.wake(~0u, poll_event::out | poll_event::write_normal);
}

void terminal_input(Terminal& terminal, std::span<char const> bytes)
{
    for (char const byte : bytes) {
        TypedSignal const signal = terminal.discipline.receive(static_cast<std::uint8_t>(byte));
        if (signal != TypedSignal::None) [[unlikely]]
            signal_foreground(terminal, signal);
    }
    terminal_transmit(terminal); // the echo
    if (!terminal.readers.empty() && terminal.discipline.readable(1))
        terminal.readers.wake(~0u, poll_event::in | poll_event::read_normal);
}

// A byte takes two places at most, and one is left for the end of the line.
std::size_t terminal_room(Terminal const& terminal)
{
    std::size_t const room = terminal.discipline.input.room();
    return room < 4 ? 0 : (room - 2) / 2;
}

void terminal_has_room(Terminal const& terminal)
{
    if (terminal.discipline.input.room() < worth_taking)
        return;
    switch (terminal.line) {
    case TerminalLine::Console:
        break;
    }
    arch::console_take_input();
}

bool terminal_message(Terminal& terminal, std::string_view text)
{
    OutputProcessor& output = terminal.discipline.output;
    if (output.queue.room() < 2 * text.size() + 2)
        return false;
    static constexpr TerminalSettings plain{};
    if (output.column != 0)
        (void)output.put(plain, '\n');
    for (char const c : text)
        (void)output.put(plain, static_cast<std::uint8_t>(c));
    terminal_transmit(terminal);
    return true;
}

bool is_console(OpenFile const& file)
{
    return file.offset == opened_as_console;
}

bool is_dead(OpenFile const& file)
{
    return !is_console(file) && file.offset != file.terminal->hang_ups;
}

bool is_sent(Terminal const& terminal)
{
    return terminal.discipline.output.queue.empty();
}

} // namespace torc
