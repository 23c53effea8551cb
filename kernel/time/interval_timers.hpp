// SPDX-License-Identifier: MIT
// setitimer(2), and processor time: ITIMER_REAL by the timer queue, ITIMER_VIRTUAL, ITIMER_PROF and
// RLIMIT_CPU by the ticks charged to the process.
#pragma once
#include <cstdint>

namespace torc {
struct IntervalTimer;
struct Process;
struct Thread;

// The process is ending: nothing fires any more.
void interval_timers_stop(Process& process);
// The queue's timer of a process came due.
void real_timer_expired(Process& process);
// The process moves: what goes along. ITIMER_REAL still fires here until the process has left, and its signal
// goes behind it; of processor time nothing is due any more, unless the move fails
// (processor_check_changed).
void interval_timers_leave(Process& process, IntervalTimer* to);
// It has come, and what was sent to it meanwhile is pending: the timers run on.
void interval_timers_arrive(Process& process);
// SIGALRM was taken: a periodic timer is armed again only now, so that one nobody handles costs nothing.
void real_timer_taken(Process& process);

// Brings the account of the running thread, or of idle time, up to date. Cheap enough for every switch.
void charge_current();
// When the thread, running on, reaches what a timer or limit of its process waits for; `never` if nothing
// does.
std::uint64_t processor_time_deadline(Thread const& thread, std::uint64_t now_ticks);
// After setitimer or a change of RLIMIT_CPU.
void processor_check_changed(Process& process);

} // namespace torc
