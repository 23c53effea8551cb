// SPDX-License-Identifier: MIT
// What signals do to a whole process. Called from signal delivery and from kill(2); implemented with exit and
// wait.
#pragma once

namespace torc {
struct Process;

// The process ends: every thread is told (attend_kill), `wait_status` is what wait4 will say. The calling
// thread, if it belongs to the process, never enters EL0 again. No effect on a process that is ending
// already.
void process_die(Process& process, int wait_status);
// Every thread stops at its next way back to EL0; blocked ones at once. The parent is told
// (notify_parent_stop).
void process_stop(Process& process, unsigned signal);
// Stopped threads go on; the parent is told (notify_parent_continue). No effect on a running process.
void process_continue(Process& process);

} // namespace torc
