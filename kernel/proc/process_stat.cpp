// SPDX-License-Identifier: MIT
// /proc/PID/stat and statm: one line of numbers each (proc(5)).
#include "arch/clock.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/proc/process_files.hpp"
#include "kernel/proc/process_state.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/terminal/terminal.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

constexpr std::uint64_t signals_of_31 = 0x7fff'ffff; // the line shows no others

void put_numbers(FormatSink& out, std::initializer_list<std::uint64_t> numbers)
{
    for (std::uint64_t const number : numbers) {
        out.put(' ');
        put_decimal(out, number);
    }
}

void put_signed(FormatSink& out, std::int64_t value)
{
    out.put(' ');
    if (value < 0)
        out.put('-');
    put_decimal(out, static_cast<std::uint64_t>(value < 0 ? -value : value));
}

Terminal const* terminal_of(Process const& process)
{
    return process.group != nullptr ? process.group->session->terminal : nullptr;
}

} // namespace

void put_terminal(FormatSink& out, Terminal const* terminal)
{
    put_signed(out, terminal != nullptr ? static_cast<std::int64_t>(terminal->device.encoded()) : 0);
    put_signed(out, terminal != nullptr ? terminal->foreground : -1);
}

namespace {

std::uint64_t flags_of(ProcSubject const& subject) // PF_
{
    constexpr std::uint64_t exiting = 4, forked_no_exec = 0x40, randomised = 0x40'0000;
    return (subject.process->state != ProcessState::Alive ? exiting : 0)
        | (subject.process->executed ? 0 : forked_no_exec) | (subject.space() != nullptr ? randomised : 0);
}

// pid (comm) state parent group session terminal foreground flags
void put_identity(ProcText& text)
{
    ProcSubject const& subject = text.subject;
    Process const& process = *subject.process;
    FormatSink& out = text.out;
    put_decimal(out, static_cast<std::uint64_t>(subject.id()));
    out.put(" (");
    put_escaped(out, subject.name(), "\n\\");
    out.put(") ");
    out.put(state_letter(text));
    put_signed(out, parent_of(process));
    put_signed(out, process.group != nullptr ? process.group->id : 0);
    put_signed(out, process.group != nullptr ? process.group->session->id : 0);
    Terminal const* const terminal = terminal_of(process);
    if (terminal != nullptr || process.group == nullptr
        || !text.leave_hole(
            HoleKind::Terminal, Handle{}, static_cast<std::uint32_t>(process.group->session->id)))
        put_terminal(out, terminal);
    put_numbers(out, {flags_of(subject)});
}

// faults, times, priority, threads, start
void put_use(ProcText& text)
{
    ProcSubject const& subject = text.subject;
    Process const& process = *subject.process;
    FormatSink& out = text.out;
    ResourceUse const use = use_of(subject);
    put_numbers(out,
        {use.minor_faults, process.children_use.minor_faults, 0, 0, to_user_ticks(use.user_ticks),
            to_user_ticks(use.kernel_ticks), to_user_ticks(process.children_use.user_ticks),
            to_user_ticks(process.children_use.kernel_ticks)});
    put_signed(out, shown_priority(subject));
    put_signed(out, process.nice);
    put_numbers(out, {process.thread_count, 0, to_user_ticks(process.start_ticks)});
}

// size, resident, its limit; addresses, which only inspectors see
void put_memory(ProcText& text)
{
    ProcSubject const& subject = text.subject;
    Space const* const space = subject.space();
    FormatSink& out = text.out;
    put_numbers(out,
        {space != nullptr ? space->mapped_pages() * page_size : 0,
            space != nullptr ? space->resident_pages() : 0, subject.process->limits[Resource::Rss].soft});
    if (space == nullptr)
        return put_numbers(out, {0, 0, 0, 0, 0});
    if (!may_inspect(text.reader, subject))
        return put_numbers(out, {1, 1, 0, 0, 0});
    Space::Layout const& layout = space->layout;
    put_numbers(
        out, {layout.code_start, layout.code_end, layout.stack_start, 0, 0}); // sp and pc: only of the dead
}

// signals, waiting, exit signal, core, scheduling
void put_signals(ProcText& text)
{
    ProcSubject const& subject = text.subject;
    FormatSink& out = text.out;
    SignalSets const sets = signal_sets(subject);
    put_numbers(out,
        {sets.pending & signals_of_31, sets.blocked & signals_of_31, sets.ignored & signals_of_31,
            sets.caught & signals_of_31});
    bool const waits = may_inspect(text.reader, subject) && state_letter(text) != 'R';
    put_numbers(out, {waits, 0, 0});
    put_signed(out, subject.whole ? subject.process->exit_signal : -1);
    SchedParameters const parameters = scheduling_of(subject);
    unsigned const processor = subject.thread != nullptr ? runs_on(*subject.thread) : this_torus().number;
    put_numbers(
        out, {processor, parameters.priority, static_cast<std::uint64_t>(parameters.policy), 0, 0, 0});
}

// where data, heap, arguments and environment lie; exit code
void put_layout(ProcText& text)
{
    ProcSubject const& subject = text.subject;
    bool const allowed = may_inspect(text.reader, subject);
    if (subject.space() != nullptr && allowed) {
        Space::Layout const& layout = subject.space()->layout;
        put_numbers(text.out,
            {layout.data_start, layout.data_end, layout.brk_start, layout.arguments_start,
                layout.arguments_end, layout.environment_start, layout.environment_end});
    } else {
        put_numbers(text.out, {0, 0, 0, 0, 0, 0, 0});
    }
    put_numbers(text.out, {allowed ? static_cast<std::uint64_t>(subject.process->wait_status) : 0});
    text.out.put('\n');
}

} // namespace

namespace process_files {

Result<bool> stat(ProcText& text)
{
    return make_records<put_identity, put_use, put_memory, put_signals, put_layout>(text);
}

Result<bool> statm(ProcText& text)
{
    if (Space* const space = text.subject.space()) {
        MemorySizes const sizes = memory_sizes(*space);
        format_to(text.out, "{} {} {} {} 0 {} 0\n", space->mapped_pages(), space->resident_pages(),
            sizes.resident_file, sizes.code, sizes.data + sizes.stack);
    } else {
        text.out.put("0 0 0 0 0 0 0\n");
    }
    return false;
}

} // namespace process_files
} // namespace torc
