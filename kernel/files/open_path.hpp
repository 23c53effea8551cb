// SPDX-License-Identifier: MIT
// Opening by path: the part of openat, exec and boot that has no descriptor yet.
#pragma once
#include "kernel/files/open_file.hpp"
#include "kernel/files/walk.hpp"
#include "kernel/linux/outcome.hpp"
#include "kernel/result.hpp"
#include <cstdint>
#include <string_view>

namespace torc {
struct Thread;

struct OpenHow {
    std::uint32_t flags{0}; // O_
    std::uint32_t mode{0}; // of what O_CREAT makes, umask not yet applied
};

// Flags as Linux takes them: unknown bits dropped, O_PATH's companions kept; BadArgument for what cannot go
// together.
Result<OpenHow> normalise(OpenHow how);

struct OpenTarget {
    PathHold path;
    bool created{false};
};
// What is there or is made; every permission is checked. Nothing is truncated yet.
Result<OpenTarget> find_or_create(Thread& thread, int fd, std::string_view text, OpenHow how);
// The open file for it, with one reference.
Result<OpenFile*> open_target(Thread& thread, OpenTarget target, OpenHow how);
// May what is there be opened so?
Result<void> check_reopening(Thread const& thread, PathHold const& found, OpenHow how);
// Opens once more what is open, as a path through /proc/self/fd does.
Outcome reopen_file(Thread& thread, OpenFile& file, std::uint32_t flags, std::uint32_t mode);
Outcome stat_file(OpenFile const& file, Uaddr to);
// A new file, directory, device... in its place: permissions, mount and parent are checked here.
Result<Inode*> make_node(Thread& thread, WalkEnd const& place, InodeKind kind, std::uint32_t mode);
Result<PathHold> add_node(WalkEnd const& place, Inode& inode);

} // namespace torc
