// SPDX-License-Identifier: MIT
// execve among others: the process's other threads end, and what it shares with other processes (descriptors,
// signal actions) becomes its own. From here on a failure kills.
#pragma once
#include "kernel/linux/outcome.hpp"

namespace torc {
struct ExecState;
struct Thread;

// 0: done; a failure: no memory; else it waits or gives way, and is to be called again.
Outcome leave_company(Thread& thread, ExecState& state);
// One grain of giving back what an exec that failed has copied; true when done.
bool undo_leaving(ExecState& state);

} // namespace torc
