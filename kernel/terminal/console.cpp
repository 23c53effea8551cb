// SPDX-License-Identifier: MIT
// The console's serial port as a terminal: what its interrupt brings, and the log.
#include "arch/clock.hpp"
#include "arch/machine.hpp"
#include "kernel/files/devices.hpp"
#include "kernel/log.hpp"
#include "kernel/memory/record_backing.hpp"
#include "kernel/objects.hpp"
#include "kernel/terminal/terminal_records.hpp"

namespace torc {
namespace {

Terminal* console()
{
    TerminalRecords const* const records = this_torus().terminals;
    return records != nullptr ? records->console : nullptr;
}

// Linux's numbers (Documentation/admin-guide/devices.txt).
Device device_of(std::string_view name)
{
    struct Driver {
        std::string_view prefix;
        std::uint32_t major, first_minor;
    };
    static constexpr Driver drivers[] = {{"ttyAMA", 204, 64}, {"ttyS", 4, 64}, {"ttyPS", 204, 196}};
    for (Driver const& driver : drivers) {
        if (!name.starts_with(driver.prefix))
            continue;
        return {driver.major, driver.first_minor + static_cast<std::uint32_t>(name.back() - '0')};
    }
    return {};
}

void log_to_console(std::string_view line)
{
    (void)terminal_message(*console(), line); // without room it is in the log all the same
}

} // namespace

std::size_t console_input_room()
{
    Terminal const* const terminal = console();
    return terminal != nullptr ? terminal_room(*terminal) : ~std::size_t{0}; // for nobody: it is forgotten
}

void console_input(std::span<char const> bytes)
{
    if (Terminal* const terminal = console())
        terminal_input(*terminal, bytes);
}

void console_output_ready()
{
    if (Terminal* const terminal = console())
        terminal_transmit(*terminal);
}

void finish_console_output()
{
    Terminal* const terminal = console();
    if (terminal == nullptr)
        return;
    std::uint64_t const end = arch::now_ticks() + arch::ticks_per_second();
    while (!is_sent(*terminal) && !terminal->discipline.stopped && arch::now_ticks() < end)
        terminal_transmit(*terminal);
}

Result<void> open_terminals()
{
    constexpr std::uint32_t limit = 64;
    auto* const records = create_for_ever<TerminalRecords>();
    if (records == nullptr)
        return unexpected{Status::NoMemory};
    open_pool(records->terminals, limit);
    add_pool_row("terminal", records->terminals);
    this_torus().terminals = records;
    return {};
}

Result<void> start_terminals(std::string_view name)
{
    if (name.empty())
        return {}; // no console, no terminal
    TerminalRecords* const records = this_torus().terminals;
    records->console = records->terminals.create();
    if (records->console == nullptr)
        return unexpected{Status::NoMemory};
    records->console->device = device_of(name);
    TRY(add_device_node(name, 0600, records->console->device));
    move_log_console(log_to_console);
    return {};
}

} // namespace torc
