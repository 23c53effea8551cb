// SPDX-License-Identifier: MIT
// Real-time threads that wait for this core while a neighbour does something less urgent
// (docs/scheduling.md): they go there, if they may. Torus-local.
#pragma once

namespace torc {
struct Thread;
struct Torus;

// The most urgent one that waits and may be elsewhere; nullptr: there is none.
Thread* look_at_waiting(Torus& torus);
// It goes to the neighbour that is least urgent of those where it may be, if that one would run it at once.
void send_urgent(Torus& torus, Thread& thread);
// A lent thread has come home, and a more urgent one has the core: what it has come for is done at once, some
// times a round, so that it does not wait for a round each time.
void let_in(Torus& torus, Thread& thread);

} // namespace torc
