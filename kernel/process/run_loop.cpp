// SPDX-License-Identifier: MIT
#include "kernel/process/run_loop.hpp"
#include "arch/clock.hpp"
#include "arch/cpu.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/linux/call_table.hpp"
#include "kernel/linux/unimplemented.hpp"
#include "kernel/memory/memory_records.hpp"
#include "kernel/memory/out_of_memory.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/proc/proc_asks.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/exit.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/scheduling.hpp"
#include "kernel/process/sequences.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/time/interval_timers.hpp"
#include "kernel/time/processor_time.hpp"
#include "kernel/time/slice.hpp"
#include "kernel/tori/block_loans.hpp"
#include "kernel/tori/far_call.hpp"
#include "kernel/tori/far_closing.hpp"
#include "kernel/tori/far_inode.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/moving.hpp"
#include "kernel/tori/visitors.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"

namespace torc {
namespace {

enum class Advance : std::uint8_t { Enter, Later }; // enter EL0, or choose again

[[gnu::noinline]] Outcome resume(Thread& thread)
{
    switch (thread.restart.kind) {
    case CallKind::Far:
        return far_resume(thread);
    case CallKind::Closing:
        return closing_resume(thread);
    case CallKind::Move:
        return move_resume(thread);
    default:
        return arrive_resume(thread);
    }
}

Outcome run_handler(Thread& thread)
{
    if (has_no_handler(thread.restart.kind)) [[unlikely]]
        return resume(thread);
    std::uint32_t const number = static_cast<std::uint32_t>(thread.frame.x[8]);
    CallHandler const handler
        = number < linux_abi::call_limit ? linux_abi::call_table.rows[number].handler : nullptr;
    if (!handler) [[unlikely]]
        return linux_abi::count_unimplemented(thread, number);
    return handler(thread,
        reinterpret_cast<Arguments const&>(thread.frame.x)); // SAFETY: x0..x5 are the frame's first words
}

// Whether the call left nothing to clear or to put back: kind, step, mask_saved and timed, in one load.
bool nothing_kept(RestartRecord const& record)
{
    std::uint32_t first;
    __builtin_memcpy(&first, &record, sizeof first);
    return first == 0;
}

void complete(Thread& thread, Outcome outcome)
{
    thread.in_call = false;
    thread.frame.x[0] = static_cast<std::uint64_t>(outcome.value());
    if (thread.restart.mask_saved) [[unlikely]]
        thread.attention |= attend_mask;
    else if (!nothing_kept(thread.restart)) {
        end_asks(thread);
        thread.restart.clear();
    }
}

// What is rare on the way to EL0. False: the thread waits first.
[[gnu::noinline]] bool attend_first(Thread& thread)
{
    if (thread.attention & attend_start && thread.start_tid != 0) {
        (void)copy_out(
            Uaddr{thread.start_tid}, thread.id); // as on Linux: a bad address is the caller's own affair
        thread.start_tid = 0;
    }
    if (thread.attention & attend_mask) { // before delivery: the call is over, and its mask with it
        restore_saved_mask(thread);
        thread.restart.clear();
    }
    thread.attention &= static_cast<std::uint8_t>(~(attend_start | attend_mask));
    if (!settle_trap(thread))
        return false;
    bool const in_sequence = thread.attention & attend_sequence;
    thread.attention &= static_cast<std::uint8_t>(~(attend_sequence | attend_page));
    if (!in_sequence || abort_sequence(thread)) // before delivery: a handler returns to where it is aborted
        return true;
    thread.attention |= attend_sequence;
    return !wait_for_far(thread).is_blocked();
}

// Signals, death and the mask that ppoll put aside. True: the thread may enter EL0, or run its call again.
bool attend(Thread& thread)
{
    if (thread.attention & (attend_start | attend_mask | attend_sequence) && !attend_first(thread))
        [[unlikely]]
        return false;
    // All that are deliverable get their frames before the program runs on: those left for later would come
    // in the middle of the first one's handler.
    while (thread.attention & (attend_signal | attend_kill)) {
        switch (deliver_pending(thread)) {
        case Delivery::Proceed:
            break;
        case Delivery::Stopped:
            return false;
        case Delivery::Died:
            begin_exit(thread);
            return false;
        }
        if (thread.attention & attend_signal && arch::interrupt_pending()) {
            thread.attention |= attend_reschedule;
            break;
        }
    }
    return true;
}

bool interrupted(Thread& thread, OnSignal how)
{
    switch (deliver_interrupted(thread, how)) {
    case Delivery::Proceed:
        return true;
    case Delivery::Stopped:
        return false;
    case Delivery::Died:
        begin_exit(thread);
        return false;
    }
    return false;
}

// A handler met a page that is on its way, and took it for a bad address. What it says after a failed copy
// does not count: it runs again when the page is here, as nothing has happened; or has moved some bytes and
// goes on from there.
[[gnu::noinline]] Outcome without_page(Thread& thread, Outcome outcome)
{
    thread.attention &= static_cast<std::uint8_t>(~attend_page);
    bool const goes_on = outcome.value() > 0 && moves_bytes(static_cast<unsigned>(thread.frame.x[8]));
    if (!outcome.finished() || (!goes_on && !outcome.failed()))
        return outcome; // waits for something else, or needed no more than it got
    if (goes_on) {
        thread.restart.kind = CallKind::Read; // both directions only look at `done`
        thread.restart.done = static_cast<std::uint64_t>(outcome.value());
    }
    return Status::NotYet;
}

// What a handler's answer means for the thread that is current.
Advance settle(Thread& thread, Outcome outcome)
{
    if (thread.attention & attend_page) [[unlikely]]
        outcome = without_page(thread, outcome);
    if (outcome.is_elsewhere()) [[unlikely]]
        outcome = far_call(thread);
    if (outcome.is_not_yet()) [[unlikely]]
        outcome = wait_for_far(thread);
    if (outcome.finished()) {
        complete(thread, outcome);
        return Advance::Enter;
    }
    if (outcome.is_yielded()) {
        this_torus().run_queue.yield();
        thread.attention |= attend_reschedule;
        complete(thread, Outcome{0});
        return Advance::Enter;
    }
    if (outcome.is_no_return()) {
        thread.in_call = false;
        return this_torus().current == &thread ? Advance::Enter : Advance::Later;
    }
    thread.in_call = true;
    if (outcome.is_interrupted() && interrupted(thread, outcome.on_signal()))
        return thread.in_call ? Advance::Later : Advance::Enter;
    return Advance::Later;
}

// It is ready for EL0, but perhaps not for this torus's.
[[gnu::noinline]] Advance leave(Thread& thread)
{
    if (thread.leaving & (leaves_for_good | leaves_by_lot) && begin_move(thread))
        return Advance::Later;
    if (thread.leaving & leaves_to_limb)
        return go_to_limb(thread), Advance::Later;
    return Advance::Enter;
}

// Brings the chosen thread to where it can enter EL0. Later: it waits, ended, or gave way.
Advance advance(Thread& thread)
{
    thread.attention &= static_cast<std::uint8_t>(~(attend_reschedule | attend_slice));
    if (thread.visiting) [[unlikely]]
        return (void)run_visitor(thread), Advance::Later;
    if (thread.exiting)
        return exit_step(thread), Advance::Later;
    if (thread.process->stopped && !(thread.attention & attend_kill))
        return stop_thread(thread), Advance::Later;
    if (thread.in_call) {
        if (thread.attention & attend_kill)
            return begin_exit(thread), Advance::Later;
        ++this_torus().calls_restarted;
        if (settle(thread, run_handler(thread)) == Advance::Later)
            return Advance::Later;
    }
    if (thread.attention & ~attend_reschedule && !attend(thread))
        return Advance::Later;
    if (thread.enters_at_once()) [[likely]]
        return Advance::Enter;
    if (thread.in_call || thread.attention & attend_reschedule)
        return Advance::Later;
    return thread.leaving ? leave(thread) : Advance::Enter;
}

[[gnu::always_inline]] inline void put_into_core(Torus& torus, Thread* previous, Thread& thread)
{
    ++torus.context_switches;
    if (thread.space) [[likely]] // an exiting thread has none any more
        torus.memory->asids.lend(thread.space->table());
    arch::switch_user(torus, previous, thread);
    torus.current = &thread;
}

// While somebody has a reservation the timer is set exactly: for the end of a budget or a rest.
[[gnu::noinline]] void look_at_deadlines(Thread& thread)
{
    if (thread.entity.take_overrun() && thread.deadline.flags & SchedRequest::overrun_signal)
        signal_post(*thread.process, sig::xcpu);
    arm_timer();
}

void make_current(Torus& torus, Thread& thread)
{
    Thread* const previous = torus.current;
    if (previous != &thread)
        put_into_core(torus, previous, thread);
    if (torus.run_queue.has_reservations()) [[unlikely]]
        look_at_deadlines(thread);
    else if (torus.run_queue.someone_waits() || thread.process->processor_check_ticks != never)
        arm_slice(torus, *thread.process, torus.charged_at);
}

Thread* choose(Torus& torus)
{
    if (torus.run_queue.current() != nullptr) // who blocked has been charged
        charge_current();
    else if (torus.run_queue.runnable() == 0)
        return nullptr;
    SchedEntity* const entity = torus.run_queue.pick();
    return entity ? &owner_of<&Thread::entity>(*entity) : nullptr;
}

// Nobody to run: left-over work by grains, then sleep until an interrupt. Whether it slept.
[[gnu::always_inline]] inline bool idle_here(Torus& torus)
{
    if (torus.files != nullptr && torus.files->something_dies && reap_step()) [[unlikely]]
        return false;
    if (torus.frames.has_surplus() && give_blocks_back(torus)) [[unlikely]]
        return false;
    if (torus.bell) // something is held back: no bell will say that it can go
        return false;
    if (torus.links != nullptr && !torus.rounds.quiet && watch_mail(torus))
        return false;
    arm_timer();
    show_load(torus.rounds, 0);
    if (torus.rounds.quiet) [[unlikely]]
        publish_at_rest(torus);
    arch::wait_for_interrupt();
    charge_idle(torus);
    return true;
}

[[gnu::noinline]] bool idle(Torus& torus)
{
    return idle_here(torus);
}

} // namespace

// As run_next(), for a thread that has been chosen already, and which is `first`, if any; `slept`: the torus
// has.
[[gnu::noinline]] static arch::Frame* run_from(Torus& torus, Thread* first, bool slept = false)
{
    for (Thread* thread = first;; thread = nullptr) {
        if (!thread) [[likely]] {
            if (arch::interrupt_pending())
                arch::take_interrupts();
            if (torus.bell) [[unlikely]]
                take_events(torus);
            thread = choose(torus);
            if (!thread) {
                slept |= idle(torus);
                continue;
            }
            if (slept) {
                slept = false;
                show_load(torus.rounds, torus.run_queue.fair_load() | torus.rounds.quiet);
                if (torus.load.asleep)
                    wake_load(torus);
            }
            // Also without a sleep in between: a timer may have come first.
            if (torus.rounds.asleep) [[unlikely]]
                wake_rounds(torus);
            make_current(torus, *thread);
        }
        if (advance(*thread) == Advance::Enter)
            return &thread->frame;
    }
}

// Nobody is to run. Most often somebody's answer comes soon, and nothing else does.
[[gnu::noinline]] static arch::Frame* run_when_answered(Torus& torus)
{
    bool const slept = idle_here(torus);
    if (slept || torus.bell || torus.run_queue.runnable() != 1) [[unlikely]]
        return run_from(torus, nullptr, slept);
    Thread& thread = owner_of<&Thread::entity>(*torus.run_queue.pick());
    if (torus.current != &thread || torus.run_queue.has_reservations()
        || thread.process->processor_check_ticks != never)
        make_current(torus, thread);
    return thread.enters_at_once() ? &thread.frame : run_from(torus, &thread);
}

arch::Frame* run_next()
{
    Torus& torus = this_torus();
    if (torus.run_queue.runnable() == 0 && !torus.bell && !arch::interrupt_pending())
        return run_when_answered(torus);
    return run_from(torus, nullptr);
}

[[gnu::noinline]] static arch::Frame* give_way_by_loop(Thread& thread)
{
    (void)settle(thread, Outcome::yielded());
    return leave_kernel(thread);
}

// sched_yield while others wait. Most often all of them are fair ones and nothing else is to be looked at:
// then the next is entered from here. It is not of a stopped process: of those only what ends is runnable.
[[gnu::noinline]] arch::Frame* give_way(Thread& thread)
{
    Torus& torus = this_torus();
    RunQueue& queue = torus.run_queue;
    if (torus.bell || !queue.can_hand_over() || arch::interrupt_pending()) [[unlikely]]
        return give_way_by_loop(thread);
    thread.frame.x[0] = 0;
    std::uint64_t const now = arch::ticks_at_entry();
    std::uint64_t const ran = account_user_time(torus, thread, now);
    SchedEntity* const entity = queue.hand_over(thread.entity, ran);
    if (entity == nullptr) [[unlikely]]
        return leave_kernel(thread);
    Thread& next = owner_of<&Thread::entity>(*entity);
    Process const& process = *next.process;
    put_into_core(torus, &thread, next);
    arm_slice(torus, process, now);
    return next.enters_at_once() ? &next.frame : run_from(torus, &next);
}

arch::Frame* leave_kernel(Thread& thread)
{
    if (thread.attention == 0)
        return &thread.frame;
    if (thread.attention & attend_slice) {
        thread.attention &= static_cast<std::uint8_t>(~attend_slice);
        arm_slice();
    }
    if (thread.attention & attend_reschedule) // who is lent goes at once, and does not stand in line before
        return thread.leaving & leaves_to_limb ? run_from(this_torus(), &thread) : run_next();
    if (!attend(thread))
        return run_next();
    return thread.attention & attend_reschedule || thread.in_call ? run_next() : &thread.frame;
}

extern "C" arch::Frame* on_svc(arch::Frame& frame)
{
    Thread& thread = Thread::of(&frame);
    std::uint32_t number; // w8, read as such: it then needs no extension to be an index
    __builtin_memcpy(&number, &frame.x[8], sizeof number);
    if (number < linux_abi::call_limit) [[likely]] {
        CallHandler const handler = linux_abi::call_table.rows[number].handler;
        if (handler) [[likely]] {
            Outcome outcome
                = handler(thread, reinterpret_cast<Arguments const&>(frame.x)); // SAFETY: x0..x5 come first
            if (outcome.finished()) [[likely]] {
                if (thread.attention == 0 && nothing_kept(thread.restart)) [[likely]] {
                    frame.x[0] = static_cast<std::uint64_t>(outcome.value());
                    return &frame;
                }
                if (thread.attention & attend_page) [[unlikely]]
                    return settle(thread, outcome) == Advance::Enter ? leave_kernel(thread) : run_next();
                complete(thread, outcome);
                return leave_kernel(thread);
            }
            if (outcome.is_yielded())
                return give_way(thread);
            if (outcome.is_no_return() && this_torus().current == &thread) // sigreturn: most of them are
                return leave_kernel(thread);
            if (!(thread.attention & attend_page)) [[likely]] {
                if (outcome.is_elsewhere())
                    outcome = far_call(thread);
                if (outcome.is_blocked()) {
                    thread.in_call = true;
                    return run_next();
                }
            }
            return settle(thread, outcome) == Advance::Enter ? leave_kernel(thread) : run_next();
        }
    }
    frame.x[0] = static_cast<std::uint64_t>(linux_abi::count_unimplemented(thread, number).value());
    return leave_kernel(thread);
}

// The way back for a thread that was in the middle of its program, not in a call.
static arch::Frame* resume_program(Thread& thread)
{
    if (thread.attention & ~attend_slice && thread.sequence_area != 0)
        thread.attention |= attend_sequence;
    return leave_kernel(thread);
}

// Why an access has failed. False: the page is on its way, and the access is tried again when it has come.
static bool settle_failed_access(Thread& thread, FaultResult result, Uaddr address, std::uint64_t syndrome)
{
    switch (result) {
    case FaultResult::NoMapping:
        force_fault(thread, sig::segv, signal_code::segv_no_mapping, address.raw(), syndrome);
        break;
    case FaultResult::NotAllowed:
        force_fault(thread, sig::segv, signal_code::segv_not_allowed, address.raw(), syndrome);
        break;
    case FaultResult::PastEnd:
        force_fault(thread, sig::bus, signal_code::bus_no_object, address.raw(), syndrome);
        break;
    case FaultResult::NoMemory:
        relieve_memory(thread);
        break; // the access is tried again when the thread runs next
    case FaultResult::Waits:
        return !wait_for_far(thread).is_blocked();
    case FaultResult::Resolved:
        break;
    }
    return true;
}

bool settle_page_fault(Thread& thread, Uaddr address, Access access, std::uint64_t syndrome)
{
    FaultResult const result = thread.space->fault(address, access);
    ++thread.minor_faults;
    return result == FaultResult::Resolved || settle_failed_access(thread, result, address, syndrome);
}

arch::Frame* user_page_fault(Thread& thread, Uaddr address, Access access, std::uint64_t syndrome)
{
    if (settle_page_fault(thread, address, access, syndrome)) [[likely]]
        return resume_program(thread);
    if (thread.sequence_area != 0)
        thread.attention |= attend_sequence;
    return run_next();
}

arch::Frame* user_exception(
    Thread& thread, unsigned signal, int code, std::uint64_t address, std::uint64_t syndrome)
{
    force_fault(thread, signal, code, address, syndrome);
    return resume_program(thread);
}

arch::Frame* user_interrupt(Thread& thread)
{
    arch::take_interrupts();
    Torus& torus = this_torus();
    if (torus.bell) [[unlikely]]
        take_events(torus);
    return resume_program(thread);
}

} // namespace torc
