// SPDX-License-Identifier: MIT
#include "kernel/log.hpp"

#include "arch/clock.hpp"

namespace torc {
namespace {

constexpr std::size_t longest_own_line = 255; // of the kernel's: it is made on the stack

constinit LogConsole log_console{nullptr}; // set at boot
constinit LogListener log_listener{nullptr}; // set at boot
constinit unsigned console_level{7}; // torus-local

// "[    1.234567] text\n"
void write_to_console(LogConsole console, std::uint64_t ticks, std::string_view text)
{
    std::uint64_t const us = arch::ticks_to_ns(ticks) / 1000;
    FormatBuffer<longest_own_line + 24> line;
    format_to(line, "[{:5}.{:06}] {}\n", us / 1'000'000, us % 1'000'000, text.substr(0, longest_own_line));
    console(line.view());
}

} // namespace

void set_log_console(LogConsole console)
{
    log_console = console;
    if (console == nullptr)
        return;
    LogRing const& ring = torus_log();
    for (std::uint64_t at = ring.first_sequence(); at < ring.next_sequence(); at++) {
        LogRing::Line const line = ring.at_or_after(at);
        if ((line.priority & log_level_mask) < console_level)
            write_to_console(console, line.ticks, line.text);
    }
}

void move_log_console(LogConsole console)
{
    log_console = console;
}

unsigned log_console_level()
{
    return console_level;
}

void set_log_console_level(unsigned level)
{
    console_level = level;
}

void set_log_listener(LogListener listener)
{
    log_listener = listener;
}

void log_line(std::string_view text, std::uint16_t priority)
{
    std::uint64_t const ticks = arch::now_ticks();
    torus_log().append(ticks, text, priority);
    if (log_console != nullptr && (priority & log_level_mask) < console_level)
        write_to_console(log_console, ticks, text);
    if (log_listener != nullptr)
        log_listener();
}

void log_arguments(std::string_view format, std::span<FormatArgument const> arguments)
{
    FormatBuffer<longest_own_line> line;
    format_arguments(line, format, arguments);
    log_line(line.view());
}

} // namespace torc
