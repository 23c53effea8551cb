// SPDX-License-Identifier: MIT
// sched_yield, sched_{get,set}{scheduler,param,affinity}, sched_get_priority_*, sched_rr_get_interval. A
// policy belongs to a thread. A processor is a torus that programs may run on; where a thread may run matters
// when its process executes a program.
#include "arch/clock.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/scheduling.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/tori/machine_sums.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

constexpr std::size_t mask_bytes = 8;
constexpr std::uint32_t reset_on_fork = 0x4000'0000;
constexpr std::uint64_t fair_slice_ns = 3'000'000;

bool is_real_time(SchedPolicy policy)
{
    return policy == SchedPolicy::fifo || policy == SchedPolicy::round_robin;
}

bool is_known(std::uint32_t policy)
{
    return policy <= 3 || policy == 5 || policy == 6;
}

bool has_nice_capability(Thread const& caller)
{
    return caller.process->credentials.capable(Capability::SysNice);
}

Status set_policy(Thread& caller, Thread& target, std::uint32_t policy, std::int32_t priority)
{
    SchedRequest const request{.policy = policy & ~reset_on_fork,
        .priority = static_cast<std::uint32_t>(priority),
        .nice = own_parameters(target).nice,
        .flags = policy & reset_on_fork ? SchedRequest::reset_on_fork : 0};
    return change_scheduling(caller, target, request);
}

Outcome outcome_of(Status status)
{
    return status == Status{} ? Outcome{0} : Outcome{status};
}

} // namespace

namespace linux_abi {

// Alone, only a reservation has something to give up: the rest of its period.
Outcome call_sched_yield(Thread& thread, Arguments const&)
{
    if (this_torus().run_queue.runnable() > 1) [[likely]] // the caller is one
        return Outcome::yielded();
    return thread.entity.sched_class() == SchedClass::deadline ? Outcome::yielded() : Outcome{0};
}

Outcome call_sched_setscheduler(Thread& thread, Arguments const& arguments)
{
    auto const policy = static_cast<std::uint32_t>(arguments[1]);
    if (static_cast<std::int32_t>(policy) < 0 || arguments[2] == 0 || arguments.as_int(0) < 0)
        return Status::BadArgument;
    auto const priority = copy_in<std::int32_t>(Uaddr{arguments[2]});
    if (!priority)
        return priority.error();
    Thread* const target = thread_to_schedule(thread, arguments.as_int(0));
    if (target == nullptr)
        return absence_of(arguments.as_int(0));
    return outcome_of(set_policy(thread, *target, policy, *priority));
}

Outcome call_sched_getscheduler(Thread& thread, Arguments const& arguments)
{
    if (arguments.as_int(0) < 0)
        return Status::BadArgument;
    Thread const* const target = thread_to_schedule(thread, arguments.as_int(0));
    if (target == nullptr)
        return absence_of(arguments.as_int(0));
    return static_cast<unsigned>(own_parameters(*target).policy)
        | (target->reset_on_fork ? reset_on_fork : 0);
}

Outcome call_sched_setparam(Thread& thread, Arguments const& arguments)
{
    if (arguments[1] == 0 || arguments.as_int(0) < 0)
        return Status::BadArgument;
    auto const priority = copy_in<std::int32_t>(Uaddr{arguments[1]});
    if (!priority)
        return priority.error();
    Thread* const target = thread_to_schedule(thread, arguments.as_int(0));
    if (target == nullptr)
        return absence_of(arguments.as_int(0));
    auto const policy = static_cast<std::uint32_t>(own_parameters(*target).policy);
    return outcome_of(
        set_policy(thread, *target, policy | (target->reset_on_fork ? reset_on_fork : 0), *priority));
}

Outcome call_sched_getparam(Thread& thread, Arguments const& arguments)
{
    if (arguments[1] == 0 || arguments.as_int(0) < 0)
        return Status::BadArgument;
    Thread const* const target = thread_to_schedule(thread, arguments.as_int(0));
    if (target == nullptr)
        return absence_of(arguments.as_int(0));
    std::int32_t const priority = own_parameters(*target).priority;
    return copy_out(Uaddr{arguments[1]}, priority);
}

Outcome call_sched_get_priority_max(Thread&, Arguments const& arguments)
{
    auto const policy = static_cast<std::uint32_t>(arguments[0]);
    if (!is_known(policy))
        return Status::BadArgument;
    return is_real_time(static_cast<SchedPolicy>(policy)) ? highest_priority : 0;
}

Outcome call_sched_get_priority_min(Thread&, Arguments const& arguments)
{
    auto const policy = static_cast<std::uint32_t>(arguments[0]);
    if (!is_known(policy))
        return Status::BadArgument;
    return is_real_time(static_cast<SchedPolicy>(policy)) ? lowest_priority : 0;
}

Outcome call_sched_rr_get_interval(Thread& thread, Arguments const& arguments)
{
    if (arguments.as_int(0) < 0)
        return Status::BadArgument;
    Thread const* const target = thread_to_schedule(thread, arguments.as_int(0));
    if (target == nullptr)
        return absence_of(arguments.as_int(0));
    std::uint64_t ns = fair_slice_ns;
    if (own_parameters(*target).policy == SchedPolicy::round_robin)
        ns = arch::ticks_to_ns(this_torus().run_queue.quantum_ticks());
    else if (class_of(own_parameters(*target).policy) != SchedClass::fair)
        ns = 0;
    return copy_out(Uaddr{arguments[1]}, to_timespec(ns));
}

Outcome call_sched_setaffinity(Thread& thread, Arguments const& arguments)
{
    std::uint64_t mask = 0;
    std::size_t const size = arguments[1] < mask_bytes ? arguments[1] : mask_bytes;
    if (auto const got = copy_in(&mask, Uaddr{arguments[2]}, size); !got)
        return got;
    Thread* const target = thread_to_schedule(thread, arguments.as_int(0));
    if (target == nullptr)
        return absence_of(arguments.as_int(0));
    if (!same_owner(*thread.process, *target->process) && !has_nice_capability(thread))
        return Status::NotPermitted;
    if (!may_schedule(*thread.process, *target->process))
        return Status::NotPermitted;
    if ((mask & processor_mask(this_torus())) == 0)
        return Status::BadArgument;
    target->affinity = mask;
    follow_affinity(*target);
    return 0;
}

Outcome call_sched_getaffinity(Thread& thread, Arguments const& arguments)
{
    auto const size = static_cast<std::uint32_t>(arguments[1]);
    if (size * 8u == 0 || size % mask_bytes != 0) // the bits count, in 32 bits, as on Linux
        return Status::BadArgument;
    Thread const* const target = thread_to_schedule(thread, arguments.as_int(0));
    if (target == nullptr)
        return absence_of(arguments.as_int(0));
    std::uint64_t const mask = shown_affinity(this_torus(), target->affinity);
    if (auto const done = copy_out(Uaddr{arguments[2]}, mask); !done)
        return done;
    return static_cast<int>(mask_bytes);
}

} // namespace linux_abi
} // namespace torc
