// SPDX-License-Identifier: MIT
// What a futex is known by, and in which bucket its waiters stand.
#pragma once
#include <cstdint>

namespace torc {

// Shared mappings: the frame's address and 0. Private ones: the user address and the space's.
struct FutexKey {
    std::uint64_t word, space;
    friend bool operator==(FutexKey, FutexKey) = default;
};

inline constexpr std::uint32_t futex_buckets = 256;

constexpr std::uint64_t bucket_of(FutexKey key)
{
    std::uint64_t const mixed = (key.word >> 2 ^ key.space >> 6) * 0x9e37'79b9'7f4a'7c15;
    return mixed >> 56;
}
static_assert(futex_buckets == 1u << 8);

} // namespace torc
