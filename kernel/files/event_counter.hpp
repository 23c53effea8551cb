// SPDX-License-Identifier: MIT
// eventfd: a count that writes add to and reads take. A write that would make it 2^64-1 or more waits.
#pragma once
#include "kernel/process/wait_queue.hpp"
#include <cstdint>

namespace torc {

struct EventCounter { // pool record, of one open file
    static constexpr std::uint64_t limit = ~0ull; // never reached

    std::uint64_t count{0};
    bool takes_one{false}; // EFD_SEMAPHORE: a read takes one, not all
    WaitQueue readable, writable;

    bool has_room(std::uint64_t more) const { return limit - count > more; }
    std::uint64_t next() const { return takes_one ? 1 : count; } // what a read gives, if the count is not 0
};

} // namespace torc
