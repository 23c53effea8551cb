// SPDX-License-Identifier: MIT
#include "kernel/poll/polling.hpp"
#include "arch/clock.hpp"
#include "kernel/files/file_operations.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/thread.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/time/clock.hpp"

namespace torc {
namespace {

using namespace poll_event;

Waiter* waiters_of(RestartRecord const& record)
{
    return reinterpret_cast<Waiter*>(record.object); // SAFETY: PollLook put it there
}

void look_again(RestartRecord& record)
{
    free_waiters(waiters_of(record));
    record.object = record.cursor = record.done = 0;
    record.step = static_cast<std::uint8_t>(PollStep::Looking);
}

bool time_is_over(RestartRecord const& record)
{
    return record.timed && arch::now_ticks() >= record.deadline_ticks;
}

Result<void> note_deadline(RestartRecord& record, std::uint64_t timeout)
{
    if (timeout == 0)
        return {};
    std::uint64_t const ns = TRY(to_ns(TRY(copy_in<TimeSpec>(Uaddr{timeout}))));
    record.deadline_ticks = deadline_after(ns);
    record.timed = record.deadline_ticks != no_deadline;
    record.small = ns == 0;
    return {};
}

// A caller whose timeout cannot be written is not served worse for it.
void give_time_back(RestartRecord const& record, std::uint64_t timeout)
{
    if (timeout == 0 || !record.timed || record.small != 0)
        return;
    std::uint64_t const now = arch::now_ticks();
    std::uint64_t const left = record.deadline_ticks > now ? record.deadline_ticks - now : 0;
    (void)copy_out(Uaddr{timeout}, to_timespec(arch::ticks_to_ns(left)));
}

} // namespace

Result<void> poll_begin(Thread& thread, PollLimits const& limits)
{
    RestartRecord& record = thread.restart;
    if (record.kind == CallKind::Poll) {
        if (record.step == static_cast<std::uint8_t>(PollStep::Waiting))
            look_again(record);
        return {};
    }
    TRY(note_deadline(record, limits.timeout));
    if (limits.mask != 0) {
        if (limits.mask_size != sizeof(SignalSet))
            return unexpected{Status::BadArgument};
        replace_mask(thread, TRY(copy_in<SignalSet>(Uaddr{limits.mask})));
    }
    record.kind = CallKind::Poll;
    return {};
}

// As on Linux a signal comes before the end of the time, and what is ready before a signal.
Outcome poll_wait(Thread& thread, PollTable const& table)
{
    RestartRecord& record = thread.restart;
    if (table.failed())
        return Status::NoMemory;
    if ((thread.attention & attend_signal) && signal_pending(thread))
        return Outcome::interrupted(OnSignal::RestartNoHandler);
    if (time_is_over(record) && !table.asks())
        return 0;
    record.step = static_cast<std::uint8_t>(PollStep::Waiting);
    if (any_woken(table.first())) // the look took several grains
        return Outcome::again();
    std::uint64_t const deadline = record.timed && !table.asks() ? record.deadline_ticks : no_deadline;
    return block_on(thread, table.first(), deadline, OnSignal::RestartNoHandler);
}

Outcome poll_end(Thread& thread, PollLimits const& limits, Outcome outcome)
{
    RestartRecord& record = thread.restart;
    if (outcome.is_blocked() || outcome.is_again())
        return outcome;
    look_again(record);
    give_time_back(record, limits.timeout);
    if (outcome.is_interrupted())
        return outcome; // without a handler, the record's deadline goes on
    // Here, not at the run loop's end: a signal that the call let in did not end it, and stays pending.
    if (record.mask_saved)
        restore_saved_mask(thread);
    record.clear();
    return outcome;
}

void poll_abandon(RestartRecord& record)
{
    look_again(record);
}

PollLook::PollLook(Thread& thread)
    : thread_{thread}
    , table_{thread, waiters_of(thread.restart)}
    , waits_{!time_is_over(thread.restart)}
{
    if (thread.restart.small != 0)
        table_.look_anew();
}

PollLook::~PollLook()
{
    thread_.restart.object = reinterpret_cast<std::uint64_t>(table_.first()); // SAFETY: see waiters_of
}

std::uint32_t PollLook::events_of(OpenFile& file, std::uint32_t wanted)
{
    if (operations_of(file).poll == nullptr)
        return (in | out | read_normal | write_normal) & wanted;
    std::uint32_t const asked = wanted | error | hang_up;
    table_.want(asked);
    RestartRecord const& record = thread_.restart;
    bool const looking = record.step == static_cast<std::uint8_t>(PollStep::Looking);
    bool const registers = waits_ && looking && record.done == 0; // until one is found ready
    // A far one must be asked even by who does not wait; and only its owner knows that it cannot be polled.
    bool const far = file.kind == FileKind::Far && record.done == 0;
    std::uint32_t const told = file.kind == FileKind::Far ? asked | invalid : asked;
    return operations_of(file).poll(file, registers || far ? &table_ : nullptr) & told;
}

} // namespace torc
