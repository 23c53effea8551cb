// SPDX-License-Identifier: MIT
// User and group ids: getuid ... setfsgid, getgroups, setgroups (credentials(7)).
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/capability_rules.hpp"
#include "kernel/process/process.hpp"
#include <algorithm>
#include <span>

namespace torc {
namespace {

constexpr std::uint32_t keep = ~0u; // -1: leave as it is
constexpr std::uint32_t most_groups = 65536; // NGROUPS_MAX

// The user and the group ids obey the same rules; only the capability and the fields differ.
struct Ids {
    std::uint32_t real, effective, saved, filesystem;
    bool any(std::uint32_t id) const { return id == real || id == effective || id == saved; }
};

Ids users(Credentials const& c)
{
    return {c.uid, c.euid, c.suid, c.fsuid};
}
Ids groups(Credentials const& c)
{
    return {c.gid, c.egid, c.sgid, c.fsgid};
}

void put_users(Credentials& c, Ids const& ids)
{
    c.uid = ids.real, c.euid = ids.effective, c.suid = ids.saved, c.fsuid = ids.filesystem;
}
void put_groups(Credentials& c, Ids const& ids)
{
    c.gid = ids.real, c.egid = ids.effective, c.sgid = ids.saved, c.fsgid = ids.filesystem;
}

Result<Ids> set_one(Ids ids, std::uint32_t id, bool capable)
{
    if (id == keep)
        return unexpected{Status::BadArgument};
    if (capable)
        ids.real = ids.saved = id;
    else if (id != ids.real && id != ids.saved)
        return unexpected{Status::NotPermitted};
    ids.effective = ids.filesystem = id;
    return ids;
}

Result<Ids> set_real_effective(Ids const& old, std::uint32_t real, std::uint32_t effective, bool capable)
{
    Ids ids = old;
    if (real != keep) {
        if (!capable && real != old.real && real != old.effective)
            return unexpected{Status::NotPermitted};
        ids.real = real;
    }
    if (effective != keep) {
        if (!capable && !old.any(effective))
            return unexpected{Status::NotPermitted};
        ids.effective = effective;
    }
    if (real != keep || (effective != keep && effective != old.real))
        ids.saved = ids.effective;
    ids.filesystem = ids.effective;
    return ids;
}

Result<Ids> set_all(
    Ids const& old, std::uint32_t real, std::uint32_t effective, std::uint32_t saved, bool capable)
{
    Ids ids = old;
    for (std::uint32_t const id : {real, effective, saved})
        if (!capable && id != keep && !old.any(id))
            return unexpected{Status::NotPermitted};
    if (real != keep)
        ids.real = real;
    if (effective != keep)
        ids.effective = effective;
    if (saved != keep)
        ids.saved = saved;
    ids.filesystem = ids.effective;
    return ids;
}

void commit(Process& process, Credentials const& now)
{
    if (identity_changed(now, process.credentials)) {
        process.dumpable = false;
        process.parent_death_signal = 0;
    }
    process.credentials = now;
    process.has_changed();
}

Outcome commit_users(Thread& thread, Result<Ids> const& ids)
{
    if (!ids)
        return ids.error();
    Credentials now = thread.process->credentials;
    put_users(now, *ids);
    follow_user_ids(now, thread.process->credentials);
    commit(*thread.process, now);
    return 0;
}

Outcome commit_groups(Thread& thread, Result<Ids> const& ids)
{
    if (!ids)
        return ids.error();
    Credentials now = thread.process->credentials;
    put_groups(now, *ids);
    commit(*thread.process, now);
    return 0;
}

Credentials const& own(Thread const& thread)
{
    return thread.process->credentials;
}
bool may_set_users(Thread const& thread)
{
    return own(thread).capable(Capability::Setuid);
}
bool may_set_groups(Thread const& thread)
{
    return own(thread).capable(Capability::Setgid);
}

std::uint32_t id(Arguments const& arguments, unsigned i)
{
    return static_cast<std::uint32_t>(arguments[i]);
}

Outcome report(Arguments const& arguments, Ids const& ids)
{
    std::uint32_t const values[3] = {ids.real, ids.effective, ids.saved};
    for (unsigned i = 0; i < 3; ++i)
        if (auto const done = copy_out(Uaddr{arguments[i]}, values[i]); !done)
            return done;
    return 0;
}

} // namespace

namespace linux_abi {

Outcome call_getuid(Thread& thread, Arguments const&)
{
    return own(thread).uid;
}
Outcome call_geteuid(Thread& thread, Arguments const&)
{
    return own(thread).euid;
}
Outcome call_getgid(Thread& thread, Arguments const&)
{
    return own(thread).gid;
}
Outcome call_getegid(Thread& thread, Arguments const&)
{
    return own(thread).egid;
}

Outcome call_setuid(Thread& thread, Arguments const& arguments)
{
    return commit_users(thread, set_one(users(own(thread)), id(arguments, 0), may_set_users(thread)));
}
Outcome call_setgid(Thread& thread, Arguments const& arguments)
{
    return commit_groups(thread, set_one(groups(own(thread)), id(arguments, 0), may_set_groups(thread)));
}
Outcome call_setreuid(Thread& thread, Arguments const& a)
{
    return commit_users(
        thread, set_real_effective(users(own(thread)), id(a, 0), id(a, 1), may_set_users(thread)));
}
Outcome call_setregid(Thread& thread, Arguments const& a)
{
    return commit_groups(
        thread, set_real_effective(groups(own(thread)), id(a, 0), id(a, 1), may_set_groups(thread)));
}
Outcome call_setresuid(Thread& thread, Arguments const& a)
{
    return commit_users(
        thread, set_all(users(own(thread)), id(a, 0), id(a, 1), id(a, 2), may_set_users(thread)));
}
Outcome call_setresgid(Thread& thread, Arguments const& a)
{
    return commit_groups(
        thread, set_all(groups(own(thread)), id(a, 0), id(a, 1), id(a, 2), may_set_groups(thread)));
}
Outcome call_getresuid(Thread& thread, Arguments const& arguments)
{
    return report(arguments, users(own(thread)));
}
Outcome call_getresgid(Thread& thread, Arguments const& arguments)
{
    return report(arguments, groups(own(thread)));
}

// setfsuid and setfsgid report no error, only what was before.
Outcome call_setfsuid(Thread& thread, Arguments const& arguments)
{
    Credentials now = own(thread);
    std::uint32_t const wanted = id(arguments, 0), before = now.fsuid;
    if (wanted != keep && (users(now).any(wanted) || wanted == before || may_set_users(thread))) {
        now.fsuid = wanted;
        follow_filesystem_id(now, own(thread));
        commit(*thread.process, now);
    }
    return before;
}
Outcome call_setfsgid(Thread& thread, Arguments const& arguments)
{
    Credentials now = own(thread);
    std::uint32_t const wanted = id(arguments, 0), before = now.fsgid;
    if (wanted != keep && (groups(now).any(wanted) || wanted == before || may_set_groups(thread))) {
        now.fsgid = wanted;
        commit(*thread.process, now);
    }
    return before;
}

Outcome call_getgroups(Thread& thread, Arguments const& arguments)
{
    Credentials const& c = own(thread);
    int const room = arguments.as_int(0);
    if (room < 0)
        return Status::BadArgument;
    if (room != 0) {
        if (c.group_count > static_cast<std::uint32_t>(room))
            return Status::BadArgument;
        if (auto const done = copy_out(Uaddr{arguments[1]}, c.groups, c.group_count * sizeof c.groups[0]);
            !done)
            return done;
    }
    return c.group_count;
}

Outcome call_setgroups(Thread& thread, Arguments const& arguments)
{
    std::uint32_t const count = id(arguments, 0);
    if (!may_set_groups(thread))
        return Status::NotPermitted;
    if (count > most_groups)
        return Status::BadArgument;
    if (count > max_groups)
        return Status::NoMemory; // fewer fit than Linux takes
    std::uint32_t list[max_groups];
    if (auto const got = copy_in(list, Uaddr{arguments[1]}, count * sizeof list[0]); !got)
        return got;
    if (std::ranges::contains(std::span{list, count}, keep))
        return Status::BadArgument;
    std::ranges::sort(std::span{list, count}, [](std::uint32_t a, std::uint32_t b) { return a < b; });
    thread.process->has_changed();
    Credentials& c = thread.process->credentials;
    std::copy_n(list, count, c.groups);
    c.group_count = count;
    return 0;
}

} // namespace linux_abi
} // namespace torc
