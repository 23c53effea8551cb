// SPDX-License-Identifier: MIT
// clock_gettime clock_getres clock_settime gettimeofday settimeofday times
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/time/clock_ids.hpp"
#include "kernel/time/interval_timers.hpp"
#include "kernel/time/time_zone.hpp"

namespace torc {
namespace {

constexpr std::uint64_t user_ticks_per_second = 100; // USER_HZ
constexpr std::uint64_t coarse_resolution_ns = 4'000'000; // CONFIG_HZ=250, as Debian's kernel says

Result<std::uint64_t> processor_time(Thread& thread, ProcessorClock clock)
{
    charge_current();
    if (clock.of_thread) {
        Thread const* const target = clock.id == 0 ? &thread : find_thread(clock.id);
        if (target == nullptr || target->process != thread.process)
            return unexpected{Status::BadArgument};
        return arch::ticks_to_ns(target->user_ticks + (clock.user_only ? 0 : target->kernel_ticks));
    }
    Process const* const target = clock.id == 0 ? thread.process : find_process(clock.id);
    if (target == nullptr)
        return unexpected{Status::BadArgument};
    return arch::ticks_to_ns(target->use.user_ticks + (clock.user_only ? 0 : target->use.kernel_ticks));
}

std::int64_t user_clock(std::uint64_t ticks)
{
    return static_cast<std::int64_t>(arch::ticks_to_ns(ticks) / (ns_per_second / user_ticks_per_second));
}

// CAP_SYS_TIME; the wall clock may not be set before the machine's start, so that both stay in step.
Result<void> may_set_clock(Thread const& thread, std::uint64_t ns)
{
    if (ns < monotonic_ns())
        return unexpected{Status::BadArgument};
    if (!thread.process->credentials.capable(Capability::SysTime))
        return unexpected{Status::NotPermitted};
    return {};
}

} // namespace

Result<std::uint64_t> machine_clock_ns(std::int32_t clock)
{
    switch (clock) {
    case clock_realtime:
    case clock_realtime_coarse:
    case clock_realtime_alarm:
        return realtime_ns();
    case clock_tai:
        return realtime_ns() + static_cast<std::uint64_t>(tai_offset_s) * ns_per_second;
    case clock_monotonic:
    case clock_monotonic_raw:
    case clock_monotonic_coarse:
    case clock_boottime:
    case clock_boottime_alarm:
        return monotonic_ns();
    default:
        return unexpected{Status::BadArgument};
    }
}

Result<std::uint64_t> clock_now_ns(Thread& thread, std::int32_t clock)
{
    switch (clock) {
    case clock_process_time:
        return processor_time(thread, {0, false, false});
    case clock_thread_time:
        return processor_time(thread, {0, true, false});
    default:
        if (is_processor_clock(clock) && (clock & 3) != 3)
            return processor_time(thread, processor_clock(clock));
        return machine_clock_ns(clock);
    }
}

namespace linux_abi {

Outcome call_clock_gettime(Thread& thread, Arguments const& arguments)
{
    auto const ns = clock_now_ns(thread, arguments.as_int(0));
    if (!ns)
        return ns.error();
    return copy_out(Uaddr{arguments[1]}, to_timespec(*ns));
}

Outcome call_clock_getres(Thread& thread, Arguments const& arguments)
{
    std::int32_t const clock = arguments.as_int(0);
    auto const exists = clock_now_ns(thread, clock);
    if (!exists)
        return exists.error();
    if (arguments[1] == 0)
        return 0;
    bool const coarse = clock == clock_realtime_coarse || clock == clock_monotonic_coarse;
    return copy_out(Uaddr{arguments[1]}, to_timespec(coarse ? coarse_resolution_ns : 1));
}

Outcome call_clock_settime(Thread& thread, Arguments const& arguments)
{
    std::int32_t const clock = arguments.as_int(0);
    bool const processor
        = clock == clock_process_time || clock == clock_thread_time || is_processor_clock(clock);
    if (clock != clock_realtime && !processor)
        return Status::BadArgument;
    auto const given = copy_in<TimeSpec>(Uaddr{arguments[1]});
    if (!given)
        return given.error();
    if (processor)
        return clock_now_ns(thread, clock) ? Status::NotPermitted : Status::BadArgument;
    auto const ns = to_ns(*given);
    if (!ns)
        return ns.error();
    if (auto const allowed = may_set_clock(thread, *ns); !allowed)
        return allowed;
    return set_realtime(*ns);
}

Outcome call_gettimeofday(Thread&, Arguments const& arguments)
{
    if (arguments[0] != 0)
        if (auto const done = copy_out(Uaddr{arguments[0]}, to_timeval(realtime_ns())); !done)
            return done;
    if (arguments[1] != 0)
        return copy_out(Uaddr{arguments[1]}, time_zone());
    return 0;
}

Outcome call_settimeofday(Thread& thread, Arguments const& arguments)
{
    bool const has_time = arguments[0] != 0, has_zone = arguments[1] != 0;
    std::uint64_t ns = 0;
    TimeZone zone{};
    if (has_time) {
        auto const given = copy_in<TimeVal>(Uaddr{arguments[0]});
        if (!given)
            return given.error();
        auto const converted = to_ns(*given);
        if (!converted)
            return converted.error();
        ns = *converted;
    }
    if (has_zone)
        if (auto const got = copy_in(&zone, Uaddr{arguments[1]}, sizeof zone); !got)
            return got;
    if (auto const allowed = may_set_clock(thread, has_time ? ns : ~0ull); !allowed)
        return allowed;
    constexpr std::int32_t most_minutes = 15 * 60;
    if (has_zone && (zone.minutes_west > most_minutes || zone.minutes_west < -most_minutes))
        return Status::BadArgument;
    if (has_zone)
        TRY(set_time_zone(zone));
    return has_time ? Outcome{set_realtime(ns)} : Outcome{0};
}

Outcome call_times(Thread& thread, Arguments const& arguments)
{
    struct Tms { // struct tms of the ABI
        std::int64_t user, system, children_user, children_system;
    };
    charge_current();
    Process const& p = *thread.process;
    if (arguments[0] != 0) {
        Tms const tms{user_clock(p.use.user_ticks), user_clock(p.use.kernel_ticks),
            user_clock(p.children_use.user_ticks), user_clock(p.children_use.kernel_ticks)};
        if (auto const done = copy_out(Uaddr{arguments[0]}, tms); !done)
            return done;
    }
    return user_clock(arch::now_ticks());
}

} // namespace linux_abi
} // namespace torc
