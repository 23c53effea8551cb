// SPDX-License-Identifier: MIT
// Signals at the turns of a process's life: boot, fork, exec, exit.
#include "kernel/memory/record_backing.hpp"
#include "kernel/objects.hpp"
#include "kernel/process/process.hpp"
#include "kernel/signals/default_action.hpp"
#include "kernel/signals/pending.hpp"
#include "kernel/signals/signal_records.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc {

Result<void> signals_start(Torus& torus, SignalRecords& records, std::uint32_t limit)
{
    open_pool(records.queued, limit);
    add_pool_row("queued-signal", records.queued);
    torus.signals = &records;
    return {};
}

void signals_inherit(Thread& child, Thread const& parent)
{
    child.blocked = parent.blocked;
    child.alternate_stack = parent.alternate_stack;
}

void signals_inherit(Process& child, Process const& parent)
{
    std::ranges::copy(parent.actions, child.actions);
}

void signals_exec(Thread& thread)
{
    Process& process = *thread.process;
    for (SignalAction& action : process.actions)
        action = {action.handler == handler_ignore ? handler_ignore : handler_default, 0, 0, 0};
    thread.alternate_stack = {};
    thread.fault_address = 0;
    thread.fault_syndrome = 0;
}

void signals_discard(Thread& thread)
{
    pending_drop(thread.pending, *thread.process, ~0ull);
}

void signals_discard(Process& process)
{
    pending_drop(process.pending, process, ~0ull);
}

} // namespace torc
