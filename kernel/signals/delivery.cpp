// SPDX-License-Identifier: MIT
// Delivery, on the way back to EL0: takes pending signals one by one and acts on each, until a handler has
// been entered for all of them, the thread stops, or the process dies.
#include "arch/signal_frame.hpp"
#include "kernel/linux/outcome.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/lifecycle.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/signals/default_action.hpp"
#include "kernel/signals/pending.hpp"
#include "kernel/signals/restart.hpp"
#include "kernel/signals/signal_records.hpp"
#include "kernel/signals/signal_stack.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/time/interval_timers.hpp"
#include "kernel/time/vdso.hpp"
#include "kernel/tori/far_inode.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

constexpr unsigned frames_a_pass
    = 3; // keeps a pass below 1,000 instructions; attend_signal stays set for more, and another pass follows
constexpr std::int32_t init_pid = 1;

struct Interruption {
    bool in_call;
    OnSignal how;
};

struct Taken {
    unsigned signal; // 0: none
    SignalInfo const* info; // lasts until the next one is taken or sent
};

// Takes the next signal: the thread's own before the process's, faults before all.
Taken take_next(Thread& thread)
{
    Process& process = *thread.process;
    SignalInfo& scratch = this_torus().signals->taken;
    SignalSet const own = thread.pending.set & ~thread.blocked;
    if (unsigned const signal = next_signal(own); signal != 0)
        return {signal, &pending_take(thread.pending, process, signal, scratch)};
    unsigned const signal = next_signal(process.pending.set & ~thread.blocked);
    if (signal == 0)
        return {0, nullptr};
    SignalInfo const& info = pending_take(process.pending, process, signal, scratch);
    if (signal == sig::alrm)
        real_timer_taken(process);
    return {signal, &info};
}

void end_call(Thread& thread, Interruption& interruption, CallFate fate)
{
    interruption.in_call = false;
    thread.in_call = false;
    if (fate == CallFate::IssueAgain)
        thread.frame.pc -= arch::call_instruction_size;
    else
        thread.frame.x[0] = static_cast<std::uint64_t>(-linux_abi::errno_of(Status::Interrupted));
}

// A call that fails whatever the signal does: its mask is put back when no handler needs it.
void fail_call(Thread& thread)
{
    restore_saved_mask(thread);
    thread.restart.clear();
}

std::uint64_t trampoline(Thread const& thread, SignalAction const& action)
{
    if (action.flags & action_flag::restorer)
        return action.restorer;
    return thread.space->layout.vdso + vdso_sigreturn_offset();
}

// Linux's force_sigsegv: a SIGSEGV handler whose frame does not fit must not be tried again.
void frame_failed(Thread& thread, unsigned signal)
{
    if (signal == sig::segv)
        thread.process->actions[sig::segv - 1].handler = handler_default;
    force_signal(thread, kernel_signal(sig::segv));
}

enum class Entry : std::uint8_t { Entered, Failed, Waits };

// The frame's page is on its way from another torus: the signal is pending again until it is here. As the
// thread's own, for this one has taken it.
Entry wait_with(Thread& thread, SignalInfo const& info)
{
    SignalInfo const kept = info;
    (void)pending_add(thread.pending, *thread.process, kept);
    (void)wait_for_far(thread);
    return Entry::Waits;
}

Entry enter_handler(Thread& thread, unsigned signal, SignalInfo const& info)
{
    if (thread.leaving & leaves_to_limb) [[unlikely]]
        fetch_float(thread);
    SignalAction& action = thread.process->actions[signal - 1];
    bool const mask_saved = thread.restart.mask_saved;
    SignalSet const old_mask = mask_saved ? thread.restart.saved_mask : thread.blocked;
    bool const to_alternate = (action.flags & action_flag::on_stack) && stack_can_be_entered(thread);
    std::uint64_t const top
        = to_alternate ? thread.alternate_stack.base + thread.alternate_stack.size : thread.frame.sp;
    bool const on_alternate = to_alternate || is_on_stack(thread.alternate_stack, thread.frame.sp);
    std::uint64_t const limit = on_alternate ? thread.alternate_stack.base : 0;
    auto const pushed
        = arch::push_signal_frame(thread, {info, action, old_mask, top, limit, trampoline(thread, action)});
    if (!pushed && page_is_coming(thread)) [[unlikely]]
        return wait_with(thread, info);
    if (action.flags & action_flag::reset_hand)
        action.handler = handler_default;
    if (!pushed) [[unlikely]] {
        frame_failed(thread, signal);
        return Entry::Failed;
    }
    SignalSet const self = action.flags & action_flag::no_defer ? 0 : signal_bit(signal);
    SignalSet const before = thread.blocked;
    thread.blocked = (before | action.mask | self) & ~unblockable_signals;
    if ((thread.process->pending.set & thread.blocked & ~before) != 0) [[unlikely]]
        signals_pass_on(thread, thread.blocked & ~before);
    thread.restart.clear();
    if (thread.alternate_stack.flags & stack_auto_disarm)
        thread.alternate_stack = {};
    return Entry::Entered;
}

