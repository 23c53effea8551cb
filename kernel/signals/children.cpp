// SPDX-License-Identifier: MIT
// What a parent hears of its children: SIGCHLD, and the wake-up of its wait4.
#include "kernel/process/process.hpp"
#include "kernel/signals/default_action.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/tori/adoption.hpp"
#include "kernel/tori/travel.hpp"

namespace torc {
namespace {

constexpr std::uint64_t clock_ticks_per_second = 100; // USER_HZ

std::int64_t clock_ticks(std::uint64_t ticks)
{
    return static_cast<std::int64_t>(arch::ticks_to_ns(ticks) / (ns_per_second / clock_ticks_per_second));
}

SignalInfo child_signal(Process const& child, unsigned signal, int code, int status)
{
    SignalInfo info;
    info.signo = static_cast<int>(signal);
    info.code = code;
    info.child = {child.pid, child.credentials.uid, status, 0, clock_ticks(child.use.user_ticks),
        clock_ticks(child.use.kernel_ticks)};
    return info;
}

SignalInfo exit_signal(Process const& child)
{
    int const status = child.wait_status;
    bool const killed = (status & 0x7f) != 0;
    return child_signal(child, child.exit_signal,
        killed ? signal_code::child_killed : signal_code::child_exited,
        killed ? status & 0x7f : status >> 8 & 0xff);
}

void tell_waiters(Process& parent)
{
    ++parent.child_news; // a wait4 in the middle of its walk looks again
    parent.child_change.wake_all();
}

void notify_stop_or_continue(Process& child, int code, int status)
{
    Process& parent = *child.parent;
    SignalAction const& action = parent.actions[sig::chld - 1];
    if (action.handler != handler_ignore && !(action.flags & action_flag::no_child_stop))
        (void)signal_send(parent, child_signal(child, sig::chld, code, status));
    tell_waiters(parent);
}

} // namespace

bool notify_parent_exit(Process& child)
{
    if (child.parent == nullptr) { // somebody stands for it elsewhere, or nobody waits for it
        tell_ward(child, Notice::Exited);
        return child.ward.is_null();
    }
    Process& parent = *child.parent;
    if (parent.state != ProcessState::Alive) // who adopts it is told
        return false;
    bool unwanted = false, told = is_valid_signal(child.exit_signal);
    if (child.exit_signal == sig::chld) {
        SignalAction const& action = parent.actions[sig::chld - 1];
        bool const ignored = action.handler == handler_ignore;
        unwanted = ignored || (action.flags & action_flag::no_child_wait);
        told = !ignored;
    }
    if (told)
        (void)signal_send(parent, exit_signal(child));
    tell_waiters(parent);
    return unwanted;
}

void notify_parent_stop(Process& child, unsigned signal)
{
    if (child.parent != nullptr)
        notify_stop_or_continue(child, signal_code::child_stopped, static_cast<int>(signal));
    else if (!child.stub.is_null())
        tell_stub(child, Notice::Stopped);
    else
        tell_ward(child, Notice::Stopped);
}

void notify_parent_continue(Process& child)
{
    if (child.parent != nullptr)
        notify_stop_or_continue(child, signal_code::child_continued, sig::cont);
    else if (!child.stub.is_null())
        tell_stub(child, Notice::Continued);
    else
        tell_ward(child, Notice::Continued);
}

} // namespace torc
