// SPDX-License-Identifier: MIT
// How a call waits. The handler returns what these return; it is run again from its start after the wake-up.
#pragma once
#include "kernel/linux/outcome.hpp"
#include "kernel/process/wait_queue.hpp"
#include <cstdint>

namespace torc {
struct Thread;

inline constexpr std::uint64_t no_deadline = ~0ull; // ticks

// Waits in `queue`. If a signal the thread must act on is pending already, says interrupted(how) instead of
// blocking.
Outcome block(Thread& thread, WaitQueue& queue, OnSignal how);
// The same until an absolute time (ticks); when run again the handler compares arch::now_ticks() itself.
Outcome block_until(Thread& thread, WaitQueue& queue, std::uint64_t deadline_ticks, OnSignal how);
// Waits for time alone.
Outcome sleep_until(Thread& thread, std::uint64_t deadline_ticks, OnSignal how);
// Waits for an answer alone, in no queue; wake_from_nowhere() ends it.
Outcome wait_nowhere(Thread& thread, OnSignal how);
// Waits in the queues of all `first` ... linked by next_of_thread and already added to their queues (poll).
Outcome block_on(Thread& thread, Waiter* first, std::uint64_t deadline_ticks, OnSignal how);

// Takes a thread out of whatever it waits for and makes it runnable; its call will be run again. No effect on
// a runnable one.
void wake(Thread& thread);
// The same for one that waits in no queue and until no time.
void wake_from_nowhere(Thread& thread);
// A signal was posted or became deliverable: ends an interruptible wait.
void wake_for_signal(Thread& thread);

// The thread's deadline passed: as wake(), with thread.timed_out set.
void wake_by_timer(Thread& thread);

// process_stop and process_continue: takes a thread out of whatever it runs or waits for, keeping its call in
// progress; and lets it run its call again.
void stop_thread(Thread& thread);
void resume_thread(Thread& thread);
// A Lent thread is here again; and the limb's side: it is not to run for the moment.
void return_home(Thread& thread);
void suspend_limb(Thread& thread);
// Exit: takes the thread out of every queue for good; state becomes Dead.
void retire_thread(Thread& thread);

// True when a long call must stop at a safe point: an interrupt waits, or somebody more urgent became
// runnable. The handler then saves its progress in thread.restart and returns Outcome::again().
bool must_yield(Thread const& thread);

// Makes one step after another until it says that it was the last. False: the handler must stop here and
// return Outcome::again().
template <typename Step> bool make_steps(Thread const& thread, Step&& step)
{
    while (!step())
        if (must_yield(thread))
            return false;
    return true;
}

} // namespace torc
