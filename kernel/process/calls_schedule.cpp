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
    return policy <= 3 || policy == 5;
}

Thread* named(Thread& caller, std::int32_t tid)
{
    return tid == 0 ? &caller : find_thread(tid);
}

bool has_nice_capability(Thread const& caller)
{
    return caller.process->credentials.capable(Capability::SysNice);
}

// Without CAP_SYS_NICE: one's own threads, real time up to RLIMIT_RTPRIO, out of IDLE as far as RLIMIT_NICE.
bool may_set(
    Thread const& caller, Thread const& target, SchedPolicy policy, std::uint8_t priority, bool resets)
{
    if (has_nice_capability(caller))
        return true;
    SchedParameters const& now = own_parameters(target);
    if (is_real_time(policy)) {
        std::uint64_t const limit = target.process->limits[Resource::RealTimePriority].soft;
        if (policy != now.policy && limit == 0)
            return false;
        if (priority > now.priority && priority > limit)
            return false;
    }
    if (now.policy == SchedPolicy::idle && policy != SchedPolicy::idle
        && !may_be_nice(*caller.process, *target.process, now.nice))
        return false;
    if (target.reset_on_fork && !resets)
        return false;
    return same_owner(*caller.process, *target.process) && may_schedule(*caller.process, *target.process);
}

Outcome set_policy(Thread& caller, std::int32_t tid, SchedPolicy policy, std::int32_t priority, bool resets)
{
    Thread* const target = named(caller, tid);
    if (target == nullptr)
        return Status::NoProcess;
    if (priority < 0 || priority > highest_priority || is_real_time(policy) != (priority != 0))
        return Status::BadArgument;
    auto const level = static_cast<std::uint8_t>(priority);
    if (!may_set(caller, *target, policy, level, resets))
        return Status::NotPermitted;
    SchedParameters parameters = own_parameters(*target);
    parameters.policy = policy;
    parameters.priority = level;
    target->reset_on_fork = resets;
    set_own_parameters(*target, parameters);
    this_torus().current->attention |= attend_reschedule;
    return 0;
}

} // namespace

SchedParameters parameters_for_child(Thread const& parent)
{
    SchedParameters parameters = own_parameters(parent);
    if (!parent.reset_on_fork)
        return parameters;
    if (is_real_time(parameters.policy)) {
        parameters.policy = SchedPolicy::normal;
        parameters.priority = 0;
    }
    if (parameters.nice < 0)
        parameters.nice = 0;
    return parameters;
}

void set_own_parameters(Thread& thread, SchedParameters const& parameters)
{
    if (thread.lifted) {
        thread.own_parameters = parameters;
        if (is_more_urgent(thread.entity.parameters(), parameters))
            return;
        thread.lifted = false;
    }
    this_torus().run_queue.set_parameters(thread.entity, parameters);
}

bool lift(Thread& thread, SchedParameters const& urgency)
{
    SchedParameters const own = own_parameters(thread);
    bool const lifted = is_more_urgent(urgency, own);
    SchedParameters const& wanted = lifted ? urgency : own;
    SchedParameters const& now = thread.entity.parameters();
    if (lifted == thread.lifted && !is_more_urgent(wanted, now) && !is_more_urgent(now, wanted))
        return false;
    thread.own_parameters = own;
    thread.lifted = lifted;
    Torus& torus = this_torus();
    torus.run_queue.set_parameters(thread.entity, wanted);
    if (torus.current != nullptr)
        torus.current->attention |= attend_reschedule;
    return true;
}

