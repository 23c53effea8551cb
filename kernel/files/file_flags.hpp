// SPDX-License-Identifier: MIT
// Numbers of the Linux arm64 ABI that files are opened, described and sought with (Linux fcntl.h with
// arm64's exceptions, linux/stat.h).
#pragma once
#include <cstdint>

namespace torc {

namespace open_flag {
inline constexpr std::uint32_t read_only = 0, write_only = 1, read_write = 2, access_mask = 3, create = 0100,
                               exclusive = 0200, no_terminal = 0400, truncate = 01000, append = 02000,
                               nonblock = 04000, data_sync = 010000, async = 020000, directory = 040000,
                               no_follow = 0100000, direct = 0200000, large_file = 0400000,
                               no_atime = 01000000, close_on_exec = 02000000, sync = 04010000,
                               path = 010000000, temporary_bit = 020000000,
                               temporary = temporary_bit | directory;
}

namespace file_mode { // st_mode
inline constexpr std::uint32_t type_mask = 0170000, socket = 0140000, symlink = 0120000, regular = 0100000,
                               block_device = 0060000, directory = 0040000, char_device = 0020000,
                               fifo = 0010000, set_uid = 04000, set_gid = 02000, sticky = 01000,
                               permissions = 07777;
}

namespace at_flag {
inline constexpr int current_directory = -100, symlink_no_follow = 0x100, remove_directory = 0x200,
                     effective_access = 0x200, symlink_follow = 0x400, no_automount = 0x800,
                     empty_path = 0x1000, statx_sync_mask = 0x6000;
}

namespace poll_event { // Linux poll.h
inline constexpr std::uint32_t in = 0x001, priority = 0x002, out = 0x004, error = 0x008, hang_up = 0x010,
                               invalid = 0x020, read_normal = 0x040, read_band = 0x080, write_normal = 0x100,
                               write_band = 0x200, read_hang_up = 0x2000;
}

enum class Whence : std::uint8_t { Set, Current, End, Data, Hole };

} // namespace torc
