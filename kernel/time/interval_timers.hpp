// SPDX-License-Identifier: MIT
// setitimer(2): ITIMER_REAL by the timer queue, ITIMER_VIRTUAL and ITIMER_PROF by the ticks charged to the
// process, and RLIMIT_CPU in the same place.
#pragma once
#include <cstdint>

namespace torc {
struct Process;
struct Thread;

// The process is ending: nothing fires any more.
void interval_timers_stop(Process& process);
// Charges processor time to the thread and its process; called when it is switched out, at ticks, and before
// its times are read.
void charge_time(Thread& thread, std::uint64_t user_ticks, std::uint64_t kernel_ticks);
// Brings the running thread's account up to date.
void charge_current();

} // namespace torc
