// SPDX-License-Identifier: MIT
#include "kernel/files/permission.hpp"
#include "kernel/files/file_flags.hpp"
#include "kernel/files/filesystem.hpp"

namespace torc {
namespace {

unsigned class_bits(Inode const& inode, Credentials const& who)
{
    if (who.fsuid == inode.uid)
        return inode.permissions >> 6 & 7;
    if (who.in_group(inode.gid))
        return inode.permissions >> 3 & 7;
    return inode.permissions & 7;
}

// The sticky bit keeps others' hands off.
bool sticky_keeps(Inode const& directory, Inode const& victim, Credentials const& who)
{
    return (directory.permissions & file_mode::sticky) && who.fsuid != victim.uid
        && who.fsuid != directory.uid && !who.capable(Capability::Fowner);
}

} // namespace

bool has_permission(Inode const& inode, Credentials const& who, unsigned wanted)
{
    if ((wanted & ~class_bits(inode, who)) == 0)
        return true;
    bool const reads = !(wanted & may_write) && who.capable(Capability::DacReadSearch);
    if (inode.is_directory())
        return reads || who.capable(Capability::DacOverride);
    if (wanted == may_read && reads)
        return true;
    // An executable needs an x bit somewhere, even for root.
    return who.capable(Capability::DacOverride) && (!(wanted & may_execute) || (inode.permissions & 0111));
}

Result<void> check_writable_mount(Mount const& mount)
{
    if (mount.flags & Mount::read_only)
        return unexpected{Status::ReadOnly};
    return {};
}

Result<void> may_create_in(Path const& directory, Credentials const& who)
{
    Name const& name = *directory.name;
    if (name.inode->links == 0 || name.inode->dynamic) // removed; or there is no such name and never will be
        return unexpected{Status::NotFound};
    TRY(check_writable_mount(*directory.mount));
    return check_permission(*name.inode, who, may_write | may_execute);
}

Result<void> may_remove(Path const& directory, Name const& victim, Credentials const& who)
{
    TRY(check_writable_mount(*directory.mount));
    Inode const& inode = *directory.name->inode;
    TRY(check_permission(inode, who, may_write | may_execute));
    if (inode.dynamic || sticky_keeps(inode, *victim.inode, who))
        return unexpected{Status::NotPermitted};
    return {};
}

void inherit_ownership(Inode& inode, Inode const& directory, Credentials const& who)
{
    inode.uid = who.fsuid;
    inode.gid = who.fsgid;
    if (!(directory.permissions & file_mode::set_gid))
        return;
    inode.gid = directory.gid;
    if (inode.is_directory())
        inode.permissions |= file_mode::set_gid;
    else if ((inode.permissions & (file_mode::set_gid | 010)) == (file_mode::set_gid | 010)
        && !who.in_group(directory.gid) && !who.capable(Capability::Fsetid))
        inode.permissions &= static_cast<std::uint16_t>(~file_mode::set_gid);
}

void drop_set_id(Inode& inode, Credentials const& who)
{
    constexpr unsigned both = file_mode::set_uid | file_mode::set_gid;
    if (!(inode.permissions & both) || who.capable(Capability::Fsetid)) [[likely]]
        return;
    inode.permissions &= static_cast<std::uint16_t>(~file_mode::set_uid);
    if (inode.permissions & 010)
        inode.permissions &= static_cast<std::uint16_t>(~file_mode::set_gid);
}

} // namespace torc
