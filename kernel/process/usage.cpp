// SPDX-License-Identifier: MIT
#include "kernel/process/usage.hpp"
#include "kernel/time/clock.hpp"

namespace torc {
namespace {

struct Rusage { // linux/resource.h
    TimeVal user, system;
    std::int64_t max_resident_kib, unused1[3], minor_faults, major_faults, swaps, blocks_in, blocks_out,
        unused2[3], voluntary_switches, involuntary_switches;
};
static_assert(sizeof(Rusage) == 144);

} // namespace

void add_usage(ResourceUse& to, ResourceUse const& use)
{
    to.user_ticks += use.user_ticks;
    to.kernel_ticks += use.kernel_ticks;
    to.minor_faults += use.minor_faults;
    to.voluntary_switches += use.voluntary_switches;
    to.involuntary_switches += use.involuntary_switches;
    if (use.peak_pages > to.peak_pages)
        to.peak_pages = use.peak_pages;
}

Result<void> copy_out_usage(Uaddr to, ResourceUse const& use)
{
    Rusage r{};
    r.user = to_timeval(arch::ticks_to_ns(use.user_ticks));
    r.system = to_timeval(arch::ticks_to_ns(use.kernel_ticks));
    r.max_resident_kib = static_cast<std::int64_t>(use.peak_pages * (page_size / 1024));
    r.minor_faults = static_cast<std::int64_t>(use.minor_faults);
    r.voluntary_switches = static_cast<std::int64_t>(use.voluntary_switches);
    r.involuntary_switches = static_cast<std::int64_t>(use.involuntary_switches);
    return copy_out(to, r);
}

} // namespace torc
