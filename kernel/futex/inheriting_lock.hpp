// SPDX-License-Identifier: MIT
// Locks whose owner inherits the urgency of those who wait (FUTEX_LOCK_PI). The lock is the program's word;
// a record exists only while somebody waits.
//
//   free: word 0         ->  taken by the program, or by LOCK_PI: word is the owner's tid
//   LOCK_PI on a taken one  WAITERS is set, a record is made, the owner runs as urgently as the waiter
//   UNLOCK_PI            ->  the most urgent waiter owns it: the unlocker writes the word
//   the owner ends       ->  the same, but the new owner writes the word, with OWNER_DIED, when it runs
#pragma once
#include "kernel/address.hpp"
#include "kernel/futex/futex_table.hpp"
#include "kernel/linux/outcome.hpp"

namespace torc {
struct Thread;

Outcome lock_inheriting(Thread& thread, Uaddr address, std::uint32_t operation, Uaddr timeout);
Outcome try_lock_inheriting(Thread& thread, Uaddr address, std::uint32_t operation);
Outcome unlock_inheriting(Thread& thread, Uaddr address, std::uint32_t operation);

// A thread that holds or awaits locks runs by other parameters of its own: who they concern is lifted anew.
void urgency_changed(Thread& thread);

// A thread ends: it waits for no lock any more; those it holds go to others.
void leave_awaited_lock(Thread& thread);
void hand_locks_on(Thread& thread);

} // namespace torc
