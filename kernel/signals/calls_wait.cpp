// SPDX-License-Identifier: MIT
// Calls that wait for a signal: rt_sigsuspend, rt_sigtimedwait.
#include "arch/clock.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include "kernel/signals/default_action.hpp"
#include "kernel/signals/pending.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/time/clock.hpp"

namespace torc {
namespace {

constexpr std::uint64_t set_size = 8;

Result<void> copy_out_info(Uaddr to, SignalInfo const& info)
{
    TRY(copy_out(to, info));
    return clear_user(to + sizeof info, user_signal_info_size - sizeof info);
}

} // namespace

namespace linux_abi {

Outcome call_rt_sigsuspend(Thread& thread, Arguments const& arguments)
{
    if (arguments[1] != set_size)
        return Status::BadArgument;
    if (thread.restart.kind != CallKind::Suspend) {
        auto const mask = copy_in<SignalSet>(Uaddr{arguments[0]});
        if (!mask)
            return mask.error();
        thread.restart.kind = CallKind::Suspend;
        replace_mask(thread, *mask);
    }
    return sleep_until(thread, no_deadline, OnSignal::RestartNoHandler);
}

Outcome call_rt_sigtimedwait(Thread& thread, Arguments const& arguments)
{
    if (arguments[3] != set_size)
        return Status::BadArgument;
    auto const given = copy_in<SignalSet>(Uaddr{arguments[0]});
    if (!given)
        return given.error();
    SignalSet const wanted = *given & ~unblockable_signals;
    bool const again = thread.restart.kind == CallKind::Suspend;
    Result<std::uint64_t> deadline = thread.restart.deadline_ticks;
    if (!again)
        deadline = deadline_from_user(arguments[2]);
    if (!deadline)
        return deadline.error();
    thread.awaited = 0;
    SignalInfo info;
    if (unsigned const signal = take_signal(thread, wanted, info); signal != 0) {
        recompute_attention(thread);
        if (arguments[1] != 0)
            if (auto const done = copy_out_info(Uaddr{arguments[1]}, info); !done)
                return done;
        return signal;
    }
    if (arch::now_ticks() >= *deadline)
        return Status::WouldBlock;
    Outcome const outcome = sleep_until(thread, *deadline, OnSignal::Interrupt);
    if (outcome.is_blocked()) {
        thread.restart.kind = CallKind::Suspend;
        thread.restart.deadline_ticks = *deadline;
        thread.awaited = wanted;
    }
    return outcome;
}

} // namespace linux_abi
} // namespace torc
