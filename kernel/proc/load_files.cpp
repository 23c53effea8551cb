// SPDX-License-Identifier: MIT
// How busy the torus is: /proc/stat, loadavg, uptime.
#include "arch/clock.hpp"
#include "arch/machine.hpp"
#include "kernel/proc/fixed_files.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/time/interval_timers.hpp"
#include "kernel/torus.hpp"

namespace torc::fixed_files {
namespace {

// user nice system idle iowait irq softirq steal guest guest_nice
void put_times(FormatSink& out, std::string_view name)
{
    charge_current();
    Torus const& torus = this_torus();
    out.put(name);
    for (std::uint64_t const ticks :
        {user_ticks(torus), torus.nice_ticks, torus.kernel_ticks, torus.idle_ticks}) {
        out.put(' ');
        put_decimal(out, to_user_ticks(ticks));
    }
    out.put(" 0 0 0 0 0 0\n");
}

void put_processors(ProcText& text)
{
    put_times(text.out, "cpu ");
    put_times(text.out, "cpu0");
}

void put_interrupts(ProcText& text)
{
    arch::InterruptLine line;
    text.out.put("intr ");
    put_decimal(text.out, this_torus().interrupts);
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
    Torus const& torus = this_torus();
    std::uint64_t const boot = (realtime_ns() - monotonic_ns()) / ns_per_second;
    format_to(
        text.out, "ctxt {}\nbtime {}\nprocesses {}\n", torus.context_switches, boot, torus.processes->forks);
    format_to(
        text.out, "procs_running {}\nprocs_blocked {}\n", torus.run_queue.runnable(), blocked_processes());
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
    return make_records<put_processors, put_interrupts, put_counts>(text);
}

Result<bool> loadavg(ProcText& text)
{
    Torus const& torus = this_torus();
    for (unsigned i = 0; i < 3; ++i)
        put_average(text.out, torus.load.average(i));
    format_to(text.out, "{}/{} {}\n", torus.run_queue.runnable(), torus.processes->threads.live(),
        torus.processes->pids.last());
    return false;
}

Result<bool> uptime(ProcText& text)
{
    charge_current();
    put_seconds(text.out, monotonic_ns());
    text.out.put(' ');
    put_seconds(text.out, arch::ticks_to_ns(this_torus().idle_ticks));
    text.out.put('\n');
    return false;
}

} // namespace torc::fixed_files