// Job control has nobody to continue a stopped process of an orphaned group: terminal stops do nothing there.
bool may_stop(Process const& process, unsigned signal)
{
    return signal == sig::stop || !group_is_orphaned(*process.group);
}

enum class Step : std::uint8_t { Next, Stopped, Died };

Step act_by_default(Thread& thread, unsigned signal)
{
    Process& process = *thread.process;
    switch (default_action(signal)) {
    case DefaultAction::Ignore:
        return Step::Next;
    case DefaultAction::Stop:
        if (process.pid == init_pid || !may_stop(process, signal))
            return Step::Next;
        process_stop(process, signal);
        return Step::Stopped;
    case DefaultAction::Terminate:
    case DefaultAction::Core: // no core is written, so none is reported
        break;
    }
    process_die(process, wait_killed(signal));
    return Step::Died;
}

Delivery deliver(Thread& thread, Interruption interruption)
{
    unsigned frames = 0;
    bool const fails = interruption.in_call && interruption.how == OnSignal::Interrupt;
    if (fails)
        end_call(thread, interruption, CallFate::Fail);
    while (frames < frames_a_pass) {
        if (thread.attention & attend_kill) [[unlikely]]
            return Delivery::Died;
        auto const [signal, info] = take_next(thread);
        if (signal == 0)
            break;
        SignalAction const& action = thread.process->actions[signal - 1];
        if (action.handler == handler_ignore)
            continue;
        if (action.handler == handler_default) {
            Step const step = act_by_default(thread, signal);
            if (step == Step::Next)
                continue;
            if (fails)
                fail_call(thread);
            return step == Step::Died ? Delivery::Died : Delivery::Stopped;
        }
        if (interruption.in_call)
            end_call(thread, interruption, fate_of_call(interruption.how, action));
        Entry const entry = enter_handler(thread, signal, *info);
        if (entry == Entry::Waits) { // to the run loop it is as good as stopped
            recompute_attention(thread);
            return Delivery::Stopped;
        }
        frames += entry == Entry::Entered;
    }
    if (fails)
        fail_call(thread);
    recompute_attention(thread);
    return Delivery::Proceed;
}

} // namespace

SignalSet deliverable(Thread const& thread)
{
    return (thread.pending.set | thread.process->pending.set) & ~thread.blocked;
}

void recompute_attention(Thread& thread)
{
    if (deliverable(thread) != 0)
        thread.attention |= attend_signal;
    else
        thread.attention &= static_cast<std::uint8_t>(~attend_signal);
}

void set_signal_mask(Thread& thread, SignalSet blocked)
{
    SignalSet const before = thread.blocked;
    thread.blocked = blocked & ~unblockable_signals;
    recompute_attention(thread);
    if ((thread.process->pending.set & thread.blocked & ~before) != 0) [[unlikely]]
        signals_pass_on(thread, thread.blocked & ~before);
}

Delivery deliver_pending(Thread& thread)
{
    return deliver(thread, {false, OnSignal::Interrupt});
}

Delivery deliver_interrupted(Thread& thread, OnSignal how)
{
    return deliver(thread, {true, how});
}

void replace_mask(Thread& thread, SignalSet blocked)
{
    thread.restart.saved_mask = thread.blocked;
    thread.restart.mask_saved = true;
    thread.attention |= attend_mask; // also when the call completes at once
    set_signal_mask(thread, blocked);
}

void restore_saved_mask(Thread& thread)
{
    if (!thread.restart.mask_saved)
        return;
    thread.restart.mask_saved = false;
    set_signal_mask(thread, thread.restart.saved_mask);
}

} // namespace torc
