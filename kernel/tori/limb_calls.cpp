// SPDX-License-Identifier: MIT
#include "kernel/tori/limb_calls.hpp"
#include "arch/clock.hpp"
#include "arch/user_copy.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/run_loop.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/time/clock_ids.hpp"
#include "kernel/tori/limb_records.hpp"
#include "kernel/torus.hpp"

namespace torc {

arch::Frame* go_on_in_limb(Thread& thread, std::int64_t value)
{
    thread.frame.x[0] = static_cast<std::uint64_t>(value);
    return leave_kernel(thread);
}

namespace {

// asm-generic/unistd.h
constexpr std::uint64_t number_futex = 98, number_nanosleep = 101, number_clock_gettime = 113,
                        number_clock_nanosleep = 115, number_sched_yield = 124, number_getcpu = 168,
                        number_gettimeofday = 169, number_getpid = 172, number_gettid = 178;

arch::Frame* yield(Thread& thread)
{
    if (this_torus().run_queue.runnable() == 1)
        return go_on_in_limb(thread, 0);
    return give_way(thread);
}

// The request may lie on a page that is not there: only the home can tell.
Result<std::uint64_t> requested_ns(std::uint64_t address)
{
    TimeSpec request;
    if (!user_range(Uaddr{address}, sizeof request)
        || arch::user_copy_in(&request, address, sizeof request) != 0)
        return unexpected{Status::BadAddress};
    return to_ns(request);
}

arch::Frame* sleep_until_here(Limb& limb, std::uint64_t deadline)
{
    Thread& thread = limb.thread;
    if (arch::now_ticks() >= deadline)
        return go_on_in_limb(thread, 0);
    limb.sleeps = {deadline, thread.frame.x[0]};
    limb.room->asleep_until.store(deadline, std::memory_order_relaxed);
    thread.frame.x[0] = 0;
    (void)sleep_until(thread, deadline, OnSignal::Never);
    return run_next();
}

arch::Frame* sleep_for(Limb& limb, std::uint64_t request)
{
    Result<std::uint64_t> const ns = requested_ns(request);
    return ns ? sleep_until_here(limb, deadline_after(*ns)) : nullptr;
}

// A page that is not there is the home's affair: the call is made there from its beginning.
template <typename T> bool tell(std::uint64_t address, T const& answer)
{
    return user_range(Uaddr{address}, sizeof answer)
        && arch::user_copy_out(address, &answer, sizeof answer) == 0;
}

arch::Frame* read_clock(Thread& thread)
{
    auto const ns = machine_clock_ns(static_cast<std::int32_t>(thread.frame.x[0]));
    return ns && tell(thread.frame.x[1], to_timespec(*ns)) ? go_on_in_limb(thread, 0) : nullptr;
}

arch::Frame* read_time_of_day(Thread& thread)
{
    std::uint64_t const* const x = thread.frame.x;
    bool const plain = x[0] != 0 && x[1] == 0; // nobody asks for the zone
    return plain && tell(x[0], to_timeval(realtime_ns())) ? go_on_in_limb(thread, 0) : nullptr;
}

arch::Frame* say_where(Thread& thread)
{
    std::uint32_t const answers[] = {this_torus().number, 0}; // there is one node
    for (unsigned i = 0; i < 2; ++i)
        if (thread.frame.x[i] != 0 && !tell(thread.frame.x[i], answers[i]))
            return nullptr;
    return go_on_in_limb(thread, 0);
}

// On the clocks that nobody sets.
arch::Frame* sleep_by_clock(Limb& limb)
{
    std::uint64_t const* const x = limb.thread.frame.x;
    auto const clock = static_cast<std::int32_t>(x[0]);
    constexpr std::uint32_t absolute = 1;
    auto const flags = static_cast<std::uint32_t>(x[1]);
    bool const steady = clock == clock_monotonic || clock == clock_boottime;
    if (flags == 0 && (steady || clock == clock_realtime))
        return sleep_for(limb, x[2]);
    Result<std::uint64_t> const ns
        = steady && flags == absolute ? requested_ns(x[2]) : unexpected{Status::NotSupported};
    return ns ? sleep_until_here(limb, arch::ns_to_ticks(*ns)) : nullptr;
}

} // namespace

arch::Frame* settle_limb_call(Limb& limb)
{
    Thread& thread = limb.thread;
    switch (thread.frame.x[8]) {
    case number_getpid:
        return go_on_in_limb(thread, thread.process->pid);
    case number_gettid:
        return go_on_in_limb(thread, thread.id);
    case number_sched_yield:
        return yield(thread);
    case number_futex:
        return settle_limb_futex(limb);
    case number_clock_gettime:
        return read_clock(thread);
    case number_gettimeofday:
        return read_time_of_day(thread);
    case number_getcpu:
        return say_where(thread);
    case number_nanosleep:
        return sleep_for(limb, thread.frame.x[0]);
    case number_clock_nanosleep:
        return sleep_by_clock(limb);
    default:
        return nullptr;
    }
}

void leave_limb_sleep(Limb& limb)
{
    limb.thread.frame.x[0] = limb.sleeps.first_argument;
    limb.room->sleeps_until = limb.sleeps.deadline;
}

} // namespace torc
