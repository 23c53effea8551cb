// SPDX-License-Identifier: MIT
// Who waits on which word. A waiter's key is in its thread's restart record, so the table is queues only: a
// bucket holds all waiters whose keys fall into it.
#pragma once
#include "kernel/futex/futex_key.hpp"
#include "kernel/process/wait_queue.hpp"
#include "substrate/pool.hpp"
#include <cstdint>

namespace torc {
struct Torus;
struct Thread;

struct InheritingLock { // pool record
    FutexKey key;
    Thread* owner{nullptr}; // none: it went without a waiter in the queue that it could be given to
    InheritingLock* next_of_owner{nullptr};
    InheritingLock* next_in_bucket{nullptr};
    std::uint32_t users{0}; // threads whose awaited_lock it is, in the queue or on their way to look again
    bool owner_died{false}; // the present owner has the word still to write
    WaitQueue waiting;
};

struct FutexTable {
    static constexpr std::uint32_t buckets = futex_buckets;
    WaitQueue queues[buckets];
    InheritingLock* lock_lists[buckets]{};
    Pool<InheritingLock> locks;

    WaitQueue& queue(FutexKey key) { return queues[bucket_of(key)]; }
    InheritingLock*& lock_bucket(FutexKey key) { return lock_lists[bucket_of(key)]; }
};

} // namespace torc
