// SPDX-License-Identifier: MIT
// Things that are open and have no path: pipes. For /proc/PID/fd they get a name when somebody asks.
#pragma once
#include "kernel/files/path.hpp"
#include "kernel/format.hpp"
#include "kernel/result.hpp"
#include <cstdint>

namespace torc {
struct Filesystem;
struct Inode;
struct Mount;

// "pipe:[7]"
void put_nameless_text(FormatSink& out, Inode const& inode);
// A path that leads to it, with references for the caller.
Result<Path> path_of_nameless(Inode& inode);
std::uint32_t nameless_mount_id();

// Boot: the mount such paths go through. It lies nowhere.
Result<Mount*> create_nameless_mount(Filesystem& filesystem);

} // namespace torc
