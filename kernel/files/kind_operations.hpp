// SPDX-License-Identifier: MIT
// The rows of the table in file_operations.cpp.
#pragma once
#include "kernel/files/file_operations.hpp"

namespace torc {

extern FileOperations const regular_operations, directory_operations, dynamic_text_operations,
    dynamic_directory_operations, pipe_operations, path_only_operations, null_operations, zero_operations,
    full_operations, random_operations, kernel_log_operations, terminal_operations, no_device_operations,
    far_operations, event_counter_operations, timer_operations, signal_operations, epoll_operations,
    process_operations;

void touch_accessed(OpenFile& file); // after a read
Outcome seek_plain(OpenFile& file, std::int64_t offset, Whence whence, std::uint64_t size);
void keep_progress(Thread& thread, IoRequest const& io);
// What a page's worth of a regular file's reading needs (sendfile, exec).
std::size_t read_pages(OpenFile& file, std::uint64_t offset, void* to, std::size_t size);

} // namespace torc
