// SPDX-License-Identifier: MIT
#include "kernel/log.hpp"

#include "arch/clock.hpp"

namespace torc {
namespace {

constexpr std::size_t longest_own_line = 255; // of the kernel's: it is made on the stack

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
    TorusLog& log = this_log();
    log.console = console;
    if (console == nullptr)
        return;
    LogRing const& ring = log.ring;
    for (std::uint64_t at = ring.first_sequence(); at < ring.next_sequence(); at++) {
        LogRing::Line const line = ring.at_or_after(at);
        if ((line.priority & log_level_mask) < log.console_level)
            write_to_console(console, line.ticks, line.text);
    }
}

void move_log_console(LogConsole console)
{
    this_log().console = console;
}

unsigned log_console_level()
{
    return this_log().console_level;
}

void set_log_console_level(unsigned level)
{
    this_log().console_level = level;
}

void set_log_listener(LogListener listener)
{
    this_log().listener = listener;
}

void log_line(std::string_view text, std::uint16_t priority)
{
    log_line_of(arch::now_ticks(), text, priority);
}

void log_line_of(std::uint64_t ticks, std::string_view text, std::uint16_t priority)
{
    TorusLog& log = this_log();
    log.ring.append(ticks, text, priority);
    if (log.console != nullptr && (priority & log_level_mask) < log.console_level)
        write_to_console(log.console, ticks, text);
    if (log.listener != nullptr)
        log.listener();
}

void log_arguments(std::string_view format, std::span<FormatArgument const> arguments)
{
    FormatBuffer<longest_own_line> line;
    format_arguments(line, format, arguments);
    log_line(line.view());
}

} // namespace torc
