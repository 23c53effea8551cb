// SPDX-License-Identifier: MIT
// Sessions and process groups (setsid(2), setpgid(2)): pool records, torus-local. A group lives while it has
// members, a session while it has groups. A process, also a zombie, is in exactly one group.
#pragma once
#include "kernel/process/process.hpp"
#include "kernel/result.hpp"
#include "kernel/tori/outbox.hpp"
#include "substrate/intrusive_list.hpp"
#include <cstdint>

namespace torc {
struct Terminal;

struct Session { // pool record
    std::int32_t id{0};
    std::uint32_t groups{0}; // how many hold it, and its terminal
    Process* leader{nullptr}; // nullptr once it has exited, and where it was not born
    Terminal* terminal{nullptr}; // the controlling one, if that is here
    ListHook in_table;
};

struct ProcessGroup { // pool record
    std::int32_t id{0};
    std::uint32_t member_count{0};
    std::uint32_t stopped_count{0}; // members that are stopped
    Session* session{nullptr};
    ListHook in_table;
    List<Process, &Process::in_group> members; // here: also stubs and guests
    // A group's torus is that of its number. There: which others have a part of it. A part tells that it is
    // one.
    std::uint64_t parts[2]{};
    OutItem out{.hook = {}, .kind = OutKind::Part};
    bool told{false}; // part: its torus knows of it
    bool in_foreground{
        false}; // part: of a terminal here, which sends it signals, also when nobody is in it here
    // What is on its way from its torus to the parts, one after the other.
    OutItem signals_out{.hook = {}, .kind = OutKind::GroupSignal};
    std::uint64_t signal_to[2]{};
    SignalSet signals{0};
    SignalInfo signal; // the last one's; who sent it may not be allowed to everywhere
    std::uint32_t sender_euid{0};
    bool sender_may_all{true};
};

// The process leads a new session and a new group of its own: setsid(2), and the first process (whose group
// is null before).
Result<void> session_start(Process& process);
// setpgid(2), permitted already: into the group `id` of its session, which is made if need be.
Result<void> group_move(Process& process, std::int32_t id);
// fork: the child is in its parent's group.
void group_join(Process& process, ProcessGroup& group);
// A group of another torus's number is signalled from there: Elsewhere, and the run loop is told where.
Status absence_of_group(std::int32_t id);
inline bool group_has_parts(ProcessGroup const& group)
{
    return (group.parts[0] | group.parts[1]) != 0;
}
bool group_is_here(ProcessGroup const& group); // not a part of it
inline bool group_has_members(ProcessGroup const& group)
{
    return group.member_count != 0 || group_has_parts(group);
}
// To the members on other tori that the sender may signal; nullptr: the kernel, which may all.
void signal_parts(ProcessGroup& group, SignalInfo const& info, Process const* sender);
// The kernel's own, to all members wherever they are; those of others hear of it by the group's torus.
void signal_group(std::int32_t id, unsigned signal);

// A terminal here has it in its foreground from now on, and no longer. Another torus's group is known here
// meanwhile, if need be as one of `session`. NoMemory.
Result<void> group_to_foreground(std::int32_t id, Session& session);
void group_from_foreground(std::int32_t id);

// The process has moved here: into this torus's part of its group.
Result<void> group_join_part(Process& process, std::int32_t id, std::int32_t session);
// Reaping: the process leaves its group; the last one frees it.
void group_leave(Process& process);
// Stops and continues go through here: the group counts its stopped members.
void set_stopped(Process& process);
void clear_stopped(Process& process);
ProcessGroup* group_find(std::int32_t id); // nullptr: no such group

// Its parent, here or elsewhere, is in another group of its session: a shell, which continues what it stops.
bool has_job_parent(Process const& process);
// POSIX: no member has such a parent. `ignored` is left out (it is exiting). A part knows of its members
// only.
bool group_is_orphaned(ProcessGroup const& group, Process const* ignored = nullptr);
// Exit calls this for the exiting process (exiting: nullptr), and for every child once it has its new parent
// (exiting: its old one): a group that thereby becomes orphaned and has stopped members gets SIGHUP and
// SIGCONT.
void group_parent_exits(Process& member, Process* exiting);
// Exit calls this for the exiting process: a session leader gives up the controlling terminal, whose
// foreground group gets SIGHUP and SIGCONT (Terminal's part: terminal_disconnect).
void session_member_exits(Process& exiting);
// That of a process that exits for good and leads it; else 0.
std::int32_t session_that_ends(Process const& exiting);
// Its leader has exited, maybe on another torus: a terminal here hangs up.
void session_ends(std::int32_t id);
// A terminal controls it from now on, and no longer.
void hold_session(Session& session);
void release_session(Session& session);
// The terminal's part: hang up the foreground group and forget the session.
void terminal_disconnect(Terminal& terminal);

} // namespace torc
