// SPDX-License-Identifier: MIT
// access, chmod, chown and utimensat in their forms.
#include "kernel/files/descriptor.hpp"
#include "kernel/files/inode_create.hpp"
#include "kernel/files/permission.hpp"
#include "kernel/files/walk.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include <algorithm>

namespace torc {
namespace {

// A generated inode is as its filesystem says; nobody changes it.
Result<void> may_change(FileTarget const& target)
{
    TRY(target.check_writable());
    if (target.inode->dynamic)
        return unexpected{Status::NotPermitted};
    return {};
}

FileTarget of_descriptor(OpenFile const& file)
{
    FileTarget target;
    target.path = PathHold{file.path};
    target.inode = file.inode;
    return target;
}

// ---- access -------------------------------------------------------------------------------------------

// access(2) asks for the real user, with the capabilities that user would have.
Credentials real_credentials(Credentials const& who)
{
    Credentials real = who;
    real.fsuid = who.uid;
    real.fsgid = who.gid;
    real.effective = who.uid == 0 ? who.permitted : 0;
    return real;
}

Outcome access(Thread& thread, int fd, Uaddr text, int mode, int flags)
{
    using namespace at_flag;
    if ((mode & ~7) || (flags & ~(effective_access | symlink_no_follow | empty_path)))
        return Status::BadArgument;
    Credentials& own = thread.process->credentials;
    Credentials const kept = own; // the walk too is made as the real user
    if (!(flags & effective_access))
        own = real_credentials(kept);
    auto const target = find_target(thread, fd, text, flags & (symlink_no_follow | empty_path));
    Result<void> allowed;
    if (!target)
        allowed = unexpected{target.error()};
    else if (mode != 0)
        allowed = check_permission(*target->inode, own, static_cast<unsigned>(mode));
    own = kept;
    TRY(std::move(allowed));
    InodeKind const kind = target->inode->kind;
    bool const contents
        = kind == InodeKind::Regular || kind == InodeKind::Directory || kind == InodeKind::Symlink;
    if ((mode & may_write) && contents)
        TRY(target->check_writable());
    if ((mode & may_execute) && kind == InodeKind::Regular && target->path
        && (target->path.mount().flags & Mount::no_exec))
        return Status::AccessDenied;
    return 0;
}

// ---- chmod, chown -----------------------------------------------------------------------------------------

Result<void> change_mode(Thread const& thread, FileTarget const& target, std::uint32_t mode)
{
    TRY(may_change(target));
    Inode& inode = *target.inode;
    Credentials const& who = thread.process->credentials;
    if (!owns(inode, who))
        return unexpected{Status::NotPermitted};
    if (inode.kind == InodeKind::Symlink)
        return unexpected{Status::NotSupported};
    mode &= file_mode::permissions;
    if (!who.in_group(inode.gid) && !who.capable(Capability::Fsetid))
        mode &= ~file_mode::set_gid;
    inode.permissions = static_cast<std::uint16_t>(mode);
    inode.changed = file_time_now();
    return {};
}

constexpr std::uint32_t keep_id = ~0u; // -1: leave as it is

Result<void> may_change_owner(
    Inode const& inode, Credentials const& who, std::uint32_t uid, std::uint32_t gid)
{
    if (who.capable(Capability::Chown))
        return {};
    bool const owner = who.fsuid == inode.uid;
    if (uid != keep_id && !(owner && uid == inode.uid))
        return unexpected{Status::NotPermitted};
    if (gid != keep_id && !(owner && (gid == inode.gid || who.in_group(gid))))
        return unexpected{Status::NotPermitted};
    return {};
}

Result<void> change_owner(
    Thread const& thread, FileTarget const& target, std::uint32_t uid, std::uint32_t gid)
{
    TRY(may_change(target));
    Inode& inode = *target.inode;
    TRY(may_change_owner(inode, thread.process->credentials, uid, gid));
    if (uid != keep_id)
        inode.uid = uid;
    if (gid != keep_id)
        inode.gid = gid;
    // As Linux: a change of owner takes set-user-id, and set-group-id from what a group may execute.
    if (!inode.is_directory()) {
        inode.permissions &= static_cast<std::uint16_t>(~file_mode::set_uid);
        if (inode.permissions & 010)
            inode.permissions &= static_cast<std::uint16_t>(~file_mode::set_gid);
    }
    inode.changed = file_time_now();
    return {};
}

// ---- utimensat ------------------------------------------------------------------------------------------

constexpr std::int64_t time_now = 0x3fff'ffff, time_omit = 0x3fff'fffe;

struct UserTime {
    std::int64_t seconds, nanoseconds;
    bool valid() const { return special() || (nanoseconds >= 0 && nanoseconds < 1'000'000'000); }
    bool special() const { return nanoseconds == time_now || nanoseconds == time_omit; }
    bool omitted() const { return nanoseconds == time_omit; }
    // Times that nanoseconds in 64 bits cannot say are the nearest that they can (years 1678 to 2262).
    FileTime value(FileTime now) const
    {
        constexpr std::int64_t limit = 9'223'372'035;
        if (nanoseconds == time_now)
            return now;
        return std::clamp(seconds, -limit, limit) * 1'000'000'000 + nanoseconds;
    }
};

// Setting the present needs write permission; any other time the owner.
Result<void> may_set_times(Inode const& inode, Credentials const& who, UserTime const (&times)[2])
{
    if (owns(inode, who))
        return {};
    bool const now = times[0].nanoseconds == time_now && times[1].nanoseconds == time_now;
    if (!now)
        return unexpected{Status::NotPermitted};
    return check_permission(inode, who, may_write);
}

Result<void> set_times(Thread const& thread, FileTarget const& target, UserTime const (&times)[2])
{
    if (times[0].omitted() && times[1].omitted())
        return {};
    TRY(may_change(target));
    Inode& inode = *target.inode;
    TRY(may_set_times(inode, thread.process->credentials, times));
    FileTime const now = file_time_now();
    if (!times[0].omitted())
        inode.accessed = times[0].value(now);
    if (!times[1].omitted())
        inode.modified = times[1].value(now);
    inode.changed = now;
    return {};
}

} // namespace

namespace linux_abi {

Outcome call_faccessat(Thread& thread, Arguments const& arguments)
{
    return access(thread, arguments.as_int(0), Uaddr{arguments[1]}, arguments.as_int(2), 0);
}

Outcome call_faccessat2(Thread& thread, Arguments const& arguments)
{
    return access(thread, arguments.as_int(0), Uaddr{arguments[1]}, arguments.as_int(2), arguments.as_int(3));
}

Outcome call_fchmod(Thread& thread, Arguments const& arguments)
{
    OpenFile const& file = *TRY(descriptor(thread, arguments.as_int(0)));
    return change_mode(thread, of_descriptor(file), static_cast<std::uint32_t>(arguments[1]));
}

Outcome call_fchmodat(Thread& thread, Arguments const& arguments)
{
    FileTarget const target = TRY(find_target(thread, arguments.as_int(0), Uaddr{arguments[1]}, 0));
    return change_mode(thread, target, static_cast<std::uint32_t>(arguments[2]));
}

Outcome call_fchown(Thread& thread, Arguments const& arguments)
{
    OpenFile const& file = *TRY(descriptor(thread, arguments.as_int(0)));
    return change_owner(thread, of_descriptor(file), static_cast<std::uint32_t>(arguments[1]),
        static_cast<std::uint32_t>(arguments[2]));
}

Outcome call_fchownat(Thread& thread, Arguments const& arguments)
{
    int const flags = arguments.as_int(4);
    if (flags & ~(at_flag::symlink_no_follow | at_flag::empty_path))
        return Status::BadArgument;
    FileTarget const target = TRY(find_target(thread, arguments.as_int(0), Uaddr{arguments[1]}, flags));
    return change_owner(
        thread, target, static_cast<std::uint32_t>(arguments[2]), static_cast<std::uint32_t>(arguments[3]));
}

Outcome call_utimensat(Thread& thread, Arguments const& arguments)
{
    int const flags = arguments.as_int(3);
    UserTime times[2] = {{0, time_now}, {0, time_now}};
    if (arguments[2] != 0)
        TRY(copy_in(times, Uaddr{arguments[2]}, sizeof times));
    if (!times[0].valid() || !times[1].valid())
        return Status::BadArgument;
    if (times[0].omitted() && times[1].omitted())
        return 0;
    if (arguments[1] == 0 && arguments.as_int(0) != at_flag::current_directory) {
        if (flags != 0)
            return Status::BadArgument;
        OpenFile const& file = *TRY(descriptor(thread, arguments.as_int(0)));
        return set_times(thread, of_descriptor(file), times);
    }
    if (flags & ~(at_flag::symlink_no_follow | at_flag::empty_path))
        return Status::BadArgument;
    FileTarget const target = TRY(find_target(thread, arguments.as_int(0), Uaddr{arguments[1]}, flags));
    return set_times(thread, target, times);
}

} // namespace linux_abi
} // namespace torc
