// SPDX-License-Identifier: MIT
// /proc/torc: what only this kernel has to tell.
#include "arch/cpu.hpp"
#include "arch/machine.hpp"
#include "kernel/linux/call_table.hpp"
#include "kernel/linux/unimplemented.hpp"
#include "kernel/objects.hpp"
#include "kernel/proc/fixed_files.hpp"
#include "kernel/tori/public_pages.hpp"
#include "kernel/torus.hpp"

namespace torc::fixed_files {

// name live limit bytes
Result<bool> torc_objects(ProcText& text)
{
    char const* name = nullptr;
    ObjectCount count{};
    if (!object_row(static_cast<unsigned>(text.cursor), name, count))
        return false;
    format_to(text.out, "{} {} {} {}\n", name, count.live, count.limit, count.bytes);
    ++text.cursor;
    return true;
}

// call count program: the last one that made it
Result<bool> torc_unimplemented(ProcText& text)
{
    linux_abi::UnimplementedCall row{};
    if (!linux_abi::unimplemented_call(static_cast<unsigned>(text.cursor), row))
        return false;
    if (char const* const name = linux_abi::call_name(row.number))
        text.out.put(name);
    else
        put_decimal(text.out, row.number);
    std::string_view program{row.program, sizeof row.program};
    program = program.substr(0, program.find('\0'));
    format_to(text.out, " {} ", row.count);
    put_escaped(text.out, program, " \n\\");
    text.out.put('\n');
    ++text.cursor;
    return true;
}

// torus reservations parts-per-million misses overruns: of SCHED_DEADLINE, since boot
Result<bool> torc_deadlines(ProcText& text)
{
    Torus const& torus = this_torus();
    DeadlineQueue const& deadlines = torus.run_queue.deadlines();
    format_to(text.out, "{} {} {} {} {}\n", torus.number, deadlines.reservations(),
        deadlines.reserved() * 1'000'000 >> DeadlineQueue::share_bits, deadlines.misses(),
        deadlines.overruns());
    return false;
}

// number, what it is for, then names and numbers: frames and free ones, processes, threads, runnable threads,
// context switches, interrupts, processes that moved here and away, calls of others here and of this torus
// there, those calls that met a missing page. A line a torus; what others say of themselves is about a
// millisecond old.
Result<bool> torc_tori(ProcText& text)
{
    Torus const& torus = this_torus();
    auto const number = static_cast<unsigned>(text.cursor);
    Projection projection;
    if (read_projection(torus, number, projection)) {
        ProjectionCounters const& counters = projection.counters;
        format_to(text.out, "{} {} frames {} free {} processes {} threads {} ", number,
            projection.constraints.capacity != 0 ? "programs" : "nothing", counters.frames_total,
            counters.frames_free, counters.processes, counters.threads);
        format_to(text.out, "runnable {} switches {} interrupts {} moved-in {} moved-out {} ",
            projection.load.runnable_fair, counters.switches, counters.interrupts, counters.migrations_in,
            counters.migrations_out);
        format_to(text.out, "calls-in {} calls-out {} missed {}\n", counters.calls_in, counters.calls_out,
            counters.calls_missed);
    }
    return ++text.cursor < torus.tori;
}

} // namespace torc::fixed_files
