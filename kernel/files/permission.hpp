// SPDX-License-Identifier: MIT
// Who may do what with an inode: Linux's rules of mode bits, owner, groups and capabilities. Each says Status
// of the refusal. Read-only mounts are asked about separately (a special file may be written there).
#pragma once
#include "kernel/files/inode.hpp"
#include "kernel/process/credentials.hpp"
#include "kernel/result.hpp"
#include <cstdint>

namespace torc {
struct Mount;
struct Path;

inline constexpr unsigned may_execute = 1, may_write = 2, may_read = 4;

bool has_permission(Inode const& inode, Credentials const& who, unsigned wanted);

inline Result<void> check_permission(Inode const& inode, Credentials const& who, unsigned wanted)
{
    if (!has_permission(inode, who, wanted)) [[unlikely]]
        return unexpected{Status::AccessDenied};
    return {};
}
// To pass through a directory: nearly every one lets everybody through.
inline bool may_search(Inode const& directory, Credentials const& who)
{
    return (directory.permissions & 0111) == 0111 || has_permission(directory, who, may_execute);
}
inline bool owns(Inode const& inode, Credentials const& who)
{
    return who.fsuid == inode.uid || who.capable(Capability::Fowner);
}

Result<void> check_writable_mount(Mount const& mount); // ReadOnly
// A new entry in this directory.
Result<void> may_create_in(Path const& directory, Credentials const& who);
// Removing or renaming `victim` away: write permission, the sticky bit, mount points.
Result<void> may_remove(Path const& directory, Name const& victim, Credentials const& who);
// Owner, group and set-group-id of something made in `directory` (the mode goes in with umask applied).
void inherit_ownership(Inode& inode, Inode const& directory, Credentials const& who);
// A write or truncation by someone else takes the set-id bits away.
void drop_set_id(Inode& inode, Credentials const& who);

} // namespace torc
