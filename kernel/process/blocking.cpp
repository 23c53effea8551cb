// SPDX-License-Identifier: MIT
// Blocking is bookkeeping: out of the run queue, into the object's queue and the timer queue; waking undoes
// all of it. A thread is in the run queue exactly while it is Runnable.
#include "kernel/process/blocking.hpp"
#include "arch/clock.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/thread.hpp"
#include "kernel/signals/default_action.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/time/interval_timers.hpp"
#include "kernel/time/processor_time.hpp"
#include "kernel/time/timer_kind.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

// Whether something is pending that ends a wait of this kind.
bool must_not_wait(Thread const& thread, OnSignal how)
{
    if ((thread.attention & (attend_signal | attend_kill)) == 0) [[likely]]
        return false;
    if (how == OnSignal::Never)
        return false;
    if (thread.attention & attend_kill)
        return true;
    return how != OnSignal::KillOnly && signal_pending(thread);
}

[[gnu::always_inline]] inline void leave_core(Torus& torus, Thread& thread, OnSignal how)
{
    if (torus.run_queue.current() == &thread.entity && !thread.in_call) [[likely]] {
        std::uint64_t const now = arch::now_ticks();
        torus.run_queue.charge(account_user_time(torus, thread, now), now);
    } else {
        charge_current();
    }
    if (thread.state == ThreadState::Runnable) [[likely]] // not a visit that began at once
        torus.run_queue.dequeue(thread.entity);
    thread.state = ThreadState::Blocked;
    thread.waits_as = how;
    thread.timed_out = false;
    ++thread.voluntary_switches;
}

void suspend(Thread& thread, std::uint64_t deadline_ticks, OnSignal how)
{
    Torus& torus = this_torus();
    leave_core(torus, thread, how);
    if (deadline_ticks == no_deadline)
        return;
    thread.sleep.thread = &thread;
    thread.sleep.kind = timer_thread_sleep;
    torus.timers.arm(thread.sleep, deadline_ticks);
    arm_timer();
}

void leave_queues(Thread& thread)
{
    for (Waiter* waiter = thread.waiters; waiter != nullptr; waiter = waiter->next_of_thread)
        if (waiter->queue != nullptr)
            waiter->queue->remove(*waiter);
    thread.waiters = nullptr;
    this_torus().timers.cancel(thread.sleep);
}

// By a reservation. False: its time has not come, the timer will say when.
[[gnu::noinline]] bool arrives_now(Torus& torus, Thread& thread)
{
    torus.run_queue.arrive(thread.entity, arch::now_ticks());
    torus.run_queue.enqueue(thread.entity, Arrival::wake);
    if (thread.entity.rests())
        arm_timer();
    return !thread.entity.rests();
}

[[gnu::always_inline]] inline void make_runnable(Thread& thread, Arrival arrival)
{
    Torus& torus = this_torus();
    thread.state = ThreadState::Runnable;
    if (thread.entity.sched_class() != SchedClass::deadline) [[likely]]
        torus.run_queue.enqueue(thread.entity, arrival);
    else if (!arrives_now(torus, thread))
        return;
    if (torus.run_queue.current() == nullptr)
        return;
    torus.woken = thread.id;
    // Whoever runs now finds out on its way back to EL0, or at its next look in a long call.
    bool const more_urgent = torus.run_queue.preempts_current(thread.entity);
    torus.current->attention |= more_urgent ? attend_reschedule : attend_slice;
}

void wake_as(Thread& thread, Arrival arrival)
{
    if (thread.state != ThreadState::Blocked)
        return;
    leave_queues(thread);
    make_runnable(thread, arrival);
}

} // namespace

Outcome block(Thread& thread, WaitQueue& queue, OnSignal how)
{
    return block_until(thread, queue, no_deadline, how);
}

Outcome block_until(Thread& thread, WaitQueue& queue, std::uint64_t deadline_ticks, OnSignal how)
{
    if (must_not_wait(thread, how)) [[unlikely]]
        return Outcome::interrupted(how);
    thread.waiter.thread = &thread;
    thread.waiter.next_of_thread = nullptr;
    thread.waiter.interest = ~0u;
    thread.waiters = &thread.waiter;
    queue.add(thread.waiter);
    suspend(thread, deadline_ticks, how);
    return Outcome::blocked();
}

Outcome sleep_until(Thread& thread, std::uint64_t deadline_ticks, OnSignal how)
{
    if (must_not_wait(thread, how)) [[unlikely]]
        return Outcome::interrupted(how);
    thread.waiters = nullptr;
    suspend(thread, deadline_ticks, how);
    return Outcome::blocked();
}

Outcome wait_nowhere(Thread& thread, OnSignal how)
{
    if (must_not_wait(thread, how)) [[unlikely]]
        return Outcome::interrupted(how);
    thread.waiters = nullptr;
    leave_core(this_torus(), thread, how);
    return Outcome::blocked();
}

Outcome block_on(Thread& thread, Waiter* first, std::uint64_t deadline_ticks, OnSignal how)
{
    thread.waiters = first;
    if (must_not_wait(thread, how)) [[unlikely]] {
        leave_queues(thread);
        return Outcome::interrupted(how);
    }
    suspend(thread, deadline_ticks, how);
    return Outcome::blocked();
}

void wake(Thread& thread)
{
    wake_as(thread, Arrival::wake);
}

void wake_from_nowhere(Thread& thread)
{
    if (thread.state == ThreadState::Blocked)
        make_runnable(thread, Arrival::wake);
}

void wake_by_timer(Thread& thread)
{
    thread.timed_out = true;
    wake_as(thread, Arrival::interrupt);
}

void wake_for_signal(Thread& thread)
{
    if (thread.state == ThreadState::Lent)
        return recall(thread);
    if (thread.state == ThreadState::Blocked && must_not_wait(thread, thread.waits_as))
        wake_as(thread, Arrival::wake);
}

void stop_thread(Thread& thread)
{
    if (thread.state == ThreadState::Runnable) {
        if (this_torus().current == &thread)
            charge_current();
        this_torus().run_queue.dequeue(thread.entity);
    } else if (thread.state == ThreadState::Blocked) {
        leave_queues(thread);
    } else {
        recall(thread); // if it is Lent: it stops when it is back
        return;
    }
    thread.state = ThreadState::Stopped;
}

void resume_thread(Thread& thread)
{
    if (thread.state == ThreadState::Stopped)
        make_runnable(thread, Arrival::wake);
}

// What it has come for is short, and it has used another core meanwhile: it does not stand behind who
// computes here.
void return_home(Thread& thread)
{
    make_runnable(thread, Arrival::interrupt);
}

void suspend_limb(Thread& thread)
{
    if (thread.state == ThreadState::Runnable)
        this_torus().run_queue.dequeue(thread.entity);
    else
        leave_queues(thread);
    thread.state = ThreadState::Blocked;
}

void retire_thread(Thread& thread)
{
    if (thread.state == ThreadState::Dead)
        return;
    stop_thread(thread);
    if (thread.entity.reservation().runtime != 0)
        (void)this_torus().run_queue.reserve(thread.entity, {}, arch::now_ticks());
    this_torus().run_queue.forget(thread.entity);
    thread.state = ThreadState::Dead;
}

bool must_yield(Thread const& thread)
{
    return arch::interrupt_pending() || (thread.attention & (attend_reschedule | attend_kill)) != 0;
}

} // namespace torc
