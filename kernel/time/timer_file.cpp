// SPDX-License-Identifier: MIT
#include "kernel/time/timer_file.hpp"
#include "kernel/files/anonymous_file.hpp"
#include "kernel/files/descriptor.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/kind_operations.hpp"
#include "kernel/format.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/time/clock_ids.hpp"
#include "kernel/time/timer_kind.hpp"

namespace torc {

std::uint64_t TimerFile::forward(std::uint64_t now)
{
    if (now < expires_ns) // the clock was set back since it fired
        return 0;
    std::uint64_t const times = (now - expires_ns) / interval_ns + 1;
    expires_ns += times * interval_ns;
    return times;
}

namespace {

constexpr std::uint32_t absolute = 1, cancel_on_set = 2; // TFD_TIMER_

struct TimerValue { // struct itimerspec
    TimeSpec interval, value;
};

bool is_alarm(std::int32_t clock)
{
    return clock == clock_realtime_alarm || clock == clock_boottime_alarm;
}

bool tells_time_of_day(std::int32_t clock)
{
    return clock == clock_realtime || clock == clock_realtime_alarm;
}

std::uint64_t now_of(TimerFile const& timer)
{
    return timer.follows_clock ? realtime_ns() : monotonic_ns();
}

void arm(TimerFile& timer)
{
    auto ns = static_cast<std::int64_t>(timer.expires_ns);
    if (timer.expires_ns > longest_ns)
        ns = static_cast<std::int64_t>(longest_ns);
    else if (timer.follows_clock)
        ns -= realtime_offset_ns();
    std::uint64_t const since_boot = ns > 0 ? static_cast<std::uint64_t>(ns) : 0;
    this_torus().timers.arm(timer, arch::ns_to_ticks(since_boot));
    arm_timer();
}

void watch_clock(TimerFile& timer, bool follows)
{
    timer.follows_clock = follows;
    bool const watches = timer.clock_watch.queue != nullptr;
    if (follows == watches)
        return;
    if (follows)
        this_torus().realtime_sleepers.add(timer.clock_watch);
    else
        timer.clock_watch.queue->remove(timer.clock_watch);
}

// A periodic one that fired goes on; what it missed counts.
void go_on(TimerFile& timer)
{
    if (!timer.expired || timer.interval_ns == 0)
        return;
    timer.expired = false;
    timer.ticks += timer.forward(now_of(timer)) - 1;
    arm(timer);
}

// Whether the clock was set under it; that is told once.
bool take_cancelled(TimerFile& timer)
{
    return timer.may_cancel && std::exchange(timer.cancelled, false);
}

TimerValue value_of(TimerFile& timer)
{
    std::uint64_t const now = now_of(timer);
    std::uint64_t const left = timer.expires_ns > now ? timer.expires_ns - now : 0;
    return {to_timespec(timer.interval_ns), to_timespec(left)};
}

Result<TimerFile*> timer_of(Thread const& thread, int fd)
{
    OpenFile& file = *TRY(descriptor(thread, fd));
    if (file.kind != FileKind::Timer)
        return unexpected{Status::BadArgument};
    return file.timer;
}

// ---- the open file ----------------------------------------------------------------------------------------

Outcome read_timer(Thread& thread, OpenFile& file, IoRequest& io)
{
    TimerFile& timer = *file.timer;
    if (io.buffer.left() < sizeof timer.ticks)
        return Status::BadArgument;
    bool const told_at_once = file.nonblocking() && timer.may_cancel && timer.cancelled;
    if (timer.ticks == 0 && !told_at_once)
        return wait_for_file(thread, file, io, timer.readable);
    if (take_cancelled(timer)) { // what it counted means nothing any more
        timer.ticks = 0;
        timer.expired = false;
        return Status::Cancelled;
    }
    go_on(timer);
    // Nothing at all when the clock was set back behind the time it fired at: as on Linux the end of a file,
    // or what a non-blocking read says of nothing.
    if (timer.ticks != 0 && io.buffer.put(&timer.ticks, sizeof timer.ticks) != sizeof timer.ticks)
        return Status::BadAddress;
    timer.expired = false;
    if (std::exchange(timer.ticks, 0) != 0) [[likely]]
        return sizeof timer.ticks;
    return file.nonblocking() ? Outcome{Status::WouldBlock} : Outcome{0};
}

std::uint32_t poll_timer(OpenFile& file, PollTable* table)
{
    if (table != nullptr)
        table->wait_in(file.timer->readable, poll_event::in);
    return file.timer->ticks != 0 ? poll_event::in : 0;
}

// TFD_IOC_SET_TICKS: how a process that is restored gets back what it had counted.
Outcome control_timer(Thread&, OpenFile& file, std::uint32_t command, std::uint64_t argument)
{
    constexpr std::uint32_t set_ticks = 0x4008'5400;
    if (command != set_ticks)
        return Status::NotTerminal;
    auto const ticks = TRY(copy_in<std::uint64_t>(Uaddr{argument}));
    if (ticks == 0)
        return Status::BadArgument;
    if (take_cancelled(*file.timer))
        return Status::Cancelled;
    file.timer->ticks = ticks;
    file.timer->readable.wake(~0u, poll_event::in);
    return 0;
}

void release_timer(OpenFile& file)
{
    if (file.timer == nullptr)
        return;
    watch_clock(*file.timer, false);
    this_torus().timers.cancel(*file.timer);
    file.timer->readable.dissolve();
    file_records().timer_files.destroy(file.timer);
}

bool describe_timer(OpenFile& file, std::uint64_t&, FormatSink& out)
{
    TimerFile& timer = *file.timer;
    auto const [interval, left] = value_of(timer);
    format_to(out, "clockid: {}\nticks: {}\nsettime flags: 0{:o}\n", timer.clock, timer.ticks, timer.flags);
    format_to(out, "it_value: ({}, {})\nit_interval: ({}, {})\n", left.seconds, left.nanoseconds,
        interval.seconds, interval.nanoseconds);
    return false;
}

// ---- setting ----------------------------------------------------------------------------------------------

Outcome set(TimerFile& timer, std::uint32_t flags, std::uint64_t value_ns, std::uint64_t interval_ns)
{
    bool const at_time_of_day = tells_time_of_day(timer.clock) && (flags & absolute);
    timer.may_cancel = at_time_of_day && (flags & cancel_on_set);
    this_torus().timers.cancel(timer);
    watch_clock(timer, at_time_of_day);
    timer.expired = false;
    timer.ticks = 0;
    timer.interval_ns = interval_ns;
    timer.expires_ns = 0;
    if (value_ns != 0) {
        timer.expires_ns = flags & absolute ? value_ns : monotonic_ns() + value_ns;
        arm(timer);
        if (take_cancelled(timer))
            return Status::Cancelled;
    }
    timer.flags = flags;
    return 0;
}

// Whether set() is going to say so.
bool will_be_cancelled(TimerFile const& timer, std::uint32_t flags, std::uint64_t value_ns)
{
    bool const watches = tells_time_of_day(timer.clock) && flags & absolute && flags & cancel_on_set;
    return watches && timer.cancelled && value_ns != 0;
}

} // namespace

void timer_file_expired(TimerFile& timer)
{
    timer.expired = true;
    ++timer.ticks;
    timer.readable.wake(~0u, poll_event::in);
}

void timer_file_clock_set(TimerFile& timer)
{
    if (timer.is_armed())
        arm(timer);
    if (!timer.may_cancel || timer.cancelled)
        return;
    timer.cancelled = true;
    ++timer.ticks;
    timer.readable.wake(~0u, poll_event::in);
}

constinit FileOperations const timer_operations{.release = release_timer,
    .read = read_timer,
    .poll = poll_timer,
    .ioctl = control_timer,
    .seek = seek_nowhere,
    .describe = describe_timer};

namespace linux_abi {

Outcome call_timerfd_create(Thread& thread, Arguments const& arguments)
{
    std::int32_t const clock = arguments.as_int(0);
    auto const flags = static_cast<std::uint32_t>(arguments[1]);
    bool const known
        = clock == clock_monotonic || clock == clock_boottime || tells_time_of_day(clock) || is_alarm(clock);
    if ((flags & ~(open_flag::nonblock | open_flag::close_on_exec)) || !known)
        return Status::BadArgument;
    if (is_alarm(clock) && !thread.process->credentials.capable(Capability::WakeAlarm))
        return Status::NotPermitted;
    OpenFile& file = *TRY(create_anonymous_file(FileKind::Timer, flags));
    file.timer = file_records().timer_files.create();
    if (file.timer == nullptr) {
        release(file);
        return Status::NoMemory;
    }
    file.timer->Timer::kind = timer_file;
    file.timer->clock = clock;
    file.timer->clock_watch.kind = WaiterKind::TimerFile;
    return give_descriptor(thread, file, flags);
}

Outcome call_timerfd_settime(Thread& thread, Arguments const& arguments)
{
    auto const wanted = TRY(copy_in<TimerValue>(Uaddr{arguments[2]}));
    auto const flags = static_cast<std::uint32_t>(arguments[1]);
    if (flags & ~(absolute | cancel_on_set))
        return Status::BadArgument;
    std::uint64_t const value = TRY(to_ns(wanted.value)), interval = TRY(to_ns(wanted.interval));
    TimerFile& timer = *TRY(timer_of(thread, arguments.as_int(0)));
    if (is_alarm(timer.clock) && !thread.process->credentials.capable(Capability::WakeAlarm))
        return Status::NotPermitted;
    if (timer.expired && timer.interval_ns != 0) // for the old value's sake
        (void)timer.forward(now_of(timer));
    Outcome told = 0;
    if (arguments[3] != 0 && !will_be_cancelled(timer, flags, value)) {
        // Before it is set, as the call may have to run again for the page. A bad address leaves it set, as
        // on Linux: whether it is one, a visitor hears from the caller's home (page_missing).
        bool const is_bad = thread.visiting && thread.restart.kind == CallKind::Read;
        told = is_bad ? Outcome{Status::BadAddress} : Outcome{copy_out(Uaddr{arguments[3]}, value_of(timer))};
        if (told.failed() && !is_bad && (thread.visiting || thread.attention & attend_page))
            return told;
    }
    Outcome const outcome = set(timer, flags, value, interval);
    return outcome.failed() ? outcome : told;
}

Outcome call_timerfd_gettime(Thread& thread, Arguments const& arguments)
{
    TimerFile& timer = *TRY(timer_of(thread, arguments.as_int(0)));
    go_on(timer);
    return copy_out(Uaddr{arguments[1]}, value_of(timer));
}

} // namespace linux_abi
} // namespace torc
