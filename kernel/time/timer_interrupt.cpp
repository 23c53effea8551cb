// SPDX-License-Identifier: MIT
// The core's one-shot timer serves two masters: the torus's timer queue and the end of the running thread's
// slice. There is no periodic tick: with one runnable thread and no timer the core is never disturbed.
#include "arch/clock.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/time/interval_timers.hpp"
#include "kernel/time/slice.hpp"
#include "kernel/time/timer_file.hpp"
#include "kernel/time/timer_kind.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc {
namespace {

constexpr unsigned timers_a_step = 8; // more are left to the next interrupt, which comes at once

void expire(Timer& timer)
{
    switch (timer.kind) {
    case timer_thread_sleep:
        wake_by_timer(*static_cast<ThreadTimer&>(timer).thread);
        break;
    case timer_process_real:
        real_timer_expired(*static_cast<ProcessTimer&>(timer).process);
        break;
    case timer_load_sample:
        sample_load(this_torus());
        break;
    case timer_file:
        timer_file_expired(static_cast<TimerFile&>(timer));
        break;
    case timer_round:
        play_round(this_torus());
        break;
    }
}

// When the running thread must be looked at: its slice is over, or it has used the processor time that a
// timer or limit of its process waits for.
std::uint64_t end_of_run(Torus const& torus, std::uint64_t now)
{
    if (torus.run_queue.current() == nullptr || torus.current == nullptr)
        return never;
    RunQueue const& queue = torus.run_queue;
    bool const limited = queue.someone_waits() || queue.current_is_budgeted();
    std::uint64_t const slice = limited ? queue.next_preemption(now) : never;
    return std::min(slice, processor_time_deadline(*torus.current, now));
}

// When the torus has something to do whoever runs.
std::uint64_t next_event(Torus const& torus)
{
    return std::min(torus.timers.earliest(), torus.run_queue.next_period_begins());
}

std::uint64_t sample_ticks()
{
    return LoadAverage::period_s * arch::ticks_per_second();
}

void arm_sample(Torus& torus)
{
    LoadAverage& load = torus.load;
    load.timer.kind = timer_load_sample;
    torus.timers.arm(load.timer, load.sampled_at + sample_ticks());
}

} // namespace

bool needs_slice()
{
    Torus const& torus = this_torus();
    if (torus.current == nullptr) // its last thread is gone, the next is not in the core yet
        return false;
    return torus.run_queue.someone_waits() || torus.run_queue.current_is_budgeted()
        || torus.current->process->processor_check_ticks != never;
}

void arm_slice()
{
    Torus& torus = this_torus();
    arm_slice(torus, *torus.current->process, torus.charged_at);
}

[[gnu::noinline, clang::preserve_most]] void arm_slice_at(Torus& torus, std::uint64_t latest)
{
    torus.armed_deadline = latest;
    arch::set_deadline(latest);
}

[[gnu::noinline, clang::preserve_most]] void arm_processor_time()
{
    arm_timer();
}

void sample_load(Torus& torus)
{
    LoadAverage& load = torus.load;
    load.sample(torus.run_queue.runnable());
    load.sampled_at = arch::now_ticks();
    load.asleep = torus.run_queue.runnable() == 0 && !torus.rounds.quiet;
    if (!load.asleep && !torus.rounds.quiet)
        arm_sample(torus);
}

void wake_load(Torus& torus)
{
    LoadAverage& load = torus.load;
    std::uint64_t const missed = (arch::now_ticks() - load.sampled_at) / sample_ticks();
    load.sample_idle(missed);
    load.sampled_at += missed * sample_ticks();
    load.asleep = false;
    arm_sample(torus);
    arm_timer();
}

void arm_timer()
{
    Torus& torus = this_torus();
    std::uint64_t deadline = next_event(torus);
    if (torus.run_queue.current() != nullptr && needs_slice()) {
        charge_current();
        deadline = std::min(deadline, end_of_run(torus, torus.charged_at));
    }
    if (deadline == torus.armed_deadline)
        return;
    torus.armed_deadline = deadline;
    arch::set_deadline(deadline);
}

void timer_expired()
{
    Torus& torus = this_torus();
    torus.armed_deadline = never;
    charge_current();
    std::uint64_t const now = torus.charged_at;
    for (unsigned i = 0; i < timers_a_step; ++i) {
        Timer* const timer = torus.timers.pop_expired(now);
        if (timer == nullptr)
            break;
        expire(*timer);
    }
    RunQueue& queue = torus.run_queue;
    bool const renewed = queue.replenish(now);
    bool const slice_over = queue.current() != nullptr
        && (renewed || queue.current_is_budgeted()
            || (queue.someone_waits() && queue.next_preemption(now) <= now));
    if (!slice_over)
        return arm_timer();
    // Not armed for the slice again: it is past, and would interrupt until somebody else is chosen.
    torus.current->attention |= attend_reschedule;
    torus.armed_deadline = next_event(torus);
    arch::set_deadline(torus.armed_deadline);
}

} // namespace torc
