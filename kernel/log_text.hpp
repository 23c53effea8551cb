// SPDX-License-Identifier: MIT
// A line of the log as programs read it: syslog(2)'s "<6>[    1.234567] text", /dev/kmsg's
// "6,12,1234567,-;text" (Linux Documentation/ABI/testing/dev-kmsg).
#pragma once
#include "kernel/log.hpp"
#include <cstdint>
#include <string_view>

namespace torc {

inline constexpr std::size_t longest_log_text = LogRing::longest_line * 4 + 64; // every byte escaped

void put_syslog_line(FormatSink& out, LogRing::Line const& line, std::uint64_t microseconds);
void put_kmsg_record(FormatSink& out, LogRing::Line const& line, std::uint64_t microseconds);

// What a program wrote: "<N>text\n". The kernel's own facility is not for programs.
struct WrittenLine {
    std::uint16_t priority;
    std::string_view text;
};
WrittenLine parse_written_line(std::string_view written);

} // namespace torc
