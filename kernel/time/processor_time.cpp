// SPDX-License-Identifier: MIT
// Who used the core. Charged when threads change and when somebody asks, never per call: so what a thread
// spends in the kernel counts as user time, except in calls that go on in several grains.
#include "kernel/time/processor_time.hpp"
#include "arch/clock.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/process/process.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/time/interval_timers.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc {
namespace {

std::uint64_t used(Process const& process)
{
    return process.use.user_ticks + process.use.kernel_ticks;
}

// VIRTUAL or PROF: sends the signal and moves on, when its time has come.
void check_timer(Process& process, IntervalTimer& timer, std::uint64_t use, unsigned signal)
{
    if (timer.deadline_ticks == 0 || use < timer.deadline_ticks)
        return;
    signal_post(process, signal);
    timer.deadline_ticks = timer.interval_ticks == 0 ? 0 : use + timer.interval_ticks;
}

// SIGXCPU at the soft limit and every second after it, SIGKILL at the hard one.
void check_limit(Process& process)
{
    Limit& limit = process.limits[Resource::Cpu];
    if (limit.soft == unlimited)
        return;
    std::uint64_t const seconds = used(process) / arch::ticks_per_second();
    if (seconds >= limit.hard)
        signal_post(process, sig::kill);
    else if (seconds >= limit.soft) {
        signal_post(process, sig::xcpu);
        limit.soft = seconds + 1;
    }
}

std::uint64_t limit_ticks(Process const& process)
{
    std::uint64_t const soft = process.limits[Resource::Cpu].soft;
    std::uint64_t const second = arch::ticks_per_second();
    return soft >= never / second ? never : soft * second;
}

} // namespace

[[gnu::noinline, gnu::cold, clang::preserve_most]] void check_processor_time(Process& process)
{
    check_timer(process, process.timers[1], process.use.user_ticks, sig::vtalrm);
    check_timer(process, process.timers[2], used(process), sig::prof);
    check_limit(process);
    processor_check_changed(process);
}

void processor_check_changed(Process& process)
{
    // VIRTUAL counts user ticks only; looking at the sum is at worst too early.
    std::uint64_t at = limit_ticks(process);
    if (process.timers[1].deadline_ticks != 0)
        at = std::min(at, process.timers[1].deadline_ticks + process.use.kernel_ticks);
    if (process.timers[2].deadline_ticks != 0)
        at = std::min(at, process.timers[2].deadline_ticks);
    process.processor_check_ticks = at;
    if (at != never && process.space != nullptr && process.space->walkers != 0) [[unlikely]]
        for (Thread& thread : process.threads)
            recall(thread); // their time is counted here from now on
}

std::uint64_t processor_time_deadline(Thread const& thread, std::uint64_t now_ticks)
{
    Process const& process = *thread.process;
    if (process.processor_check_ticks == never)
        return never;
    std::uint64_t const use = used(process);
    std::uint64_t const left = process.processor_check_ticks > use ? process.processor_check_ticks - use : 0;
    return now_ticks + std::max<std::uint64_t>(left, arch::ticks_per_second() / 10'000);
}

// The same for one that is in the middle of a call.
static std::uint64_t account_call_time(Torus& torus, Thread& thread, std::uint64_t now)
{
    std::uint64_t const ran = now - torus.charged_at;
    torus.charged_at = now;
    torus.kernel_ticks += ran;
    thread.kernel_ticks += ran;
    Process& process = *thread.process;
    process.use.kernel_ticks += ran;
    if (used(process) >= process.processor_check_ticks) [[unlikely]]
        check_processor_time(process);
    return ran;
}

void charge_current()
{
    Torus& torus = this_torus();
    std::uint64_t const now = arch::now_ticks();
    if (torus.run_queue.current() != nullptr && torus.current != nullptr) [[likely]] {
        Thread& thread = *torus.current;
        std::uint64_t const ran
            = thread.in_call ? account_call_time(torus, thread, now) : account_user_time(torus, thread, now);
        torus.run_queue.charge(ran, now);
        return;
    }
    if (torus.current != nullptr && torus.current->visiting) // a visit that is not in the queue
        return (void)account_call_time(torus, *torus.current, now);
    torus.idle_ticks += now - torus.charged_at;
    torus.charged_at = now;
}

} // namespace torc
