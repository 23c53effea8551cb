// SPDX-License-Identifier: MIT
#include "kernel/signals/pending.hpp"
#include "kernel/process/process.hpp"
#include "kernel/signals/default_action.hpp"
#include "kernel/signals/signal_records.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

void release(PendingSignals& pending, Process& owner, QueuedSignal& record)
{
    --owner.queued_signals;
    if (&record == &pending.own)
        pending.own_used = false;
    else
        this_torus().signals->queued.destroy(&record);
}

// Sources that report nothing back (kill, the kernel) may exceed the limit, sigqueue may not.
QueuedSignal* make_record(PendingSignals& pending, Process& owner, SignalInfo const& info)
{
    bool const may_exceed = static_cast<unsigned>(info.signo) < sig::rtmin && info.code >= 0;
    if (!may_exceed && owner.queued_signals >= owner.limits[Resource::SignalsPending].soft)
        return nullptr;
    QueuedSignal* const record = pending.own_used ? this_torus().signals->queued.create() : &pending.own;
    if (record == nullptr)
        return nullptr;
    pending.own_used = true;
    record->info = info;
    ++owner.queued_signals;
    return record;
}

} // namespace

Result<void> pending_add(PendingSignals& pending, Process& owner, SignalInfo const& info)
{
    auto const signal = static_cast<unsigned>(info.signo);
    if (signal < sig::rtmin && in_set(pending.set, signal))
        return {};
    if (signal != sig::kill) {
        QueuedSignal* const record = make_record(pending, owner, info);
        if (record != nullptr)
            pending.queue.push_back(*record);
        else if (signal >= sig::rtmin && info.code != signal_code::user)
            return unexpected{Status::WouldBlock};
    }
    pending.set |= signal_bit(signal);
    return {};
}

SignalInfo const& pending_take(PendingSignals& pending, Process& owner, unsigned signal, SignalInfo& scratch)
{
    QueuedSignal* found = nullptr;
    bool more = false;
    for (QueuedSignal& record : pending.queue) {
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
    if (!more)
        pending.set &= ~signal_bit(signal);
    if (found == nullptr) {
        scratch = SignalInfo{};
        scratch.signo = static_cast<int>(signal);
        return scratch;
    }
    pending.queue.erase(pending.queue.iterator_to(*found));
    bool const own = found == &pending.own;
    if (!own)
        scratch = found->info;
    release(pending, owner, *found);
    return own ? pending.own.info : scratch;
}

void pending_drop(PendingSignals& pending, Process& owner, SignalSet set)
{
    if ((pending.set & set) == 0)
        return;
    pending.set &= ~set;
    for (auto it = pending.queue.begin(); it != pending.queue.end();) {
        QueuedSignal& record = *it;
        if (!in_set(set, static_cast<unsigned>(record.info.signo))) {
            ++it;
            continue;
        }
        it = pending.queue.erase(it);
        release(pending, owner, record);
    }
}

} // namespace torc
