// SPDX-License-Identifier: MIT
// How a thread's place in the run queue may be changed (sched(7)): the rules shared by the sched_* calls,
// nice and fork.
#pragma once
#include "kernel/process/process.hpp"
#include "substrate/sched_entity.hpp"

namespace torc {

// What a child starts with: its parent's parameters, or the ordinary ones after SCHED_RESET_ON_FORK.
SchedParameters parameters_for_child(Thread const& parent);

// What sched_setattr asks for; the older calls fill in what they know.
struct SchedRequest {
    static constexpr std::uint64_t reset_on_fork = 1, reclaim = 2, overrun_signal = 4, keep_policy = 8,
                                   keep_parameters = 0x10, clamp_least = 0x20, clamp_most = 0x40, all = 0x7f;
    std::uint32_t policy{0}; // unless keep_policy
    std::uint32_t priority{0};
    std::int32_t nice{0};
    std::uint64_t flags{0};
    DeadlineAttributes deadline{};
};
Status change_scheduling(Thread& caller, Thread& target, SchedRequest const& request);
// The thread called `tid`, the caller if 0; nullptr.
Thread* thread_to_schedule(Thread& caller, std::int32_t tid);

// What a thread has set itself, which is not what it runs as while it is lifted: while somebody more urgent
// waits for a lock of its (kernel/futex/inheriting_lock.hpp).
inline SchedParameters const& own_parameters(Thread const& thread)
{
    return thread.lifted ? thread.own_parameters : thread.entity.parameters();
}
void set_own_parameters(Thread& thread, SchedParameters const& parameters);
// SCHED_DEADLINE without SCHED_FLAG_RESET_ON_FORK: it may not have children.
bool may_not_fork(Thread const& thread);
// In the order of classes and priorities; fair ones are all alike.
constexpr bool is_more_urgent(SchedParameters const& a, SchedParameters const& b)
{
    auto const rank = [](SchedParameters const& p) {
        SchedClass const which = class_of(p.policy);
        return which == SchedClass::deadline ? 200 : which == SchedClass::real_time ? p.priority : 0;
    };
    return rank(a) > rank(b);
}
// Runs it as `urgency` if that is more urgent than its own parameters, else as those; whether that changes
// it.
bool lift(Thread& thread, SchedParameters const& urgency);

// May `process` have this nice value by RLIMIT_NICE, or has the caller CAP_SYS_NICE?
bool may_be_nice(Process const& caller, Process const& target, int nice);
// The caller's effective user is the target's real or effective one.
bool same_owner(Process const& caller, Process const& target);
// Whoever may do more than the caller is not for the caller to schedule, unless it has CAP_SYS_NICE.
bool may_schedule(Process const& caller, Process const& target);
void set_nice(Thread& thread, int nice);

} // namespace torc
