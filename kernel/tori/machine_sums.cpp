// SPDX-License-Identifier: MIT
#include "kernel/tori/machine_sums.hpp"
#include "arch/clock.hpp"
#include "kernel/time/load_average.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/public_pages.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

bool read_processor(Torus const& torus, unsigned number, Projection& projection)
{
    if (number != torus.number && number != names_torus && !programs_elsewhere(torus))
        return false;
    return read_projection(torus, number, projection)
        && (number == torus.number || projection.constraints.capacity != 0
            || projection.constraints.policy != TorusPolicy::open);
}

// For sums, which must not fall because one torus is writing just now.
bool read_figures(Torus const& torus, unsigned number, Projection& projection)
{
    constexpr unsigned tries = 64; // some microseconds
    bool found = false;
    for (unsigned i = 0; i < tries && !found && is_processor(torus, number); ++i)
        found = read_processor(torus, number, projection);
    return found;
}

std::uint64_t mask_of_open(Torus const& torus)
{
    std::uint64_t mask = 0;
    for (unsigned number = 0; number < torus.tori && number < 64; ++number)
        if (policy_of(torus, number) == TorusPolicy::open)
            mask |= 1ull << number;
    return mask;
}

// It has slept since it told this. A torus that shows a load has been woken, and tells later.
std::uint64_t slept(Projection const& projection)
{
    std::uint64_t const now = arch::now_ticks();
    bool const asleep = projection.constraints.health == Health::resting
        && load_at_present(this_torus(), projection.identity.torus.number) == 0;
    return asleep && now > projection.ticks ? now - projection.ticks : 0;
}

ProcessorTimes times_of(Projection const& projection)
{
    ProjectionCounters const& counters = projection.counters;
    std::uint64_t const known = counters.nice_ticks + counters.kernel_ticks;
    return {.user = counters.busy_ticks > known ? counters.busy_ticks - known : 0,
        .nice = counters.nice_ticks,
        .kernel = counters.kernel_ticks,
        .idle = counters.idle_ticks + slept(projection)};
}

void add(ProcessorTimes& sum, ProcessorTimes const& times)
{
    sum.user += times.user;
    sum.nice += times.nice;
    sum.kernel += times.kernel;
    sum.idle += times.idle;
}

void add_loads(MachineSums& sums, Projection const& projection)
{
    std::uint64_t const periods = slept(projection) / (arch::ticks_per_second() * LoadAverage::period_s);
    for (unsigned i = 0; i < 3; ++i)
        sums.loads[i]
            += LoadAverage::shown(LoadAverage::faded(i, projection.counters.load_averages[i], periods));
}

} // namespace

bool programs_elsewhere(Torus const& torus)
{
    return torus.far != nullptr
        && (torus.links->placement != Placement::Home
            || torus.links->limb_rule.which != LimbRule::Which::None);
}

bool is_processor(Torus const& torus, unsigned number)
{
    return policy_of(torus, number).has_value();
}

unsigned next_processor(Torus const& torus, unsigned number)
{
    unsigned next = number;
    do
        next = next + 1 < torus.tori ? next + 1 : 0;
    while (next != number && !is_processor(torus, next));
    return next;
}

std::uint64_t processor_mask(Torus const& torus)
{
    if (!programs_elsewhere(torus))
        return 1ull << torus.number % 64;
    std::uint64_t mask = 0;
    for (unsigned number = 0; number < torus.tori && number < 64; ++number)
        if (policy_of(torus, number).value_or(TorusPolicy::draining) != TorusPolicy::draining)
            mask |= 1ull << number;
    return mask;
}

std::uint64_t shown_affinity(Torus const& torus, std::uint64_t affinity)
{
    std::uint64_t const all = processor_mask(torus);
    if (affinity != every_torus && (affinity & all) != 0)
        return affinity & all;
    return programs_elsewhere(torus) ? mask_of_open(torus) : all;
}

std::optional<TorusPolicy> policy_of(Torus const& torus, unsigned number)
{
    Projection projection;
    if (number == torus.number)
        return torus.rounds.policy;
    if (torus.far == nullptr || number >= torus_limit)
        return std::nullopt;
    std::uint8_t& last = torus.far->last_policy[number];
    if (read_processor(torus, number, projection))
        last = static_cast<std::uint8_t>(1 + static_cast<unsigned>(projection.constraints.policy));
    return last != 0 ? std::optional{static_cast<TorusPolicy>(last - 1)} : std::nullopt;
}

bool processor_times(Torus const& torus, unsigned number, ProcessorTimes& times)
{
    Projection projection;
    if (!read_figures(torus, number, projection))
        return false;
    times = times_of(projection);
    return true;
}

MachineSums sum_processors(Torus const& torus)
{
    MachineSums sums;
    Projection projection;
    for (unsigned number = 0; number < torus.tori; ++number) {
        if (!read_figures(torus, number, projection))
            continue;
        ProjectionCounters const& counters = projection.counters;
        add(sums.times, times_of(projection));
        add_loads(sums, projection);
        sums.interrupts += counters.interrupts;
        sums.switches += counters.switches;
        sums.forks += counters.forks;
        sums.runnable += projection.load.runnable_fair;
        sums.threads += counters.threads;
        sums.anonymous_pages += counters.frames_anonymous;
    }
    return sums;
}

} // namespace torc
