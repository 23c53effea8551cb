// SPDX-License-Identifier: MIT
#include "kernel/process/sessions.hpp"
#include "kernel/memory/record_backing.hpp"
#include "kernel/objects.hpp"
#include "kernel/process/session_records.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

SessionRecords& records()
{
    return *this_torus().sessions;
}

Result<ProcessGroup*> make_group(std::int32_t id, Session& session)
{
    ProcessGroup* const group = records().groups.create();
    if (group == nullptr)
        return unexpected{Status::NoMemory};
    group->id = id;
    group->session = &session;
    ++session.groups;
    records().bucket(id).push_front(*group);
    return group;
}

void drop_group(ProcessGroup& group)
{
    Session& session = *group.session;
    auto& bucket = records().bucket(group.id);
    bucket.erase(bucket.iterator_to(group));
    records().groups.destroy(&group);
    if (--session.groups == 0)
        records().sessions.destroy(&session);
}

void leave(Process& process)
{
    ProcessGroup& group = *process.group;
    group.stopped_count -= process.stopped;
    group.members.erase(group.members.iterator_to(process));
    process.group = nullptr;
    if (--group.member_count == 0)
        drop_group(group);
}

void move(Process& process, ProcessGroup& to)
{
    if (process.group == &to)
        return;
    if (process.group != nullptr)
        leave(process);
    group_join(process, to);
}

} // namespace

Result<void> sessions_open(Torus& torus, SessionRecords& own, std::uint32_t limit)
{
    open_pool(own.sessions, limit);
    open_pool(own.groups, limit);
    add_pool_row("session", own.sessions);
    add_pool_row("process-group", own.groups);
    torus.sessions = &own;
    return {};
}

ProcessGroup* group_find(std::int32_t id)
{
    for (ProcessGroup& group : records().bucket(id))
        if (group.id == id)
            return &group;
    return nullptr;
}

void group_join(Process& process, ProcessGroup& group)
{
    group.members.push_back(process);
    ++group.member_count;
    group.stopped_count += process.stopped;
    process.group = &group;
}

Result<void> group_join_part(Process& process, std::int32_t id, std::int32_t session)
{
    ProcessGroup* group = group_find(id);
    if (group == nullptr) {
        Session* const part = records().sessions.create();
        if (part == nullptr)
            return unexpected{Status::NoMemory};
        part->id = session;
        auto const made = make_group(id, *part);
        if (!made) {
            records().sessions.destroy(part);
            return unexpected{made.error()};
        }
        group = *made;
    }
    group_join(process, *group);
    return {};
}

void set_stopped(Process& process)
{
    process.group->stopped_count += !process.stopped;
    process.stopped = true;
}

void clear_stopped(Process& process)
{
    process.group->stopped_count -= process.stopped;
    process.stopped = false;
}

void group_leave(Process& process)
{
    leave(process);
}

Result<void> session_start(Process& process)
{
    Session* const session = records().sessions.create();
    if (session == nullptr)
        return unexpected{Status::NoMemory};
    session->id = process.pid;
    session->leader = &process;
    auto const group = make_group(process.pid, *session);
    if (!group) {
        records().sessions.destroy(session);
        return unexpected{group.error()};
    }
    move(process, **group);
    return {};
}

Result<void> group_move(Process& process, std::int32_t id)
{
    ProcessGroup* group = group_find(id);
    if (group == nullptr)
        group = TRY(make_group(id, *process.group->session));
    move(process, *group);
    return {};
}

bool group_is_orphaned(ProcessGroup const& group, Process const* ignored)
{
    for (Process const& member : group.members) {
        if (&member == ignored || member.parent == nullptr || member.state != ProcessState::Alive)
            continue;
        Process const& parent = *member.parent;
        if (parent.pid != 1 && parent.group != &group && parent.group->session == group.session)
            return false;
    }
    return true;
}

void group_parent_exits(Process& member, Process* exiting)
{
    // The member itself exits, or the one whose being there kept the group from being an orphan.
    Process const* const parent = exiting != nullptr ? exiting : member.parent;
    ProcessGroup& group = *member.group;
    if (parent == nullptr || parent->group == &group || parent->group->session != group.session)
        return;
    if (group.stopped_count == 0 || !group_is_orphaned(group, exiting != nullptr ? nullptr : &member))
        return;
    signal_post(group, sig::hup);
    signal_post(group, sig::cont);
}

void session_member_exits(Process& exiting)
{
    Session& session = *exiting.group->session;
    if (session.leader != &exiting)
        return;
    session.leader = nullptr;
    if (session.terminal != nullptr)
        terminal_disconnect(*session.terminal, session);
    session.terminal = nullptr;
}

} // namespace torc
