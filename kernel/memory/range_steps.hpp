// SPDX-License-Identifier: MIT
// What mmap, munmap, brk and mremap share: walks over a range of the address space that give way in the
// middle and go on from the thread's restart record.
#pragma once
#include "kernel/linux/outcome.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/process/thread.hpp"
#include <cstdint>

namespace torc::linux_abi {

inline constexpr std::uint64_t user_end = arch::PageTable::user_end;

// Unmaps until it is done or somebody more urgent waits; `done` tells which.
Outcome unmap_range(Thread& thread, std::uint64_t start, std::uint64_t end, bool& done);
// Looks for a free range until one is found or somebody more urgent waits; `done` tells which.
Outcome find_range(
    Thread& thread, std::uint64_t hint, std::uint64_t length, std::uint64_t& found, bool& done);

bool range_is_free(Space& space, std::uint64_t start, std::uint64_t length);
// More than the machine has, asked for at once and to be written, is refused at once (Linux's heuristic
// overcommit).
bool obviously_too_much(std::uint64_t length, unsigned protection, std::uint16_t flags);

} // namespace torc::linux_abi
