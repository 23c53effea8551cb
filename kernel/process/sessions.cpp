// SPDX-License-Identifier: MIT
#include "kernel/process/sessions.hpp"
#include "kernel/memory/record_backing.hpp"
#include "kernel/objects.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/session_records.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/takers.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"
#include <bit>
#include <utility>

namespace torc {
namespace {

void tell_group(ProcessGroup& group);

SessionRecords& records()
{
    return *this_torus().sessions;
}

Result<Session*> make_session(std::int32_t id)
{
    Session* const session = records().sessions.create();
    if (session == nullptr)
        return unexpected{Status::NoMemory};
    session->id = id;
    records().session_bucket(id).push_front(*session);
    return session;
}

void drop_session(Session& session)
{
    auto& bucket = records().session_bucket(session.id);
    bucket.erase(bucket.iterator_to(session));
    records().sessions.destroy(&session);
}

Result<Session*> session_or_part(std::int32_t id)
{
    for (Session& session : records().session_bucket(id))
        if (session.id == id)
            return &session;
    return make_session(id);
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
    release_session(session);
}

bool is_part(ProcessGroup const& group)
{
    return !group_is_here(group);
}

// A part says that it is none any more first, and what is on its way goes first.
void drop_if_unused(ProcessGroup& group)
{
    if (group_has_members(group) || group.out.waits() || group.signals_out.waits())
        return;
    if (group.told)
        return tell_group(group);
    if (!group.in_foreground)
        drop_group(group);
}

void leave(Process& process)
{
    ProcessGroup& group = *process.group;
    group.stopped_count -= process.stopped;
    group.members.erase(group.members.iterator_to(process));
    process.group = nullptr;
    if (--group.member_count == 0)
        drop_if_unused(group);
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

bool group_is_here(ProcessGroup const& group)
{
    return birth_torus(group.id) == this_torus().number;
}

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
    process.has_changed();
    if (!group.told && !process.is_guest && is_part(group)) [[unlikely]]
        tell_group(group);
}

Result<void> group_join_part(Process& process, std::int32_t id, std::int32_t session)
{
    ProcessGroup* group = group_find(id);
    if (group != nullptr && !group_has_members(*group) && group->session->id != session) {
        // It is in a terminal's foreground still, and its number is another one's by now.
        Session* const part = TRY(session_or_part(session));
        hold_session(*part);
        release_session(*std::exchange(group->session, part));
    }
    if (group == nullptr) {
        Session* const part = TRY(session_or_part(session));
        auto const made = make_group(id, *part);
        if (!made && part->groups == 0)
            drop_session(*part);
        group = TRY(made);
    }
    group_join(process, *group);
    return {};
}

Result<void> group_to_foreground(std::int32_t id, Session& session)
{
    ProcessGroup* group = group_find(id);
    if (group == nullptr)
        group = TRY(make_group(id, session));
    group->in_foreground = is_part(*group);
    return {};
}

void group_from_foreground(std::int32_t id)
{
    ProcessGroup* const group = group_find(id);
    if (group == nullptr || !group->in_foreground)
        return;
    group->in_foreground = false;
    drop_if_unused(*group);
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
    Session* const session = TRY(make_session(process.pid));
    session->leader = &process;
    auto const group = make_group(process.pid, *session);
    if (!group) {
        drop_session(*session);
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

bool has_job_parent(Process const& process)
{
    if (process.parent == nullptr)
        return process.job_parent_elsewhere;
    Process const& parent = *process.parent;
    return parent.pid != 1 && parent.group != process.group
        && parent.group->session == process.group->session;
}

bool group_is_orphaned(ProcessGroup const& group, Process const* ignored)
{
    for (Process const& member : group.members)
        if (&member != ignored && member.state == ProcessState::Alive && has_job_parent(member))
            return false;
    return true;
}

// ---- groups with members on several tori ----------------------------------------------------------------

namespace {

// Its torus is to know that there is a part here; or that there is none any more.
void tell_group(ProcessGroup& group)
{
    Torus& torus = this_torus();
    if (torus.far == nullptr)
        return;
    Result<Link*> const link = link_to(torus, birth_torus(group.id));
    if (!link)
        return; // no memory for strands: signals to the whole group will miss this part
    group.told = true;
    send_from(torus, **link, group.out);
}

unsigned lowest(std::uint64_t const (&tori)[2])
{
    return tori[0] != 0 ? static_cast<unsigned>(std::countr_zero(tori[0]))
                        : 64 + static_cast<unsigned>(std::countr_zero(tori[1]));
}

void send_signals(ProcessGroup& group)
{
    Torus& torus = this_torus();
    send_from(torus, *torus.links->links[lowest(group.signal_to)], group.signals_out);
}

bool may_all(SignalInfo const& info)
{
    return info.code == signal_code::kernel;
}

// To all parts but that of torus `except`.
void send_to_parts(ProcessGroup& group, SignalInfo const& info, Process const* sender, unsigned except)
{
    std::uint64_t to[2]{group.parts[0], group.parts[1]};
    if (except < torus_limit)
        to[except / 64] &= ~(1ull << except % 64);
    if ((to[0] | to[1]) == 0)
        return;
    group.sender_euid = sender != nullptr ? sender->credentials.euid : 0;
    group.sender_may_all
        = sender == nullptr || may_all(info) || sender->credentials.capable(Capability::Kill);
    group.signal = info;
    group.signals |= signal_bit(static_cast<unsigned>(info.signo));
    if (group.signals_out.waits())
        return; // what is on its way goes first, then this, to all
    group.signal_to[0] = to[0];
    group.signal_to[1] = to[1];
    send_signals(group);
}

void send_to_its_torus(ProcessGroup& group)
{
    Torus& torus = this_torus();
    if (Result<Link*> const link = link_to(torus, birth_torus(group.id)))
        send_from(torus, **link, group.signals_out);
}

// The kernel's own: to the members here at once; to the others, but for those of torus `heard`, by the
// group's torus.
void signal_members(ProcessGroup& group, unsigned signal, unsigned heard)
{
    bool const part = is_part(group);
    for (auto it = group.members.begin(); it != group.members.end();) {
        Process& member = *it++;
        bool const lives_here = member.home.is_null() || (!part && !member.threads.empty());
        if (!member.is_guest && lives_here)
            signal_post(member, signal);
    }
    if (!part)
        return send_to_parts(group, kernel_signal(signal), nullptr, heard);
    group.signals |= signal_bit(signal);
    send_to_its_torus(group);
}

} // namespace

Status absence_of_group(std::int32_t id)
{
    Torus& torus = this_torus();
    if (id <= 0 || torus.far == nullptr || birth_torus(id) == torus.number)
        return Status{};
    torus.far->elsewhere = birth_torus(id);
    return Status::Elsewhere;
}

void signal_parts(ProcessGroup& group, SignalInfo const& info, Process const* sender)
{
    send_to_parts(group, info, sender, torus_limit);
}

void signal_group(std::int32_t id, unsigned signal)
{
    ProcessGroup* const group = group_find(id);
    if (group != nullptr)
        signal_members(*group, signal, this_torus().number);
}

// Begins, or ends when nobody is in it any more: then the record goes.
void make_part_event(Torus&, OutItem& item, Event& event)
{
    ProcessGroup& group = owner_of<&ProcessGroup::out>(item);
    event.type = static_cast<std::uint32_t>(EventType::Part);
    event.sequence = group.member_count != 0;
    event.arguments[0] = static_cast<std::uint32_t>(group.id);
    event.arguments[1] = static_cast<std::uint32_t>(group.session->id);
    if (group.member_count != 0)
        return;
    group.told = false;
    drop_if_unused(group);
}

void make_group_signal_event(Torus&, OutItem& item, Event& event)
{
    ProcessGroup& group = owner_of<&ProcessGroup::signals_out>(item);
    unsigned const signal = static_cast<unsigned>(std::countr_zero(group.signals)) + 1;
    SignalInfo const info
        = group.signal.signo == static_cast<int>(signal) ? group.signal : kernel_signal(signal);
    event.type = static_cast<std::uint32_t>(EventType::GroupSignal);
    event.arguments = {signal | std::uint64_t{static_cast<std::uint32_t>(info.code)} << 32, info.words[0],
        info.words[1], group.sender_euid | std::uint64_t{group.sender_may_all} << 32,
        static_cast<std::uint32_t>(group.id)
            | std::uint64_t{static_cast<std::uint32_t>(group.session->id)} << 32};
    if (is_part(group)) {
        group.signals &= ~signal_bit(signal);
        if (group.signals != 0)
            return send_to_its_torus(group);
        return drop_if_unused(group);
    }
    unsigned const to = lowest(group.signal_to);
    group.signal_to[to / 64] &= ~(1ull << to % 64);
    if ((group.signal_to[0] | group.signal_to[1]) == 0) {
        group.signals &= ~signal_bit(signal);
        group.signal_to[0] = group.signals != 0 ? group.parts[0] : 0;
        group.signal_to[1] = group.signals != 0 ? group.parts[1] : 0;
    }
    if ((group.signal_to[0] | group.signal_to[1]) != 0)
        return send_signals(group);
    drop_if_unused(group);
}

void take_part(Torus& torus, Link& link, Event const& event)
{
    auto const id = static_cast<std::int32_t>(event.arguments[0]);
    if (torus.sessions == nullptr || birth_torus(id) != torus.number)
        return;
    ProcessGroup* group = group_find(id);
    if (group == nullptr && event.sequence != 0) {
        auto const session = session_or_part(static_cast<std::int32_t>(event.arguments[1]));
        auto const made = session ? make_group(id, **session) : unexpected{session.error()};
        group = made ? *made : nullptr;
    }
    if (group == nullptr)
        return;
    std::uint64_t const bit = 1ull << link.torus % 64;
    std::uint64_t& word = group->parts[link.torus / 64];
    word = event.sequence != 0 ? word | bit : word & ~bit;
    drop_if_unused(*group);
}

// At a part: its members get it. At the group's torus: all members, wherever they are.
void take_group_signal(Torus& torus, Link& link, Event const& event)
{
    auto const id = static_cast<std::int32_t>(event.arguments[4]);
    auto const session = static_cast<std::int32_t>(event.arguments[4] >> 32);
    auto const signal = static_cast<unsigned>(event.arguments[0] & 0xff);
    if (torus.sessions == nullptr || signal == 0 || signal > signal_count)
        return;
    ProcessGroup* const group = group_find(id);
    if (group == nullptr || group->session->id != session) // another one has that number by now
        return;
    if (birth_torus(id) == torus.number)
        return signal_members(*group, signal, link.torus);
    SignalInfo info;
    info.signo = static_cast<int>(signal);
    info.code = static_cast<int>(event.arguments[0] >> 32);
    info.words[0] = event.arguments[1];
    info.words[1] = event.arguments[2];
    auto const euid = static_cast<std::uint32_t>(event.arguments[3]);
    bool const all = event.arguments[3] >> 32 & 1;
    for (auto it = group->members.begin(); it != group->members.end();) {
        Process& member = *it++;
        Credentials const& to = member.credentials;
        bool const may = all || euid == to.suid || euid == to.uid || info.kill.uid == to.suid
            || info.kill.uid == to.uid || signal == sig::cont;
        if (may && !member.is_guest && member.home.is_null())
            (void)signal_send(member, info);
    }
}

void group_parent_exits(Process& member, Process* exiting)
{
    // The member itself exits, or the one whose being there kept the group from being an orphan.
    Process const* const parent = exiting != nullptr ? exiting : member.parent;
    ProcessGroup& group = *member.group;
    if (parent == nullptr || parent->group == &group || parent->group->session != group.session)
        return;
    if (!group_is_here(group) || group.stopped_count == 0
        || !group_is_orphaned(group, exiting != nullptr ? nullptr : &member))
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
        terminal_disconnect(*session.terminal);
}

std::int32_t session_that_ends(Process const& exiting)
{
    bool const leads = exiting.home.is_null() && !exiting.embryo && exiting.group->session->id == exiting.pid;
    return leads ? exiting.pid : 0;
}

void session_ends(std::int32_t id)
{
    if (this_torus().sessions == nullptr)
        return;
    for (Session& session : records().session_bucket(id))
        if (session.id == id && session.terminal != nullptr)
            return terminal_disconnect(*session.terminal);
}

void hold_session(Session& session)
{
    ++session.groups;
}

void release_session(Session& session)
{
    if (--session.groups == 0)
        drop_session(session);
}

} // namespace torc
