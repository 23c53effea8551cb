// SPDX-License-Identifier: MIT
// What a far call needs at home before it leaves, and what its answer changes there.
#pragma once
#include "kernel/process/thread.hpp"
#include "kernel/result.hpp"
#include "kernel/signals/signal_types.hpp"
#include "kernel/tori/far_event.hpp"
#include "kernel/tori/far_state.hpp"
#include "substrate/event.hpp"

namespace torc {

inline unsigned number_of(Thread const& thread)
{
    return static_cast<unsigned>(thread.frame.x[8]);
}

// A record for what the call opens, and its descriptor, before anything has happened anywhere.
Result<void> prepare_made(Thread& thread, FarState state);
// Whatever the call touches most likely; what is missing all the same the owner says. False: a page is on its
// way.
bool make_buffer_present(Thread& thread);

// A process that has moved has changed its group or session, at its stub: its place here follows.
void follow_group(Thread& thread);
// What a handler there raised, as it would have here. A group in the background that nobody would continue is
// not stopped: the call fails.
void raise_here(Thread& thread, SignalSet signals, FarState state);
// The file that the call has opened.
void take_opened(OpenFile& made, Event const& event, AnswerHead head);

} // namespace torc
