// SPDX-License-Identifier: MIT
// The right to work on one object across yields (law 2): held by the thread whose call is in the middle of a
// long change, so that nobody sees it half done. Taken only when the work really has to yield; short work
// just looks whether somebody has it.
#pragma once
#include "kernel/process/wait_queue.hpp"

namespace torc {
struct Thread;

struct Turn {
    Thread* holder{nullptr};
    WaitQueue waiting;

    bool free_for(Thread const& thread) const { return holder == nullptr || holder == &thread; }
    // All are woken: who does short work takes no turn, and so would wake nobody in its place.
    void give_up()
    {
        holder = nullptr;
        waiting.wake_all();
    }
};

} // namespace torc
