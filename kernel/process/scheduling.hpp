// SPDX-License-Identifier: MIT
// How a thread's place in the run queue may be changed (sched(7)): the rules shared by the sched_* calls,
// nice and fork.
#pragma once
#include "kernel/process/process.hpp"
#include "substrate/sched_entity.hpp"

namespace torc {

// What a child starts with: its parent's parameters, or the ordinary ones after SCHED_RESET_ON_FORK.
SchedParameters parameters_for_child(Thread const& parent);

// May `process` have this nice value by RLIMIT_NICE, or has the caller CAP_SYS_NICE?
bool may_be_nice(Process const& caller, Process const& target, int nice);
// The caller's effective user is the target's real or effective one.
bool same_owner(Process const& caller, Process const& target);
// Whoever may do more than the caller is not for the caller to schedule, unless it has CAP_SYS_NICE.
bool may_schedule(Process const& caller, Process const& target);
void set_nice(Thread& thread, int nice);

} // namespace torc
