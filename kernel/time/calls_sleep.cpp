// SPDX-License-Identifier: MIT
// nanosleep, clock_nanosleep. The deadline is absolute from the first moment (restart record), so stopping
// and continuing does not make a sleep longer.
#include "arch/clock.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/time/clock_ids.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

// The remaining time when a handler is about to run; the address was the caller's choice, 0 for none.
Outcome report_rest(Outcome interrupted, std::uint64_t deadline, Uaddr rest)
{
    if (rest.raw() == 0)
        return interrupted;
    std::uint64_t const now = arch::now_ticks();
    std::uint64_t const left = deadline > now ? arch::ticks_to_ns(deadline - now) : 0;
    if (auto const done = copy_out(rest, to_timespec(left)); !done)
        return done;
    return interrupted;
}

Outcome sleep_for(Thread& thread, std::uint64_t ns, Uaddr rest)
{
    RestartRecord& record = thread.restart;
    bool const again = record.kind == CallKind::Sleep;
    std::uint64_t const deadline = again ? record.deadline_ticks : deadline_after(ns);
    if (arch::now_ticks() >= deadline)
        return 0;
    Outcome const outcome = sleep_until(thread, deadline, OnSignal::RestartNoHandler);
    record.kind = CallKind::Sleep;
    record.deadline_ticks = deadline;
    return outcome.is_interrupted() ? report_rest(outcome, deadline, rest) : outcome;
}

// Until an absolute time; nothing to remember, the argument says it all. Ends with a handler's EINTR.
Outcome sleep_until_monotonic(Thread& thread, std::uint64_t ns)
{
    std::uint64_t const deadline = arch::ns_to_ticks(ns);
    if (arch::now_ticks() >= deadline)
        return 0;
    return sleep_until(thread, deadline, OnSignal::RestartNoHandler);
}

Outcome sleep_until_realtime(Thread& thread, std::uint64_t ns)
{
    std::uint64_t const now = realtime_ns();
    if (now >= ns)
        return 0;
    WaitQueue& sleepers = this_torus().realtime_sleepers; // setting the clock wakes it to look again
    return block_until(thread, sleepers, deadline_after(ns - now), OnSignal::RestartNoHandler);
}

// On a processor clock: looks again after the shortest time in which the clock can have got there.
Outcome sleep_until_used(Thread& thread, std::int32_t clock, std::uint64_t ns)
{
    auto const now = clock_now_ns(thread, clock);
    if (!now)
        return now.error();
    if (*now >= ns)
        return 0;
    return sleep_until(thread, deadline_after(ns - *now), OnSignal::RestartNoHandler);
}

Outcome sleep_while_used(Thread& thread, std::int32_t clock, std::uint64_t ns)
{
    RestartRecord& record = thread.restart;
    if (record.kind != CallKind::Sleep) {
        auto const now = clock_now_ns(thread, clock);
        if (!now)
            return now.error();
        record.kind = CallKind::Sleep;
        record.cursor = *now + ns;
    }
    Outcome const outcome = sleep_until_used(thread, clock, record.cursor);
    if (outcome.finished())
        record.clear();
    return outcome;
}

// Clocks that tell the time but cannot be slept on (EOPNOTSUPP), and numbers that are no clock (EINVAL).
Result<void> may_sleep_on(std::int32_t clock)
{
    switch (clock) {
    case clock_realtime:
    case clock_monotonic:
    case clock_boottime:
    case clock_tai:
    case clock_process_time:
        return {};
    case clock_thread_time:
    case clock_monotonic_raw:
    case clock_realtime_coarse:
    case clock_monotonic_coarse:
    case clock_realtime_alarm: // no real-time clock that could wake the machine
    case clock_boottime_alarm:
        return unexpected{Status::NotSupported};
    default:
        if (is_processor_clock(clock))
            return {};
        return unexpected{Status::BadArgument};
    }
}

} // namespace

namespace linux_abi {

Outcome call_nanosleep(Thread& thread, Arguments const& arguments)
{
    auto const given = copy_in<TimeSpec>(Uaddr{arguments[0]});
    if (!given)
        return given.error();
    auto const ns = to_ns(*given);
    if (!ns)
        return ns.error();
    return sleep_for(thread, *ns, Uaddr{arguments[1]});
}

Outcome call_clock_nanosleep(Thread& thread, Arguments const& arguments)
{
    constexpr std::uint64_t absolute = 1; // TIMER_ABSTIME
    std::int32_t const clock = arguments.as_int(0);
    if (auto const possible = may_sleep_on(clock); !possible)
        return possible;
    auto const given = copy_in<TimeSpec>(Uaddr{arguments[2]});
    if (!given)
        return given.error();
    auto const ns = to_ns(*given);
    if (!ns)
        return ns.error();
    bool const processor = clock == clock_process_time || is_processor_clock(clock);
    if ((arguments[1] & absolute) == 0)
        return processor ? sleep_while_used(thread, clock, *ns) : sleep_for(thread, *ns, Uaddr{arguments[3]});
    if (processor)
        return sleep_until_used(thread, clock, *ns);
    if (clock == clock_realtime || clock == clock_tai)
        return sleep_until_realtime(thread, *ns);
    return sleep_until_monotonic(thread, *ns);
}

// What Linux's own signal code calls in place of an interrupted sleep. Here calls simply go on, so nobody
// does.
Outcome call_restart_syscall(Thread&, Arguments const&)
{
    return Status::Interrupted;
}

} // namespace linux_abi
} // namespace torc
