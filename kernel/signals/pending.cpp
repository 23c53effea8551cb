// SPDX-License-Identifier: MIT
#include "kernel/signals/pending.hpp"
#include "kernel/process/process.hpp"
#include "kernel/signals/default_action.hpp"
#include "kernel/signals/signal_records.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/time/interval_timers.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

void release(Process& owner, QueuedSignal& record)
{
    --owner.queued_signals;
    this_torus().signals->queued.destroy(&record);
}

bool may_queue(Process const& owner, SignalInfo const& info)
{
    // Sources that report nothing back (kill, the kernel) may exceed the limit, sigqueue may not.
    bool const may_exceed = static_cast<unsigned>(info.signo) < sig::rtmin && info.code >= 0;
    return may_exceed || owner.queued_signals < owner.limits[Resource::SignalsPending].soft;
}

// False: there is no record for it.
bool enqueue(PendingSignals& pending, Process& owner, SignalInfo const& info)
{
    QueuedSignal* const record = this_torus().signals->queued.create();
    if (record == nullptr)
        return false;
    record->info = info;
    pending.queue.push_back(*record);
    ++owner.queued_signals;
    return true;
}

// The oldest record of a signal. `more`: there is another.
QueuedSignal const* find_record(PendingSignals const& pending, unsigned signal, bool& more)
{
    QueuedSignal const* found = nullptr;
    for (QueuedSignal const& record : pending.queue) {
        if (record.info.signo != static_cast<int>(signal))
            continue;
        if (found != nullptr) {
            more = true;
            break;
        }
        found = &record;
        if (signal < sig::rtmin) // queued at most once
            break;
    }
    return found;
}

} // namespace

Result<void> pending_add(PendingSignals& pending, Process& owner, SignalInfo const& info)
{
    auto const signal = static_cast<unsigned>(info.signo);
    bool const standard = signal < sig::rtmin;
    if (standard && in_set(pending.set, signal))
        return {};
    if (signal != sig::kill) {
        bool const allowed = may_queue(owner, info);
        if (allowed && standard && pending.first_signal == 0) [[likely]] {
            pending.first_signal = signal;
            pending.first = info;
            ++owner.queued_signals;
        } else if (!(allowed && enqueue(pending, owner, info)) && !standard
            && info.code != signal_code::user) {
            return unexpected{Status::WouldBlock};
        }
    }
    pending.set |= signal_bit(signal);
    return {};
}

SignalInfo const& pending_take_record(
    PendingSignals& pending, Process& owner, unsigned signal, SignalInfo& scratch)
{
    bool more = false;
    auto* const found = const_cast<QueuedSignal*>(find_record(pending, signal, more)); // it is `pending`'s
    if (!more)
        pending.set &= ~signal_bit(signal);
    if (found == nullptr) {
        scratch = SignalInfo{};
        scratch.signo = static_cast<int>(signal);
        return scratch;
    }
    scratch = found->info;
    pending.queue.erase(pending.queue.iterator_to(*found));
    release(owner, *found);
    return scratch;
}

SignalInfo const& pending_look(PendingSignals const& pending, unsigned signal, SignalInfo& scratch)
{
    if (pending.first_signal == signal)
        return pending.first;
    bool more = false;
    if (QueuedSignal const* const found = find_record(pending, signal, more))
        return found->info;
    scratch = SignalInfo{};
    scratch.signo = static_cast<int>(signal);
    return scratch;
}

unsigned take_signal(Thread& thread, SignalSet wanted, SignalInfo& info)
{
    Process& process = *thread.process;
    if (unsigned const signal = next_signal(thread.pending.set & wanted); signal != 0) {
        info = pending_take(thread.pending, process, signal, info);
        return signal;
    }
    unsigned const signal = next_signal(process.pending.set & wanted);
    if (signal == 0)
        return 0;
    info = pending_take(process.pending, process, signal, info);
    if (signal == sig::alrm)
        real_timer_taken(process);
    return signal;
}

void pending_drop(PendingSignals& pending, Process& owner, SignalSet set)
{
    if ((pending.set & set) == 0)
        return;
    pending.set &= ~set;
    if (pending.first_signal != 0 && in_set(set, pending.first_signal)) {
        pending.first_signal = 0;
        --owner.queued_signals;
    }
    for (auto it = pending.queue.begin(); it != pending.queue.end();) {
        QueuedSignal& record = *it;
        if (!in_set(set, static_cast<unsigned>(record.info.signo))) {
            ++it;
            continue;
        }
        it = pending.queue.erase(it);
        release(owner, record);
    }
}

} // namespace torc
