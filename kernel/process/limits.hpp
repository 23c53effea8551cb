// SPDX-License-Identifier: MIT
// Resource limits (getrlimit(2), Linux resource.h), with Linux's defaults.
#pragma once
#include <cstdint>

namespace torc {

enum class Resource : std::uint8_t {
    Cpu,
    FileSize,
    Data,
    Stack,
    Core,
    Rss,
    Processes,
    Files,
    Memlock,
    AddressSpace,
    Locks,
    SignalsPending,
    MessageQueue,
    Nice,
    RealTimePriority,
    RealTimeTime,
    count_
};

struct Limit {
    std::uint64_t soft, hard;
};
inline constexpr std::uint64_t unlimited = ~0ull;

struct Limits {
    Limit values[static_cast<unsigned>(Resource::count_)]
        = {{unlimited, unlimited}, {unlimited, unlimited}, {unlimited, unlimited}, {8u << 20, unlimited},
            {0, unlimited}, {unlimited, unlimited}, {0, 0} /* set at boot from memory */, {1024, 4096},
            {8u << 20, 8u << 20}, {unlimited, unlimited}, {unlimited, unlimited}, {0, 0} /* as Processes */,
            {819200, 819200}, {0, 0}, {0, 0}, {unlimited, unlimited}};
    Limit& operator[](Resource r) { return values[static_cast<unsigned>(r)]; }
    Limit const& operator[](Resource r) const { return values[static_cast<unsigned>(r)]; }
};

} // namespace torc
