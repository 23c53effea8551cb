// SPDX-License-Identifier: MIT
// How busy the machine is: /proc/stat, loadavg, uptime.
#include "arch/clock.hpp"
#include "arch/machine.hpp"
#include "kernel/proc/fixed_files.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/time/interval_timers.hpp"
#include "kernel/tori/machine_sums.hpp"
#include "kernel/torus.hpp"

namespace torc::fixed_files {
namespace {

// user nice system idle iowait irq softirq steal guest guest_nice
void put_times(FormatSink& out, ProcessorTimes const& times)
{
    for (std::uint64_t const ticks : {times.user, times.nice, times.kernel, times.idle}) {
        out.put(' ');
        put_decimal(out, to_user_ticks(ticks));
    }
    out.put(" 0 0 0 0 0 0\n");
}

void put_interrupts(ProcText& text)
{
    arch::InterruptLine line;
    text.out.put("intr ");
    put_decimal(text.out, sum_processors(this_torus()).interrupts);
    for (unsigned i = 0; arch::interrupt_line(i, line); ++i) {
        text.out.put(' ');
        put_decimal(text.out, line.count);
    }
    text.out.put('\n');
}

// Blocked are those that only a device can wake.
std::uint32_t blocked_processes()
{
    return 0; // nothing waits for a device uninterruptibly: files are in memory
}

void put_counts(ProcText& text)
{
    MachineSums const sums = sum_processors(this_torus());
    std::uint64_t const boot = (realtime_ns() - monotonic_ns()) / ns_per_second;
    format_to(text.out, "ctxt {}\nbtime {}\nprocesses {}\n", sums.switches, boot, sums.forks);
    format_to(text.out, "procs_running {}\nprocs_blocked {}\n", sums.runnable, blocked_processes());
    text.out.put("softirq 0 0 0 0 0 0 0 0 0 0 0\n");
}

void put_average(FormatSink& out, std::uint64_t value) // in 1/65536
{
    std::uint64_t const rounded = value + 65536 / 200;
    format_to(out, "{}.{:02} ", rounded >> 16, (rounded & 0xffff) * 100 >> 16);
}

} // namespace

Result<bool> stat(ProcText& text)
{
    charge_current();
    Torus const& torus = this_torus();
    std::uint64_t& cursor = text.cursor;
    if (cursor == 0) {
        text.out.put("cpu ");
        put_times(text.out, sum_processors(torus).times);
    } else if (cursor <= torus.tori) {
        ProcessorTimes times;
        if (processor_times(torus, static_cast<unsigned>(cursor - 1), times)) {
            format_to(text.out, "cpu{}", cursor - 1);
            put_times(text.out, times);
        }
    } else {
        (cursor == torus.tori + 1 ? put_interrupts : put_counts)(text);
    }
    return ++cursor <= torus.tori + 2;
}

Result<bool> loadavg(ProcText& text)
{
    MachineSums const sums = sum_processors(this_torus());
    for (std::uint64_t const load : sums.loads)
        put_average(text.out, load);
    format_to(text.out, "{}/{} {}\n", sums.runnable, sums.threads, this_torus().processes->pids.last());
    return false;
}

Result<bool> uptime(ProcText& text)
{
    charge_current();
    put_seconds(text.out, monotonic_ns());
    text.out.put(' ');
    put_seconds(text.out, arch::ticks_to_ns(sum_processors(this_torus()).times.idle));
    text.out.put('\n');
    return false;
}

} // namespace torc::fixed_files
