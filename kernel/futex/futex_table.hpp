// SPDX-License-Identifier: MIT
// Who waits on which word. A waiter's key is in its thread's restart record, so the table is queues only: a
// bucket holds all waiters whose keys fall into it.
#pragma once
#include "kernel/process/wait_queue.hpp"
#include <cstdint>

namespace torc {
struct Torus;
struct Thread;

// Shared mappings: the frame's address and 0. Private ones: the user address and the space's.
struct FutexKey {
    std::uint64_t word, space;
    friend bool operator==(FutexKey, FutexKey) = default;
};

struct FutexTable {
    static constexpr std::uint32_t buckets = 256;
    WaitQueue queues[buckets];

    WaitQueue& queue(FutexKey key)
    {
        std::uint64_t const mixed = (key.word >> 2 ^ key.space >> 6) * 0x9e37'79b9'7f4a'7c15;
        return queues[mixed >> 56];
    }
};
static_assert(FutexTable::buckets == 1u << 8);

} // namespace torc
