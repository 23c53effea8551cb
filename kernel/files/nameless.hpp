// SPDX-License-Identifier: MIT
// Things that are open and have no path: pipes, anonymous files. For /proc/PID/fd they get a name when
// somebody asks.
#pragma once
#include "kernel/files/path.hpp"
#include "kernel/format.hpp"
#include "kernel/result.hpp"
#include <cstdint>

namespace torc {
struct Filesystem;
struct Mount;
struct OpenFile;

// "pipe:[7]", "anon_inode:[eventfd]"
void put_nameless_text(FormatSink& out, OpenFile const& file);
// A path that leads to it, with references for the caller.
Result<Path> path_of_nameless(OpenFile const& file);
std::uint32_t nameless_mount_id();

// Boot: the mount such paths go through. It lies nowhere.
Result<Mount*> create_nameless_mount(Filesystem& filesystem);

} // namespace torc
