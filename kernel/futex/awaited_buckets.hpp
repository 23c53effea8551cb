// SPDX-License-Identifier: MIT
// What a torus shows of its futex queues, so that a limb need not ask when nobody waits: for each bucket
// whether somebody may. Written by that torus alone.
//
// The waiter's torus says so and then looks at the word; the waker changes the word and then looks here. Both
// have a barrier in between, so at least one sees what the other did: either the waiter finds the word
// changed, or the waker asks. What is said is taken back only when the queue is empty.
#pragma once
#include "kernel/futex/futex_key.hpp"
#include <atomic>
#include <cstdint>

namespace torc {

class AwaitedBuckets final {
public:
    // The owner: somebody is about to look at a word, and to wait if it is as expected. `has_limbs`: others
    // may ask now (who asks later has heard of the space by a strand).
    enum class Limbs : std::uint8_t { None, Some };
    void announce(std::uint64_t bucket, Limbs limbs)
    {
        if (said_[bucket].load(std::memory_order_relaxed) == 0)
            said_[bucket].store(1, std::memory_order_relaxed);
        if (limbs == Limbs::Some)
            std::atomic_thread_fence(std::memory_order_seq_cst);
    }
    // The owner: nobody is in the queue.
    void take_back(std::uint64_t bucket)
    {
        if (said_[bucket].load(std::memory_order_relaxed) != 0)
            said_[bucket].store(0, std::memory_order_relaxed);
    }
    // Anyone: for a thread that has changed a word before.
    bool somebody_may_wait(std::uint64_t bucket) const
    {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        return said_[bucket].load(std::memory_order_relaxed) != 0;
    }

private:
    std::atomic<std::uint8_t> said_[futex_buckets]{};
};

} // namespace torc
