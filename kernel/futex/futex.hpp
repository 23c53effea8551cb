// SPDX-License-Identifier: MIT
// Futexes: threads that wait on a word of user memory (futex(2)). Key: frame and offset for shared mappings,
// space and address for private ones.
#pragma once
#include <cstdint>

namespace torc {
struct Thread;

// What a dying thread owes others, in bounded steps (restart.cursor and .done say how far): locks of its
// robust list are marked as their owner's death and a waiter is woken; clear_child_tid is zeroed and woken.
// Bad addresses are ignored. Its space must be in the core. True: finished.
bool futex_exit_step(Thread& thread);

} // namespace torc
