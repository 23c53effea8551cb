// SPDX-License-Identifier: MIT
// Path resolution (path_resolution(7)): from a directory along a text, through mounts and symbolic links, at
// most 40 of them. One function does it all; what a call wants of the last component is in the request.
#pragma once
#include "kernel/address.hpp"
#include "kernel/files/path_hold.hpp"
#include "kernel/result.hpp"
#include <cstdint>
#include <span>
#include <string_view>

namespace torc {
struct Thread;

// A symbolic link at the end of the path. FollowBeforeSlash: "link/" means the directory it leads to.
enum class LastLink : std::uint8_t { Follow, FollowBeforeSlash, Keep };
enum class LastKind : std::uint8_t { Normal, Dot, DotDot, Root };

struct WalkEnd {
    PathHold parent; // the directory that has or would have the last component; of the root: itself
    PathHold found; // what is there; empty if nothing is
    std::string_view last; // text of the last component: good until the call yields
    std::uint32_t hash{0};
    LastKind kind{LastKind::Root};
    bool slash{false}; // a slash came after it: it must be a directory
};

// The text is in the thread's records (not yet checked for length zero). `from` is used for a relative path.
Result<WalkEnd> walk(Thread& thread, Path const& from, std::string_view text, LastLink last);

// ---- the ways calls use it -----------------------------------------------------------------------------
enum class PathBuffer : std::uint8_t { First, Second };
// Copies a path argument in. BadAddress, NameTooLong.
Result<std::string_view> copy_path(Uaddr text, PathBuffer buffer);
// Where a relative path starts: `fd` or AT_FDCWD. BadDescriptor, NotDirectory (unless the text is absolute).
Result<Path> walk_start(Thread& thread, int fd, std::string_view text);

// What is at a path argument: NotFound if nothing. `flags`: at_flag::symlink_no_follow, empty_path.
Result<PathHold> find_path(Thread& thread, int fd, Uaddr text, int flags);
Result<PathHold> find_path(Thread& thread, int fd, std::string_view text, int flags);
// The entry `text` of a directory as a walk would see it (mounts included); empty if there is none.
Result<PathHold> find_entry(Thread& thread, Path const& directory, std::string_view text);
// The inode that a call with dirfd, path and AT_EMPTY_PATH is about: also of things without a path (pipes).
struct FileTarget {
    PathHold path; // empty for those
    Inode* inode{nullptr}; // kept by the path or the descriptor
    Result<void> check_writable() const; // ReadOnly
};
Result<FileTarget> find_target(Thread& thread, int fd, Uaddr text, int flags);

// Its parent and last component, for calls that make, remove or move names. NotFound for an empty text.
Result<WalkEnd> find_place(
    Thread& thread, int fd, Uaddr text, PathBuffer buffer, LastLink last = LastLink::Keep);

} // namespace torc
