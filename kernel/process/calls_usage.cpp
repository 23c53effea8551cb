// SPDX-License-Identifier: MIT
// getrusage, sysinfo, getcpu
#include "arch/clock.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/usage.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/time/interval_timers.hpp"
#include "kernel/time/load_average.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/tori/machine_sums.hpp"
#include "kernel/tori/public_pages.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

ResourceUse use_of_thread(Thread const& thread)
{
    return {thread.user_ticks, thread.kernel_ticks, thread.minor_faults, thread.voluntary_switches,
        thread.involuntary_switches, 0};
}

// A process: what its dead threads left, and its living ones. (Ticks are charged to both at once.)
ResourceUse use_of_process(Process const& process)
{
    ResourceUse sum = process.use;
    for (Thread const& thread : process.threads) {
        sum.minor_faults += thread.minor_faults;
        sum.voluntary_switches += thread.voluntary_switches;
        sum.involuntary_switches += thread.involuntary_switches;
    }
    if (process.space != nullptr && process.space->peak_resident > sum.peak_pages)
        sum.peak_pages = process.space->peak_resident;
    return sum;
}

} // namespace

namespace linux_abi {

Outcome call_getrusage(Thread& thread, Arguments const& arguments)
{
    enum Who : int { self = 0, children = -1, thread_only = 1 };
    charge_current();
    switch (arguments.as_int(0)) {
    case self:
        return copy_out_usage(Uaddr{arguments[1]}, use_of_process(*thread.process));
    case children:
        return copy_out_usage(Uaddr{arguments[1]}, thread.process->children_use);
    case thread_only:
        return copy_out_usage(Uaddr{arguments[1]}, use_of_thread(thread));
    default:
        return Status::BadArgument;
    }
}

Outcome call_sysinfo(Thread&, Arguments const& arguments)
{
    struct SysInfo { // struct sysinfo of the ABI, 64 bit
        std::int64_t uptime;
        std::uint64_t loads[3];
        std::uint64_t total_ram, free_ram, shared_ram, buffer_ram, total_swap, free_swap;
        std::uint16_t processes, pad;
        std::uint32_t pad2;
        std::uint64_t total_high, free_high;
        std::uint32_t unit, pad3;
    };
    static_assert(sizeof(SysInfo) == 112);
    Torus const& torus = this_torus();
    MachineSums const sums = sum_processors(torus);
    SysInfo info{};
    info.uptime = static_cast<std::int64_t>((monotonic_ns() + ns_per_second - 1) / ns_per_second);
    for (unsigned i = 0; i < 3; ++i)
        info.loads[i] = sums.loads[i];
    info.total_ram = machine_pages(torus) * page_size;
    info.free_ram = machine_free_pages(torus) * page_size;
    info.shared_ram = torus.frames.used(FrameKind::File) * page_size; // tmpfs, as Linux counts it
    info.processes = static_cast<std::uint16_t>(sums.threads);
    info.unit = 1;
    return copy_out(Uaddr{arguments[0]}, info);
}

Outcome call_getcpu(Thread& thread, Arguments const& arguments)
{
    std::uint32_t const answers[] = {runs_on(thread), 0}; // there is one node
    for (unsigned i = 0; i < 2; ++i)
        if (arguments[i] != 0)
            if (auto const done = copy_out(Uaddr{arguments[i]}, answers[i]); !done)
                return done;
    return 0;
}

} // namespace linux_abi
} // namespace torc
