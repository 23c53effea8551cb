// SPDX-License-Identifier: MIT
// Changing how a thread is scheduled: what Linux's __sched_setscheduler checks, in its order.
#include "kernel/process/scheduling.hpp"
#include "arch/clock.hpp"
#include "kernel/futex/inheriting_lock.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

using Request = SchedRequest;

// sched_deadline_period_min_us and _max_us, and what is too short to be counted.
constexpr std::uint64_t shortest_runtime_ns = 1024, shortest_period_ns = 100'000,
                        longest_period_ns = (1ull << 22) * 1000;
constexpr std::uint64_t deadline_flags = Request::reclaim | Request::overrun_signal;

bool is_real_time(SchedPolicy policy)
{
    return class_of(policy) == SchedClass::real_time;
}

bool is_deadline(SchedPolicy policy)
{
    return policy == SchedPolicy::deadline;
}

// SCHED_IDLE keeps its nice value.
bool takes_nice(SchedPolicy policy)
{
    return policy == SchedPolicy::normal || policy == SchedPolicy::batch;
}

bool is_known(std::uint32_t policy)
{
    return policy <= 3 || policy == 5 || policy == 6;
}

bool is_sound(DeadlineAttributes const& wanted)
{
    std::uint64_t const deadline = wanted.deadline_ns;
    std::uint64_t const period = wanted.period_ns != 0 ? wanted.period_ns : deadline;
    if (deadline == 0 || (deadline | wanted.period_ns) >> 63 != 0)
        return false;
    if (wanted.runtime_ns < shortest_runtime_ns || wanted.runtime_ns > deadline || deadline > period)
        return false;
    return period >= shortest_period_ns && period <= longest_period_ns;
}

// Without CAP_SYS_NICE: one's own threads, real time up to RLIMIT_RTPRIO, nice values as far as RLIMIT_NICE.
bool may_set(
    Thread const& caller, Thread const& target, SchedPolicy policy, Request const& request, bool resets)
{
    Process const& by = *caller.process;
    if (by.credentials.capable(Capability::SysNice))
        return true;
    SchedParameters const& now = own_parameters(target);
    if (takes_nice(policy) && request.nice < now.nice && !may_be_nice(by, *target.process, request.nice))
        return false;
    if (is_real_time(policy)) {
        std::uint64_t const limit = target.process->limits[Resource::RealTimePriority].soft;
        if (policy != now.policy && limit == 0)
            return false;
        if (request.priority > now.priority && request.priority > limit)
            return false;
    }
    if (is_deadline(policy))
        return false;
    if (now.policy == SchedPolicy::idle && policy != SchedPolicy::idle
        && !may_be_nice(by, *target.process, now.nice))
        return false;
    if (target.reset_on_fork && !resets)
        return false;
    return same_owner(by, *target.process) && may_schedule(by, *target.process);
}

// What the target has stands in the place of what is to be kept.
Request filled_in(Request request, Thread const& target)
{
    SchedParameters const& own = own_parameters(target);
    if (request.flags & Request::keep_policy)
        request.policy = static_cast<std::uint32_t>(own.policy);
    if (!(request.flags & Request::keep_parameters))
        return request;
    if (is_deadline(own.policy)) {
        request.priority = own.priority;
        request.deadline = target.deadline;
        request.flags = (request.flags & ~deadline_flags) | target.deadline.flags;
    } else if (is_real_time(own.policy)) {
        request.priority = own.priority;
    } else {
        request.nice = own.nice;
    }
    return request;
}

Reservation reservation_of(DeadlineAttributes const& wanted)
{
    return {arch::ns_to_ticks(wanted.runtime_ns), arch::ns_to_ticks(wanted.deadline_ns),
        arch::ns_to_ticks(wanted.period_ns)};
}

