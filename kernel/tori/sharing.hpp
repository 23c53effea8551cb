// SPDX-License-Identifier: MIT
// Running threads that go to another torus because there is more room (docs/scheduling.md): a thread of this
// torus is lent, a limb of another one tells its home where it wishes to be. Torus-local.
#pragma once
#include <cstdint>

namespace torc {
struct Proposal;
struct Thread;
struct Torus;

// Whether running threads go to other tori by themselves at all (torc.place=, torc.limbs=).
bool moves_by_rule(Torus const& torus);
// Whether it may be on another torus than this one.
bool may_be_elsewhere(Torus const& torus, Thread const& thread);

// In rounds in which somebody else waits, of a slower core, or where cores have roles: notes how the thread
// that runs behaves. True: it computes.
bool look_at_running(Torus& torus);
// The thread that runs, if it has been found computing and still is, may move and has a reason to; or
// nullptr.
Thread* who_may_go(Torus& torus);
// Who runs and has been found computing goes to where it has clearly more of a core right now, if a torus in
// reach seems to be such a place. Its weight, if it may go and there is none.
enum class Reach : std::uint8_t { near, further, all }; // neighbours, those behind them
std::uint32_t share_core(Torus& torus, Reach reach);
// A share or a settlement: it goes there, if it is better off there right now as well.
void follow_rule(Torus& torus, Thread& thread, Proposal const& proposal);

// An exchange: it goes to the core that suits it better, and another one comes from there.
void give_in_exchange(Torus& torus, Thread& thread, Proposal const& proposal);

// What the books of the braid count for it: who is not fair takes no part in diffusion.
std::uint32_t weight_in_books(Thread const& thread);
// A thread has come from another torus by its rules: it is entered in the books.
void thread_has_come(Torus& torus, unsigned from, std::uint32_t weight);
// Until when, in ticks, who moves now stays where it comes to.
std::uint64_t settled_at(Torus const& torus);

} // namespace torc
