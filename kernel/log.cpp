// SPDX-License-Identifier: MIT
#include "kernel/log.hpp"

#include "arch/clock.hpp"

namespace torc {
namespace {

constinit LogConsole log_console{nullptr}; // set at boot

// "[    1.234567] text\n"
void write_to_console(LogConsole console, std::uint64_t ticks, std::string_view text)
{
    std::uint64_t const us = arch::ticks_to_ns(ticks) / 1000;
    FormatBuffer<LogRing::longest_line + 24> line;
    format_to(line, "[{:5}.{:06}] {}\n", us / 1'000'000, us % 1'000'000, text);
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
        write_to_console(console, line.ticks, line.text);
    }
}

void move_log_console(LogConsole console)
{
    log_console = console;
}

void log_line(std::string_view text)
{
    std::uint64_t const ticks = arch::now_ticks();
    torus_log().append(ticks, text);
    if (log_console != nullptr)
        write_to_console(log_console, ticks, text);
}

void log_arguments(std::string_view format, std::span<FormatArgument const> arguments)
{
    FormatBuffer<LogRing::longest_line> line;
    format_arguments(line, format, arguments);
    log_line(line.view());
}

} // namespace torc
