// SPDX-License-Identifier: MIT
// The pool of queued signals of a torus.
#pragma once
#include "kernel/process/wait_queue.hpp"
#include "kernel/result.hpp"
#include "kernel/signals/signal_types.hpp"
#include "substrate/pool.hpp"

namespace torc {
struct Torus;

struct SignalHandlers { // pool record
    SignalHandlers() { } // NOLINT: provided, so that nothing is cleared before it is copied
    SignalAction actions[signal_count];
    std::uint32_t references;
    WaitQueue watchers; // signalfd: who reads or polls one in a process with these handlers
};

struct SignalRecords {
    Pool<QueuedSignal> queued;
    Pool<SignalHandlers> handlers;
    SignalInfo taken; // what delivery is at
};

// Boot: opens the pool for `limit` records and enters it in torus.signals.
Result<void> signals_start(Torus& torus, SignalRecords& records, std::uint32_t limit);

} // namespace torc
