// SPDX-License-Identifier: MIT
// The word a futex call is about: its key, and where the kernel reaches it. Words are read and changed
// atomically through the direct map of their frame, so the answer is the memory's and not a copy's.
#pragma once
#include "kernel/futex/futex_table.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/result.hpp"
#include <atomic>
#include <cstdint>

namespace torc {
struct Thread;

inline constexpr std::uint32_t futex_private = 128, futex_realtime = 256; // flags of an operation
// A lock's word, where the kernel knows locks (linux/futex.h).
inline constexpr std::uint32_t word_waiters = 0x8000'0000, word_owner_died = 0x4000'0000,
                               word_owner = 0x3fff'ffff;

struct FutexWord {
    FutexKey key;
    std::uint32_t* alias; // through the direct map
    unsigned torus; // whose queues its waiters stand in (far_word.hpp)

    std::atomic_ref<std::uint32_t> value() const { return std::atomic_ref{*alias}; }
};

FutexKey private_key(Space const& space, Uaddr address);
Result<FutexWord> find_word(
    Thread& thread, Uaddr address, std::uint32_t operation, Access access = Access::Read);
// Up to `count` of those who wait for one of `bits`.
unsigned wake_waiters(FutexKey key, std::uint32_t bits, unsigned count);

} // namespace torc