namespace linux_abi {

Outcome call_sched_yield(Thread&, Arguments const&)
{
    return this_torus().run_queue.runnable() > 1 ? Outcome::yielded() : Outcome{0}; // the caller is one
}

Outcome call_sched_setscheduler(Thread& thread, Arguments const& arguments)
{
    auto const policy = static_cast<std::uint32_t>(arguments[1]);
    if (static_cast<std::int32_t>(policy) < 0 || arguments[2] == 0 || arguments.as_int(0) < 0)
        return Status::BadArgument;
    auto const priority = copy_in<std::int32_t>(Uaddr{arguments[2]});
    if (!priority)
        return priority.error();
    if (named(thread, arguments.as_int(0)) == nullptr)
        return Status::NoProcess;
    if (!is_known(policy & ~reset_on_fork))
        return Status::BadArgument;
    return set_policy(thread, arguments.as_int(0), static_cast<SchedPolicy>(policy & ~reset_on_fork),
        *priority, (policy & reset_on_fork) != 0);
}

Outcome call_sched_getscheduler(Thread& thread, Arguments const& arguments)
{
    if (arguments.as_int(0) < 0)
        return Status::BadArgument;
    Thread const* const target = named(thread, arguments.as_int(0));
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
    Thread const* const target = named(thread, arguments.as_int(0));
    if (target == nullptr)
        return absence_of(arguments.as_int(0));
    return set_policy(
        thread, arguments.as_int(0), own_parameters(*target).policy, *priority, target->reset_on_fork);
}

Outcome call_sched_getparam(Thread& thread, Arguments const& arguments)
{
    if (arguments[1] == 0 || arguments.as_int(0) < 0)
        return Status::BadArgument;
    Thread const* const target = named(thread, arguments.as_int(0));
    if (target == nullptr)
        return absence_of(arguments.as_int(0));
    std::int32_t const priority = own_parameters(*target).priority;
    return copy_out(Uaddr{arguments[1]}, priority);
}

Outcome call_sched_get_priority_max(Thread&, Arguments const& arguments)
{
    auto const policy = static_cast<std::uint32_t>(arguments[0]);
    if (!is_known(policy) && policy != static_cast<std::uint32_t>(SchedPolicy::deadline))
        return Status::BadArgument;
    return is_real_time(static_cast<SchedPolicy>(policy)) ? highest_priority : 0;
}

Outcome call_sched_get_priority_min(Thread&, Arguments const& arguments)
{
    auto const policy = static_cast<std::uint32_t>(arguments[0]);
    if (!is_known(policy) && policy != static_cast<std::uint32_t>(SchedPolicy::deadline))
        return Status::BadArgument;
    return is_real_time(static_cast<SchedPolicy>(policy)) ? lowest_priority : 0;
}

Outcome call_sched_rr_get_interval(Thread& thread, Arguments const& arguments)
{
    if (arguments.as_int(0) < 0)
        return Status::BadArgument;
    Thread const* const target = named(thread, arguments.as_int(0));
    if (target == nullptr)
        return absence_of(arguments.as_int(0));
    std::uint64_t ns = fair_slice_ns;
    if (own_parameters(*target).policy == SchedPolicy::round_robin)
        ns = arch::ticks_to_ns(this_torus().run_queue.quantum_ticks());
    else if (own_parameters(*target).policy == SchedPolicy::fifo)
        ns = 0;
    return copy_out(Uaddr{arguments[1]}, to_timespec(ns));
}

Outcome call_sched_setaffinity(Thread& thread, Arguments const& arguments)
{
    std::uint64_t mask = 0;
    std::size_t const size = arguments[1] < mask_bytes ? arguments[1] : mask_bytes;
    if (auto const got = copy_in(&mask, Uaddr{arguments[2]}, size); !got)
        return got;
    Thread* const target = named(thread, arguments.as_int(0));
    if (target == nullptr)
        return absence_of(arguments.as_int(0));
    if (!same_owner(*thread.process, *target->process) && !has_nice_capability(thread))
        return Status::NotPermitted;
    if (!may_schedule(*thread.process, *target->process))
        return Status::NotPermitted;
    if ((mask & processor_mask(this_torus())) == 0)
        return Status::BadArgument;
    target->affinity = mask;
    return 0;
}

Outcome call_sched_getaffinity(Thread& thread, Arguments const& arguments)
{
    auto const size = static_cast<std::uint32_t>(arguments[1]);
    if (size * 8u == 0 || size % mask_bytes != 0) // the bits count, in 32 bits, as on Linux
        return Status::BadArgument;
    Thread const* const target = named(thread, arguments.as_int(0));
    if (target == nullptr)
        return absence_of(arguments.as_int(0));
    std::uint64_t const mask = target->affinity & processor_mask(this_torus());
    if (auto const done = copy_out(Uaddr{arguments[2]}, mask); !done)
        return done;
    return static_cast<int>(mask_bytes);
}

} // namespace linux_abi
} // namespace torc