// Gets the reservation that a policy needs, or gives back what it does not.
bool reserve(Thread& target, SchedPolicy policy, DeadlineAttributes const& wanted)
{
    RunQueue& queue = this_torus().run_queue;
    if (is_deadline(policy) && is_deadline(own_parameters(target).policy) && wanted == target.deadline)
        return true;
    if (!is_deadline(policy) && target.entity.reservation().runtime == 0)
        return true;
    Reservation const reservation = is_deadline(policy) ? reservation_of(wanted) : Reservation{};
    return queue.reserve(target.entity, reservation, arch::now_ticks());
}

Status apply(Thread& target, SchedPolicy policy, Request const& request)
{
    DeadlineAttributes wanted{};
    if (is_deadline(policy)) {
        wanted = request.deadline;
        wanted.flags = request.flags & deadline_flags;
        if (wanted.period_ns == 0)
            wanted.period_ns = wanted.deadline_ns;
    }
    SchedParameters parameters = own_parameters(target);
    parameters.policy = policy;
    parameters.priority = static_cast<std::uint8_t>(request.priority);
    parameters.deadline_ticks = 0;
    if (takes_nice(policy)) {
        parameters.nice = static_cast<std::int8_t>(request.nice);
        if (target.id == target.process->pid)
            target.process->nice = request.nice;
    }
    // In this order, as only who has a reservation is in the deadline class.
    if (is_deadline(policy) && !reserve(target, policy, wanted))
        return Status::Busy;
    set_own_parameters(target, parameters);
    if (!is_deadline(policy))
        (void)reserve(target, policy, wanted);
    target.deadline = wanted;
    arm_timer(); // a budget, or somebody's next period
    return Status{};
}

} // namespace

Thread* thread_to_schedule(Thread& caller, std::int32_t tid)
{
    return tid == 0 ? &caller : find_thread(tid);
}

Status change_scheduling(Thread& caller, Thread& target, SchedRequest const& asked)
{
    Request const request = filled_in(asked, target);
    bool const resets = request.flags & Request::keep_policy ? target.reset_on_fork
                                                             : request.flags & Request::reset_on_fork;
    if (!is_known(request.policy) || request.flags & ~Request::all || request.priority > highest_priority)
        return Status::BadArgument;
    auto const policy = static_cast<SchedPolicy>(request.policy);
    if (is_deadline(policy) && !is_sound(request.deadline))
        return Status::BadArgument;
    if (is_real_time(policy) != (request.priority != 0))
        return Status::BadArgument;
    if (!may_set(caller, target, policy, request, resets))
        return Status::NotPermitted;
    if (request.flags & (Request::clamp_least | Request::clamp_most))
        return Status::NotSupported;
    if (!(request.flags & Request::keep_parameters))
        if (Status const status = apply(target, policy, request); status != Status{})
            return status;
    target.reset_on_fork = resets;
    this_torus().current->attention |= attend_reschedule;
    return Status{};
}

bool may_not_fork(Thread const& thread)
{
    return is_deadline(own_parameters(thread).policy) && !thread.reset_on_fork;
}

SchedParameters parameters_for_child(Thread const& parent)
{
    SchedParameters parameters = own_parameters(parent);
    if (!parent.reset_on_fork)
        return parameters;
    if (class_of(parameters.policy) != SchedClass::fair)
        return {};
    if (parameters.nice < 0)
        parameters.nice = 0;
    return parameters;
}

void set_own_parameters(Thread& thread, SchedParameters const& parameters)
{
    bool const stays_lifted = thread.lifted && is_more_urgent(thread.entity.parameters(), parameters);
    if (thread.lifted)
        thread.own_parameters = parameters;
    if (!stays_lifted) {
        thread.lifted = false;
        this_torus().run_queue.set_parameters(thread.entity, parameters);
        recall(thread); // its limb gets them with the next Run
    }
    if (thread.held_locks != nullptr || thread.awaited_lock != nullptr) [[unlikely]]
        urgency_changed(thread);
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
    recall(thread);
    if (torus.current != nullptr)
        torus.current->attention |= attend_reschedule;
    return true;
}

} // namespace torc
