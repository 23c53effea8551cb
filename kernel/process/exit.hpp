// SPDX-License-Identifier: MIT
// The end of threads and processes. A dying thread gives back what it holds in grains, as kernel work of its
// own urgency; the last thread of a process takes the process with it, which stays as a zombie until its
// parent waits (or at once, if nobody will). Order as on Linux: memory, descriptors, place in the tree,
// children, then the parent is told.
#pragma once

namespace torc {
struct Process;
struct Thread;

// From now on the thread never enters EL0: each time it is chosen it does exit_step().
void begin_exit(Thread& thread);
// Somebody else ends it: it begins when it is chosen next.
void end_thread(Thread& thread);
// One grain. The thread may be gone afterwards.
void exit_step(Thread& thread);
// execve: ends all threads but this one; false: not all have ended yet, and the last of them wakes it.
bool end_siblings(Thread& thread);
// The only thread left gets the leader's number, which was the process's all along.
void become_leader(Thread& thread);
// The process of a stub has ended: the stub is the zombie.
void stub_exited(Process& stub);
// The record of a process whose stub is elsewhere, or that never came to be.
void drop_ended(Process& process);
// Frees a zombie's record and pid. The parent has seen its status, or does not want it.
void reap(Process& process);

} // namespace torc
