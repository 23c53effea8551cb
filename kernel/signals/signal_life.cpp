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
    open_pool(records.handlers, limit);
    add_pool_row("signal-handlers", records.handlers);
    torus.signals = &records;
    return {};
}

void signals_inherit(Thread& child, Thread const& parent)
{
    child.blocked = parent.blocked;
    child.alternate_stack = parent.alternate_stack;
}

namespace {

Result<SignalHandlers*> make_handlers()
{
    SignalHandlers* const made = this_torus().signals->handlers.create();
    if (made == nullptr)
        return unexpected{Status::NoMemory};
    made->references = 1;
    return made;
}

void clear_caught(SignalAction* actions)
{
    for (unsigned i = 0; i < signal_count; ++i)
        actions[i] = {actions[i].handler == handler_ignore ? handler_ignore : handler_default, 0, 0, 0};
}

void use(Process& process, SignalHandlers& handlers)
{
    process.handlers = &handlers;
    process.actions = handlers.actions;
}

} // namespace

Result<void> signals_open(Process& first)
{
    use(first, *TRY(make_handlers()));
    std::ranges::fill(first.handlers->actions, SignalAction{});
    return {};
}

bool signals_shared(Process const& process)
{
    return process.handlers->references > 1;
}

SignalSet ignored_signals(Process const& process)
{
    SignalSet set = 0;
    for (unsigned signal = 1; signal <= signal_count; ++signal)
        set |= process.actions[signal - 1].handler == handler_ignore ? signal_bit(signal) : 0;
    return set;
}

void ignore_signals(Process& process, SignalSet set)
{
    for (unsigned signal = 1; signal <= signal_count; ++signal)
        if (set & signal_bit(signal))
            process.actions[signal - 1].handler = handler_ignore;
}

Result<void> signals_inherit(Process& child, Process const& parent, Handlers how)
{
    if (how == Handlers::Shared) {
        ++parent.handlers->references;
        use(child, *parent.handlers);
        return {};
    }
    use(child, *TRY(make_handlers()));
    std::ranges::copy(parent.handlers->actions, child.actions);
    if (how == Handlers::Cleared)
        clear_caught(child.actions);
    return {};
}

Result<void> signals_unshare(Process& process)
{
    SignalHandlers& old = *process.handlers;
    if (old.references == 1)
        return {};
    use(process, *TRY(make_handlers()));
    std::ranges::copy(old.actions, process.actions);
    --old.references;
    return {};
}

void signals_close(Process& process)
{
    if (process.handlers != nullptr && --process.handlers->references == 0) {
        process.handlers->watchers.dissolve();
        this_torus().signals->handlers.destroy(process.handlers);
    }
    process.handlers = nullptr;
    process.actions = nullptr;
}

void signals_exec(Thread& thread)
{
    clear_caught(thread.process->actions);
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
