// SPDX-License-Identifier: MIT
// Sending: what a signal does at once (SIGKILL, stop and continue cancel one another), whether it is kept,
// and which thread has to look.
#include "kernel/files/file_flags.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/lifecycle.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/signals/default_action.hpp"
#include "kernel/signals/pending.hpp"
#include "kernel/signals/signal_records.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/travel.hpp"
#include "kernel/tori/visitors.hpp"

namespace torc {
namespace {

constexpr std::int32_t init_pid = 1;

// The first process is not killed by signals it has no handler for.
bool is_protected(Process const& process, unsigned signal)
{
    return process.pid == init_pid && process.actions[signal - 1].handler == handler_default;
}

// Dropped at once: ignored, and no thread could keep it blocked until it is caught.
bool is_dropped(Process& process, SignalSet blocked, unsigned signal)
{
    if (in_set(blocked, signal))
        return false;
    return is_protected(process, signal) || is_ignored(process.actions[signal - 1], signal);
}

void drop_pending(Process& process, SignalSet set)
{
    pending_drop(process.pending, process, set);
    for (Thread& thread : process.threads)
        pending_drop(thread.pending, process, set);
}

// Stop signals and SIGCONT cancel one another, even when blocked or ignored.
void cancel_opposites(Process& process, unsigned signal)
{
    if (in_set(stop_signals, signal)) {
        drop_pending(process, signal_bit(sig::cont));
    } else if (signal == sig::cont) {
        drop_pending(process, stop_signals);
        process_continue(process);
    }
}

// A handler of the program's: it is neither ignored nor acts by default.
bool is_caught(Process const& process, unsigned signal)
{
    std::uint64_t const handler = process.actions[signal - 1].handler;
    return handler != handler_default && handler != handler_ignore;
}

// Ends the process without waiting for a thread to look, so that also waits that only a fatal signal ends
// end. Not for those that would leave a core: they say where the thread was.
bool kills_at_once(Process& process, Thread const& thread, unsigned signal)
{
    if (signal == sig::kill)
        return process.pid != init_pid;
    if (process.stopped) // it stays pending until the process goes on
        return false;
    SignalAction const& action = process.actions[signal - 1];
    return action.handler == handler_default && default_action(signal) == DefaultAction::Terminate
        && !in_set(thread.blocked, signal) && !is_protected(process, signal);
}

void alert(Thread& thread)
{
    thread.attention |= attend_signal;
    if (thread.state != ThreadState::Runnable)
        wake_for_signal(thread);
}

// Blocked, but somebody may be in rt_sigtimedwait for it.
void wake_awaiting(Process& process, Thread* only, unsigned signal)
{
    for (Thread& thread : process.threads)
        if ((only == nullptr || only == &thread) && !thread.exiting && in_set(thread.awaited, signal))
            return wake(thread);
}

bool can_take(Thread const& thread, unsigned signal)
{
    return !thread.exiting && !in_set(thread.blocked, signal);
}

// A thread that can take a signal of the process: the leader if it can, rather one that has none to look at.
Thread* pick_thread(Process& process, unsigned signal)
{
    Thread* busy = nullptr;
    for (Thread& thread : process.threads) {
        if (!can_take(thread, signal))
            continue;
        if ((thread.attention & attend_signal) == 0)
            return &thread;
        if (busy == nullptr)
            busy = &thread;
    }
    return busy;
}

Result<void> send(Process& process, Thread* only, SignalInfo const& info)
{
    auto const signal = static_cast<unsigned>(info.signo);
    if (only != nullptr && only->visiting) [[unlikely]] { // its home hears of it with the answer
        note_raised(*only, signal);
        return {};
    }
    if (!process.home.is_null()) [[unlikely]] { // has moved: it goes there, when it is gone from here
        Result<void> const kept = pending_add(process.pending, process, info);
        if (process.threads.empty())
            forward_signals(process);
        return kept;
    }
    if (process.state != ProcessState::Alive || process.threads.empty())
        return {};
    if (in_set(stop_signals | signal_bit(sig::cont), signal))
        cancel_opposites(process, signal);
    if (process.embryo) [[unlikely]] // its group's: kept until it has come, else it ends with the embryo
        return pending_add(process.pending, process, info);
    Thread* const taker = only != nullptr ? only : pick_thread(process, signal);
    if (!is_caught(process, signal)) {
        // Blocked everywhere: it stays pending whatever its action is, which may change.
        SignalSet const blocked = only != nullptr ? only->blocked : taker == nullptr ? signal_bit(signal) : 0;
        if (is_dropped(process, blocked, signal))
            return {};
        if (taker != nullptr && kills_at_once(process, *taker, signal)) {
            process_die(process, wait_killed(signal));
            return {};
        }
    }
    TRY(pending_add(only != nullptr ? only->pending : process.pending, process, info));
    if (!process.handlers->watchers.empty()) [[unlikely]]
        process.handlers->watchers.wake(~0u, poll_event::in);
    if (taker != nullptr && !in_set(taker->blocked, signal))
        alert(*taker);
    else
        wake_awaiting(process, only, signal);
    return {};
}

} // namespace

void signals_pass_on(Thread& thread, SignalSet set)
{
    Process& process = *thread.process;
    SignalSet left = process.pending.set & set;
    if (left == 0 || process.live_threads < 2) [[likely]]
        return;
    for (Thread& other : process.threads) {
        SignalSet const taken = left & ~other.blocked;
        if (&other == &thread || other.exiting || taken == 0)
            continue;
        alert(other);
        left &= ~taken;
        if (left == 0)
            return;
    }
}

SignalInfo kernel_signal(unsigned signal)
{
    SignalInfo info;
    info.signo = static_cast<int>(signal);
    info.code = signal_code::kernel;
    return info;
}

SignalInfo user_signal(unsigned signal, int code, Process const& sender)
{
    SignalInfo info;
    info.signo = static_cast<int>(signal);
    info.code = code;
    info.kill = {sender.pid, sender.credentials.uid, 0};
    return info;
}

Result<void> signal_send(Process& process, SignalInfo const& info)
{
    return send(process, nullptr, info);
}

Result<void> signal_send(Thread& thread, SignalInfo const& info)
{
    return send(*thread.process, &thread, info);
}

void signal_post(Process& process, unsigned signal)
{
    (void)send(process, nullptr, kernel_signal(signal)); // a standard signal is never refused
}

void signal_post(ProcessGroup& group, unsigned signal)
{
    signal_group(group.id, signal);
}

void force_signal(Thread& thread, SignalInfo const& info)
{
    Process& process = *thread.process;
    auto const signal = static_cast<unsigned>(info.signo);
    SignalAction& action = process.actions[signal - 1];
    if (in_set(thread.blocked, signal) || action.handler == handler_ignore) {
        action.handler = handler_default;
        thread.blocked &= ~signal_bit(signal);
    }
    // Also the first process dies of what it did itself.
    if (action.handler == handler_default && process.pid == init_pid) {
        process_die(process, wait_killed(signal));
        return;
    }
    (void)pending_add(thread.pending, process, info);
    alert(thread);
}

void force_default_signal(Thread& thread, unsigned signal)
{
    thread.process->actions[signal - 1].handler = handler_default;
    force_signal(thread, kernel_signal(signal));
}

void force_fault(Thread& thread, unsigned signal, int code, std::uint64_t address, std::uint64_t syndrome)
{
    SignalInfo info;
    info.signo = static_cast<int>(signal);
    info.code = code;
    info.fault.address = address;
    thread.fault_address = address;
    thread.fault_syndrome = syndrome;
    force_signal(thread, info);
}

bool may_signal(Process const& sender, Process const& target, unsigned signal)
{
    Credentials const& from = sender.credentials;
    Credentials const& to = target.credentials;
    if (&sender == &target || from.capable(Capability::Kill))
        return true;
    if (from.euid == to.suid || from.euid == to.uid || from.uid == to.suid || from.uid == to.uid)
        return true;
    return signal == sig::cont && sender.group->session == target.group->session;
}

} // namespace torc
