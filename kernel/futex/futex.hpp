// SPDX-License-Identifier: MIT
// Futexes: threads that wait on a word of user memory (futex(2)). Key: frame and offset for shared mappings,
// space and address for private ones.
#pragma once
#include "kernel/address.hpp"
#include "kernel/result.hpp"
#include <cstdint>

namespace torc {
struct Thread;

// A struct timespec at `at`, on the monotonic clock or the wall clock; no_deadline when there is none.
Result<std::uint64_t> absolute_deadline(Uaddr at, bool realtime);

// What a dying thread owes others, in bounded steps (restart.cursor and .done say how far): locks of its
// robust list are marked as their owner's death and a waiter is woken; clear_child_tid is zeroed and woken.
// Bad addresses are ignored. Its space must be in the core. True: finished. False: once more, when
// the thread runs again if it waits.
bool futex_exit_step(Thread& thread);

} // namespace torc
