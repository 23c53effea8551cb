// SPDX-License-Identifier: MIT
// setpgid getpgid setsid getsid
#include "kernel/linux/calls.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/travel.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

// The process that a call with `pid` (0: the caller) means.
Process* named(Thread& thread, std::int32_t pid)
{
    return pid == 0 ? thread.process : find_process(pid);
}

// The same for calls that only ask, which may name any of its threads.
Process* of_any_thread(Thread& thread, std::int32_t id)
{
    return id == 0 ? thread.process : find_process_of(id);
}

// Linux's order of checks decides which errno a doubly wrong call gets.
Result<Process*> may_move(Process& caller, Process* target, std::int32_t group)
{
    if (target == nullptr)
        return unexpected{Status::NoProcess};
    if (target->parent == &caller) {
        if (target->group->session != caller.group->session)
            return unexpected{Status::NotPermitted};
        if (target->executed)
            return unexpected{Status::AccessDenied};
    } else if (target != &caller) {
        return unexpected{Status::NoProcess};
    }
    if (target->group->session->leader == target)
        return unexpected{Status::NotPermitted};
    if (group == target->pid)
        return target;
    ProcessGroup const* const other = group_find(group);
    if (other == nullptr || !group_has_members(*other) || other->session != caller.group->session)
        return unexpected{Status::NotPermitted};
    return target;
}

// Where a process that has moved has its place in a group and a session.
Status call_stub(Process const& process)
{
    this_torus().far->elsewhere = process.stub.torus().number;
    return Status::Elsewhere;
}

} // namespace

namespace linux_abi {

Outcome call_setpgid(Thread& thread, Arguments const& arguments)
{
    std::int32_t const pid = arguments.as_int(0) != 0 ? arguments.as_int(0) : thread.process->pid;
    std::int32_t const group = arguments.as_int(1) != 0 ? arguments.as_int(1) : pid;
    if (group < 0)
        return Status::BadArgument;
    if (pid == thread.process->pid && !thread.process->stub.is_null())
        return call_stub(*thread.process);
    auto const target = may_move(*thread.process, named(thread, pid), group);
    if (!target)
        return target.error();
    TRY(group_move(**target, group));
    if (!(*target)->home.is_null())
        parent_changes(**target); // or not, but whether that one's group is another one
    return 0;
}

Outcome call_getpgid(Thread& thread, Arguments const& arguments)
{
    Process const* const target = of_any_thread(thread, arguments.as_int(0));
    if (target == nullptr)
        return absence_of(arguments.as_int(0));
    return target->group->id;
}

Outcome call_getsid(Thread& thread, Arguments const& arguments)
{
    Process const* const target = of_any_thread(thread, arguments.as_int(0));
    if (target == nullptr)
        return absence_of(arguments.as_int(0));
    return target->group->session->id;
}

Outcome call_setsid(Thread& thread, Arguments const&)
{
    Process& process = *thread.process;
    if (!process.stub.is_null())
        return call_stub(process);
    // A group of that number would outlive its session's change.
    if (process.group->session->leader == &process || group_find(process.pid) != nullptr)
        return Status::NotPermitted;
    auto const started = session_start(process);
    if (!started)
        return started.error();
    if (!process.home.is_null())
        parent_changes(process);
    return process.pid;
}

} // namespace linux_abi
} // namespace torc
