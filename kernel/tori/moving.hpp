// SPDX-License-Identifier: MIT
// A process moves while it runs (docs/tori.md, "A process moves at rest"): its thread is about to enter EL0,
// and enters it on another torus, or here as if nothing had happened. Meanwhile it is in a call that is none
// of the program's: of kind Move at the birth torus, of kind Arrive at the target.
#pragma once
#include "kernel/linux/outcome.hpp"
#include "kernel/result.hpp"

namespace torc {
struct Thread;
struct Torus;
struct TravelDocument;

// ---- the birth torus
// The run loop's: the thread is ready for EL0 and has been marked (Leaving). True: it is in the call.
bool begin_move(Thread& thread);
Outcome move_resume(Thread& thread);
// As travel_abandon_step().
bool move_abandon_step(Thread& thread);
// The torus is given up: all that could be elsewhere leave when they are ready for EL0 next.
void ask_all_to_leave(Torus& torus);
// A new thread, or one whose program is new: to be marked if all are, or by torc.move=random.
void mark_new_thread(Torus const& torus, Thread& thread);

// ---- the target
// What of the embryo can be made at once: its registers and actions, a space without mappings. NoMemory.
Result<void> open_at_rest(TravelDocument const& from, Thread& embryo);
Outcome arrive_resume(Thread& embryo);

} // namespace torc
