// SPDX-License-Identifier: MIT
// Who reads the log: /dev/kmsg, syslog(2).
#pragma once
#include <cstdint>
#include <string_view>

namespace torc {
struct Thread;

// Boot: readers are woken by new lines from now on. `command_line` may say quiet or loglevel=N.
void start_log_readers(std::string_view command_line);

std::uint64_t cleared_log_sequence(); // lines before it were cleared (SYSLOG_ACTION_CLEAR)
bool may_read_log(Thread const& thread); // as with Debian's dmesg_restrict: CAP_SYSLOG

} // namespace torc
