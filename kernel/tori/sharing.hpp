// SPDX-License-Identifier: MIT
// Running threads that go to another torus because there is more room (docs/scheduling.md): a thread of this
// torus is lent, a limb of another one tells its home where it wishes to be. Torus-local.
#pragma once
#include <cstdint>

namespace torc {
struct Thread;
struct Torus;

// A round: notes how the thread that runs behaves. The thread, if it computes and may move; or nullptr.
Thread* look_at_running(Torus& torus);
// It goes to where it has clearly more of a core right now. False: there is no such place.
bool share_core(Torus& torus, Thread& thread);

// A thread has come from another torus by its rules: it is entered in the books.
void thread_has_come(Torus& torus, unsigned from, std::uint32_t weight);
// Until when, in ticks, who moves now stays where it comes to.
std::uint64_t settled_at(Torus const& torus);

} // namespace torc
