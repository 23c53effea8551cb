// SPDX-License-Identifier: MIT
// Restartable sequences (rseq(2)): a thread that is taken off the core, or gets a signal, in the middle of
// one goes on at its abort handler. The thread's area also says which core it runs on.
#pragma once
#include <cstdint>

namespace torc {
struct Thread;

// The thread is about to go on in user code after an interruption (attend_sequence). A broken area or
// descriptor is SIGSEGV. False: a page of it is on its way from another torus (wait_for_far).
bool abort_sequence(Thread& thread);

// Of the thread whose tables the core has: whether its struct rseq is such that somebody has to look closer.
bool may_be_in_sequence(std::uint64_t area);

} // namespace torc
