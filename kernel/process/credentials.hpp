// SPDX-License-Identifier: MIT
// Who a process is. Capabilities as sets of bits in the Linux numbering; a fork copies all of it.
#pragma once
#include <cstdint>

namespace torc {

inline constexpr unsigned max_groups = 64;
inline constexpr std::uint64_t all_capabilities = (1ull << 41) - 1;

enum class Capability : std::uint8_t { // linux/capability.h
    Chown = 0,
    DacOverride = 1,
    DacReadSearch = 2,
    Fowner = 3,
    Fsetid = 4,
    Kill = 5,
    Setgid = 6,
    Setuid = 7,
    Setpcap = 8,
    SysChroot = 18,
    SysPtrace = 19,
    SysAdmin = 21,
    SysBoot = 22,
    SysNice = 23,
    SysResource = 24,
    SysTime = 25,
    SysTtyConfig = 26,
    Mknod = 27,
    Syslog = 34,
    WakeAlarm = 35,
    BlockSuspend = 36,
    CheckpointRestore = 40,
};

struct Credentials {
    std::uint32_t uid{0}, euid{0}, suid{0}, fsuid{0};
    std::uint32_t gid{0}, egid{0}, sgid{0}, fsgid{0};
    std::uint32_t group_count{0};
    std::uint32_t groups[max_groups]{}; // sorted
    std::uint64_t permitted{all_capabilities}, effective{all_capabilities}, inheritable{0},
        bounding{all_capabilities}, ambient{0};
    std::uint32_t secure_bits{0};

    bool capable(Capability c) const { return effective >> static_cast<unsigned>(c) & 1; }
    bool in_group(std::uint32_t g) const
    {
        if (g == fsgid)
            return true;
        for (std::uint32_t i = 0; i < group_count; ++i)
            if (groups[i] == g)
                return true;
        return false;
    }
};

} // namespace torc
