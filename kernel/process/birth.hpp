// SPDX-License-Identifier: MIT
// What every new thread has in common, whether it comes alone (CLONE_THREAD) or with a process of its own:
// state inherited from its maker, a name in the directory, who is told its number.
#pragma once
#include "kernel/linux/outcome.hpp"
#include "kernel/process/clone_request.hpp"
#include "kernel/result.hpp"

namespace torc {
struct Thread;

void inherit(Thread& child, Thread& maker, CloneRequest const& request);
// A number that is wanted and another torus's is asked for there. Finished: it can be taken, or `failed` says
// why not (NotPermitted, BadArgument, Exists). Else the maker waits, and asks again.
Outcome reserve_name(Thread& maker, CloneRequest const& request, Status& failed);
// The child's number, with an entry that names it. Exists: the number wanted cannot be had.
Result<std::int32_t> take_name(Thread& child, CloneRequest const& request, Thread const& maker);
// Tells the number where the request wants it told.
void tell_name(Thread& child, CloneRequest const& request);

// clone with CLONE_THREAD: one grain, nothing is left when it fails.
Outcome create_thread(Thread& maker, CloneRequest const& request);

} // namespace torc
