// SPDX-License-Identifier: MIT
// The timers of a torus by deadline, in ticks of its counter. The torus programs its hardware timer for
// earliest() and, when it fires, pops the expired ones one by one, looking at pending interrupts in between.
#pragma once
#include <cstdint>

#include "substrate/ordered_queue.hpp"

namespace torc {

inline constexpr std::uint64_t never = ~0ull;

// Embedded in, or the base of, whatever waits. `kind` tells the kernel what it is in: no virtual functions
// in lattice objects.
struct Timer : OrderedNode {
    std::uint32_t kind{0};

    bool is_armed() const { return is_queued(); }
    std::uint64_t deadline() const { return is_armed() ? key : never; }
};

class TimerQueue final {
public:
    // Arms the timer, or moves it when it is armed already. A deadline of `never` disarms it; one that no
    // counter lives to see (a user may ask for it) counts as the furthest that still compares rightly.
    void arm(Timer& timer, std::uint64_t deadline_ticks)
    {
        cancel(timer);
        if (deadline_ticks != never)
            queue_.insert(timer, deadline_ticks < furthest ? deadline_ticks : furthest);
    }

    void cancel(Timer& timer)
    {
        if (timer.is_armed())
            queue_.remove(timer);
    }

    std::uint64_t earliest() const { return queue_.empty() ? never : queue_.first()->key; }

    // One timer whose deadline is not after `now`, disarmed, earliest first; nullptr when there is none.
    Timer* pop_expired(std::uint64_t now_ticks)
    {
        OrderedNode* const first = queue_.first();
        if (first == nullptr || precedes(now_ticks, first->key))
            return nullptr;
        queue_.remove(*first);
        return static_cast<Timer*>(first);
    }

    // Walks the armed timers in order, while none changes.
    Timer* first() const { return static_cast<Timer*>(queue_.first()); }
    Timer* after(Timer& timer) const { return static_cast<Timer*>(queue_.after(timer)); }

private:
    static constexpr std::uint64_t furthest = 1ull << 62;

    OrderedQueue queue_;
};

} // namespace torc
