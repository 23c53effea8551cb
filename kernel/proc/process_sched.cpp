// SPDX-License-Identifier: MIT
// /proc/PID/sched: how a thread is scheduled. The rows that Linux has are written as Linux writes them;
// dl.misses and dl.overruns are ours.
#include "arch/clock.hpp"
#include "kernel/proc/process_files.hpp"
#include "kernel/proc/process_state.hpp"

namespace torc {
namespace {

constexpr std::size_t name_width = 45, value_width = 21;

void put_spaces(FormatSink& out, std::size_t count)
{
    while (count-- != 0)
        out.put(' ');
}

void put_row(FormatSink& out, std::string_view name, std::int64_t value)
{
    bool const negative = value < 0;
    auto const magnitude = static_cast<std::uint64_t>(negative ? -value : value);
    std::size_t digits = 1;
    for (std::uint64_t rest = magnitude / 10; rest != 0; rest /= 10)
        ++digits;
    out.put(name);
    put_spaces(out, name_width - name.size());
    out.put(':');
    put_spaces(out, value_width - digits - negative);
    if (negative)
        out.put('-');
    put_decimal(out, magnitude);
    out.put('\n');
}

std::int64_t to_signed_ns(std::int64_t ticks)
{
    auto const ns = static_cast<std::int64_t>(
        arch::ticks_to_ns(static_cast<std::uint64_t>(ticks < 0 ? -ticks : ticks)));
    return ticks < 0 ? -ns : ns;
}

void put_head(ProcText& text)
{
    FormatSink& out = text.out;
    put_escaped(out, text.subject.name(), "\n\\");
    format_to(out, " ({}, #threads: {})\n", text.subject.id(), text.subject.process->thread_count);
    for (unsigned i = 0; i < 67; ++i)
        out.put('-');
    out.put('\n');
}

void put_switches(ProcText& text)
{
    ResourceUse const use = use_of(text.subject);
    put_row(text.out, "nr_switches",
        static_cast<std::int64_t>(use.voluntary_switches + use.involuntary_switches));
    put_row(text.out, "nr_voluntary_switches", static_cast<std::int64_t>(use.voluntary_switches));
    put_row(text.out, "nr_involuntary_switches", static_cast<std::int64_t>(use.involuntary_switches));
}

void put_policy(ProcText& text)
{
    SchedParameters const parameters = scheduling_of(text.subject);
    put_row(text.out, "policy", static_cast<std::int64_t>(parameters.policy));
    put_row(text.out, "prio", shown_priority(text.subject) + 100);
}

void put_deadlines(ProcText& text)
{
    if (text.subject.thread == nullptr || text.subject.thread->entity.reservation().runtime == 0)
        return;
    SchedEntity const& entity = text.subject.thread->entity;
    put_row(text.out, "dl.runtime", to_signed_ns(entity.job_budget()));
    put_row(text.out, "dl.deadline", static_cast<std::int64_t>(arch::ticks_to_ns(entity.job_deadline())));
    put_row(text.out, "dl.misses", static_cast<std::int64_t>(entity.misses()));
    put_row(text.out, "dl.overruns", static_cast<std::int64_t>(entity.overruns()));
}

} // namespace

namespace process_files {

Result<bool> sched(ProcText& text)
{
    return make_records<put_head, put_switches, put_policy, put_deadlines>(text);
}

} // namespace process_files
} // namespace torc
