// SPDX-License-Identifier: MIT
// How a thread's place in the run queue may be changed (sched(7)): the rules shared by the sched_* calls,
// nice and fork.
#pragma once
#include "kernel/process/process.hpp"
#include "substrate/sched_entity.hpp"

namespace torc {

// What a child starts with: its parent's parameters, or the ordinary ones after SCHED_RESET_ON_FORK.
SchedParameters parameters_for_child(Thread const& parent);

// What a thread has set itself, which is not what it runs as while it is lifted: while somebody more urgent
// waits for a lock of its (kernel/futex/inheriting_lock.hpp).
inline SchedParameters const& own_parameters(Thread const& thread)
{
    return thread.lifted ? thread.own_parameters : thread.entity.parameters();
}
void set_own_parameters(Thread& thread, SchedParameters const& parameters);
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
