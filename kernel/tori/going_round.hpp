// SPDX-License-Identifier: MIT
// A call that every torus has a part in (kill(-1)): made here first, then by the caller's home at one torus
// after the other, until it is round. So there is no list of all processes, and nobody waits for more than
// one.
#pragma once
#include <cstdint>

namespace torc {
struct Thread;

// This torus's part is done. True: the handler is to say Elsewhere, and the next torus's finds `so_far` in
// restart.done. False: it was the last.
bool goes_round(Thread& thread, std::uint64_t so_far);

} // namespace torc
