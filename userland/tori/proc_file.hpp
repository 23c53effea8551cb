// SPDX-License-Identifier: MIT
// Files of /proc as these programs need them.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace torc::user {

inline constexpr char tori_path[] = "/proc/torc/tori";

// The whole text, as far as there is room; -1 and errno.
long read_file(char const* path, std::span<char> room);
// False, and errno: nothing has changed.
bool write_file(char const* path, std::string_view text);
// Says on stderr why a file of /proc/torc could not be read or written: errno.
void say_why(char const* program, char const* path);

std::uint64_t uptime_ms();

} // namespace torc::user
