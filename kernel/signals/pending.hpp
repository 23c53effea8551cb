// SPDX-License-Identifier: MIT
// Pending sets: a bit per signal, and a record per occurrence that carries its details. A bit may stand
// without a record (SIGKILL, or no memory for one), never a record without its bit.
#pragma once
#include "kernel/process/process.hpp"
#include "kernel/result.hpp"
#include "kernel/signals/signal_types.hpp"

namespace torc {
// Adds one occurrence. A standard signal that is pending already is not added again; a real-time one always
// is, or refused (WouldBlock) when `owner` has RLIMIT_SIGPENDING records.
Result<void> pending_add(PendingSignals& pending, Process& owner, SignalInfo const& info);
SignalInfo const& pending_take_record(
    PendingSignals& pending, Process& owner, unsigned signal, SignalInfo& scratch);
// Takes the oldest occurrence of `signal` out, which must be in the set. What is returned lasts until the
// next change of `pending` or of `scratch`.
inline SignalInfo const& pending_take(
    PendingSignals& pending, Process& owner, unsigned signal, SignalInfo& scratch)
{
    if (pending.first_signal != signal) [[unlikely]]
        return pending_take_record(pending, owner, signal, scratch);
    pending.first_signal = 0;
    pending.set &= ~signal_bit(signal);
    --owner.queued_signals;
    return pending.first;
}
// The same, and leaves it there.
SignalInfo const& pending_look(PendingSignals const& pending, unsigned signal, SignalInfo& scratch);
// Takes the next one of `wanted` that waits for the thread, or else for its process, whatever is blocked; 0:
// none. The caller recomputes the thread's attention.
unsigned take_signal(Thread& thread, SignalSet wanted, SignalInfo& info);
// Drops all occurrences of the signals in `set`.
void pending_drop(PendingSignals& pending, Process& owner, SignalSet set);

} // namespace torc
