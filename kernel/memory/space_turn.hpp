// SPDX-License-Identifier: MIT
// The turn of an address space, for calls that change its mappings while other threads share it.
#pragma once
#include "kernel/linux/outcome.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/thread.hpp"

namespace torc {

// A change of mappings in several grains keeps the space's turn: who else wants to change some, or to copy
// them for a fork, waits for it. Faults do not: each grain leaves mappings and pages agreeing.
template <typename Change> Outcome in_turn(Thread& thread, Arguments const& arguments, Change&& change)
{
    Turn& turn = thread.space->turn;
    if (!turn.free_for(thread)) [[unlikely]]
        return block(thread, turn.waiting, OnSignal::KillOnly);
    Outcome const outcome = change(thread, arguments);
    if (outcome.is_again()) [[unlikely]]
        turn.holder = &thread;
    else if (turn.holder != nullptr) [[unlikely]]
        turn.give_up();
    return outcome;
}

// A thread that ends in the middle of such a call.
inline void leave_turn(Thread& thread)
{
    if (thread.space != nullptr && thread.space->turn.holder == &thread)
        thread.space->turn.give_up();
}

} // namespace torc
