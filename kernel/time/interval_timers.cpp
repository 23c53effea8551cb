// SPDX-License-Identifier: MIT
#include "kernel/time/interval_timers.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/process.hpp"
#include "kernel/signals/default_action.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/time/timer_kind.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

struct IntervalValue { // struct itimerval of the ABI
    TimeVal interval, value;
};

enum Which : std::uint64_t { real = 0, virtual_ = 1, prof = 2 };

std::uint64_t now_of(Process const& process, std::uint64_t which)
{
    if (which == real)
        return arch::now_ticks();
    return which == virtual_ ? process.use.user_ticks : process.use.user_ticks + process.use.kernel_ticks;
}

void arm_real(Process& process, std::uint64_t deadline)
{
    process.real_timer.process = &process;
    process.real_timer.kind = timer_process_real;
    this_torus().timers.arm(process.real_timer, deadline);
    arm_timer();
}

TimeVal remaining(std::uint64_t deadline, std::uint64_t now)
{
    // An armed timer that is about to fire never reads as zero, which would say it is off.
    std::uint64_t const ns = deadline > now ? arch::ticks_to_ns(deadline - now) : 0;
    TimeVal left = to_timeval(ns);
    if (left.seconds == 0 && left.microseconds == 0)
        left.microseconds = 1;
    return left;
}

IntervalValue read_timer(Process const& process, std::uint64_t which)
{
    IntervalTimer const& timer = process.timers[which];
    IntervalValue value{to_timeval(arch::ticks_to_ns(timer.interval_ticks)), {}};
    bool const armed = which == real ? process.real_timer.is_armed() : timer.deadline_ticks != 0;
    if (armed)
        value.value = remaining(timer.deadline_ticks, now_of(process, which));
    return value;
}

void set_timer(Process& process, std::uint64_t which, std::uint64_t value_ns, std::uint64_t interval_ns)
{
    IntervalTimer& timer = process.timers[which];
    timer.interval_ticks = arch::ns_to_ticks(interval_ns);
    timer.deadline_ticks = value_ns == 0 ? 0 : now_of(process, which) + arch::ns_to_ticks(value_ns);
    if (which == real)
        arm_real(process, value_ns == 0 ? never : timer.deadline_ticks);
    else
        processor_check_changed(process);
}

} // namespace

void real_timer_expired(Process& process)
{
    signal_post(process, sig::alrm);
}

void real_timer_taken(Process& process)
{
    IntervalTimer& timer = process.timers[real];
    if (timer.interval_ticks == 0 || process.real_timer.is_armed())
        return;
    std::uint64_t const now = arch::now_ticks();
    std::uint64_t const missed
        = now > timer.deadline_ticks ? (now - timer.deadline_ticks) / timer.interval_ticks : 0;
    timer.deadline_ticks += (missed + 1) * timer.interval_ticks;
    arm_real(process, timer.deadline_ticks);
}

void interval_timers_leave(Process& process, IntervalTimer* to)
{
    for (unsigned i = 0; i < 3; ++i)
        to[i] = process.timers[i];
    bool const due = in_set(process.pending.set, sig::alrm) && to[real].interval_ticks != 0;
    if (!process.real_timer.is_armed() && !due) // it has fired, and is over
        to[real].deadline_ticks = 0;
    process.processor_check_ticks = never;
}

// A deadline that has passed may have been heard of already: then its signal is pending, and stays one.
void interval_timers_arrive(Process& process)
{
    std::uint64_t const deadline = process.timers[real].deadline_ticks;
    if (deadline != 0 && deadline <= arch::now_ticks())
        signal_post(process, sig::alrm);
    else if (deadline != 0)
        arm_real(process, deadline);
    processor_check_changed(process);
}

void interval_timers_stop(Process& process)
{
    this_torus().timers.cancel(process.real_timer);
    for (IntervalTimer& timer : process.timers)
        timer = {};
    process.processor_check_ticks = never;
}

namespace linux_abi {

Outcome call_getitimer(Thread& thread, Arguments const& arguments)
{
    if (arguments[0] > prof)
        return Status::BadArgument;
    charge_current();
    return copy_out(Uaddr{arguments[1]}, read_timer(*thread.process, arguments[0]));
}

Outcome call_setitimer(Thread& thread, Arguments const& arguments)
{
    Process& process = *thread.process;
    std::uint64_t const which = arguments[0];
    IntervalValue value{};
    if (arguments[1] != 0) {
        auto const given = copy_in<IntervalValue>(Uaddr{arguments[1]});
        if (!given)
            return given.error();
        value = *given;
    }
    auto const first = to_ns(value.value), interval = to_ns(value.interval);
    if (which > prof || !first || !interval)
        return Status::BadArgument;
    charge_current();
    IntervalValue const old = read_timer(process, which);
    if (arguments[2] != 0) // before the change: a bad address must not half set it
        if (auto const done = copy_out(Uaddr{arguments[2]}, old); !done)
            return done;
    set_timer(process, which, *first, *interval);
    return 0;
}

} // namespace linux_abi
} // namespace torc
