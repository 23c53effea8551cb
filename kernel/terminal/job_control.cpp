// SPDX-License-Identifier: MIT
#include "kernel/terminal/job_control.hpp"
#include "kernel/files/open_file.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/signals/default_action.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/far_groups.hpp"
#include "kernel/tori/visitors.hpp"
#include "kernel/torus.hpp"
#include <utility>

namespace torc {
namespace {

Session& session_of(Thread const& thread)
{
    return *thread.process->group->session;
}

bool is_leader(Thread const& thread)
{
    Process const& process = *thread.process;
    bool const was_born_elsewhere = process.is_guest || !process.stub.is_null();
    return session_of(thread).leader == &process
        || (was_born_elsewhere && session_of(thread).id == process.pid);
}

bool privileged(Thread const& thread)
{
    return thread.process->credentials.capable(Capability::SysAdmin);
}

// NoMemory: what was there stays.
Result<void> bring_to_foreground(Terminal& terminal, std::int32_t id)
{
    if (id == terminal.foreground)
        return {};
    TRY(group_to_foreground(id, *terminal.session));
    group_from_foreground(terminal.foreground);
    terminal.foreground = id;
    return {};
}

void connect(Terminal& terminal, Process& leader)
{
    Session& session = *leader.group->session;
    hold_session(session);
    session.terminal = &terminal;
    terminal.session = &session;
    (void)bring_to_foreground(terminal, leader.group->id);
}

void disconnect(Terminal& terminal)
{
    if (terminal.session == nullptr)
        return;
    group_from_foreground(std::exchange(terminal.foreground, 0));
    terminal.session->terminal = nullptr;
    release_session(*std::exchange(terminal.session, nullptr));
}

ProcessGroup* foreground_group(Terminal const& terminal)
{
    if (terminal.foreground == 0)
        return nullptr;
    ProcessGroup* const group = group_find(terminal.foreground);
    return group != nullptr && group->session == terminal.session ? group : nullptr;
}

// 0: there is no such group.
Outcome find_session_of(Thread& thread, std::int32_t id, std::int32_t& session)
{
    ProcessGroup const* const group = group_find(id);
    if (group == nullptr || !group_has_members(*group))
        return find_far_group(thread, id, session);
    session = group->session->id;
    return 0;
}

bool takes_no_notice(Thread& thread, unsigned signal)
{
    if (thread.visiting)
        return takes_no_notice_of(thread, signal);
    return in_set(thread.blocked, signal) || thread.process->actions[signal - 1].handler == handler_ignore;
}

} // namespace

Terminal* controlling_terminal(Process const& process)
{
    return process.group->session->terminal;
}

Outcome check_foreground(Thread& thread, Terminal& terminal, unsigned signal)
{
    ProcessGroup& group = *thread.process->group;
    if (group.session->terminal != &terminal || terminal.foreground == 0 || terminal.foreground == group.id)
        [[likely]]
        return 0;
    if (takes_no_notice(thread, signal))
        return signal == sig::ttin ? Outcome{Status::Io} : Outcome{0};
    if (thread.visiting && !group_is_here(group)) {
        note_raised(thread, signal);
        return Status::Io; // if its home finds the group an orphan
    }
    if (group_is_orphaned(group))
        return Status::Io; // nobody would continue it
    signal_post(group, signal);
    return Outcome::interrupted(OnSignal::Restart);
}

void signal_foreground(Terminal& terminal, unsigned signal)
{
    if (ProcessGroup* const group = foreground_group(terminal))
        signal_post(*group, signal);
}

void signal_foreground(Terminal& terminal, TypedSignal typed)
{
    constexpr unsigned signals[] = {0, sig::int_, sig::quit, sig::tstp};
    signal_foreground(terminal, signals[static_cast<unsigned>(typed)]);
}

void become_controlling_at_open(Thread& thread, Terminal& terminal)
{
    Session const& session = session_of(thread);
    if (is_leader(thread) && session.terminal == nullptr && terminal.session == nullptr)
        connect(terminal, *thread.process);
}

void hang_up_terminal(Terminal& terminal)
{
    ++terminal.hang_ups;
    terminal.discipline.forget_input();
    terminal_has_room(terminal);
    terminal.discipline.stopped = false;
    terminal.readers.wake_all();
    terminal.writers.wake_all();
    terminal_transmit(terminal);
}

// The session's leader is gone.
void terminal_disconnect(Terminal& terminal)
{
    signal_foreground(terminal, sig::hup);
    signal_foreground(terminal, sig::cont);
    hang_up_terminal(terminal);
    disconnect(terminal);
}

// ---- ioctls -------------------------------------------------------------------------------------------

Outcome take_terminal(Thread& thread, OpenFile& file, std::uint64_t steal)
{
    Terminal& terminal = *file.terminal;
    Session const& session = session_of(thread);
    if (is_leader(thread) && terminal.session == &session)
        return 0;
    if (!is_leader(thread) || session.terminal != nullptr)
        return Status::NotPermitted;
    if (terminal.session != nullptr && !(steal == 1 && privileged(thread)))
        return Status::NotPermitted;
    if (!file.can_read && !privileged(thread))
        return Status::NotPermitted;
    disconnect(terminal);
    connect(terminal, *thread.process);
    return 0;
}

// Only the leader can give it up, for all of its session.
Outcome leave_terminal(Thread& thread, Terminal& terminal)
{
    if (controlling_terminal(*thread.process) != &terminal)
        return Status::NotTerminal;
    if (!is_leader(thread))
        return Status::NotSupported; // a session's processes share its terminal here
    signal_foreground(terminal, sig::hup);
    signal_foreground(terminal, sig::cont);
    disconnect(terminal);
    return 0;
}

Outcome get_foreground(Thread& thread, Terminal& terminal, std::uint64_t address)
{
    if (controlling_terminal(*thread.process) != &terminal)
        return Status::NotTerminal;
    TRY(copy_out(Uaddr{address}, terminal.foreground));
    return 0;
}

Outcome set_foreground(Thread& thread, Terminal& terminal, std::uint64_t address)
{
    Outcome const allowed = check_foreground(thread, terminal, sig::ttou);
    if (allowed.value() != 0)
        return allowed.failed() ? Outcome{Status::NotTerminal} : allowed;
    auto const id = TRY(copy_in<std::int32_t>(Uaddr{address}));
    if (id < 0)
        return Status::BadArgument;
    if (controlling_terminal(*thread.process) != &terminal)
        return Status::NotTerminal;
    std::int32_t session = 0;
    if (Outcome const found = find_session_of(thread, id, session); found.value() != 0)
        return found;
    if (session == 0)
        return Status::NoProcess;
    if (session != terminal.session->id)
        return Status::NotPermitted;
    TRY(bring_to_foreground(terminal, id));
    return 0;
}

Outcome get_session(Thread& thread, Terminal& terminal, std::uint64_t address)
{
    if (controlling_terminal(*thread.process) != &terminal)
        return Status::NotTerminal;
    TRY(copy_out(Uaddr{address}, terminal.session->id));
    return 0;
}

} // namespace torc
