// SPDX-License-Identifier: MIT
// Futexes: threads that wait on a word of user memory (futex(2)). Key: frame and offset for shared mappings,
// space and address for private ones.
#pragma once
#include <cstdint>

namespace torc {
struct Thread;

// The dying thread's clear_child_tid: writes 0 there and wakes one waiter. A bad address is ignored.
void futex_clear_child_tid(Thread& thread);

} // namespace torc
