// SPDX-License-Identifier: MIT
// Open files that nobody can look up: eventfd, timerfd, signalfd, epoll, pidfd. As on Linux they share one
// inode, which has no type.
#pragma once
#include "kernel/files/fd_table.hpp"
#include "kernel/linux/outcome.hpp"
#include <cstdint>
#include <string_view>

namespace torc {
struct Thread;

// Open for reading and writing, with the O_NONBLOCK that `flags` may have. FileTableFull. The kind's own
// field is the caller's to set.
Result<OpenFile*> create_anonymous_file(FileKind kind, std::uint32_t flags);
// Gives it the lowest free descriptor; releases it when there is none. O_CLOEXEC in `flags` counts.
Outcome give_descriptor(Thread& thread, OpenFile& file, std::uint32_t flags);
// "[eventfd]"; empty for kinds that have an inode of their own.
std::string_view anonymous_name(FileKind kind);
// lseek on them changes nothing, and says so.
Outcome seek_nowhere(OpenFile& file, std::int64_t offset, Whence whence);

Result<void> start_anonymous_files(); // boot

} // namespace torc
