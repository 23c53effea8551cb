// SPDX-License-Identifier: MIT
// Closing what others could tell of, and exit, wait until the owners have heard (docs/tori.md, "Closing"): so
// that the end of a pipe, a lock or ETXTBSY are gone before the caller, or who waits for it, goes on. Strands
// are first in, first out: an answer to a question that was sent behind says so.
#pragma once
#include "kernel/linux/outcome.hpp"
#include "kernel/process/process.hpp"
#include <cstdint>

namespace torc {
struct Event;
struct Torus;

// The running process has told that owner of a closing.
void note_closing(Torus& torus, unsigned owner);
inline bool closed_elsewhere(Process const& process)
{
    return (process.closed_at[0] | process.closed_at[1]) != 0;
}
// The call is over with this value once the owners have heard.
Outcome await_closing(Thread& thread, Outcome outcome);
// The thread's restart record is of kind Closing, and the thread runs again.
Outcome closing_resume(Thread& thread);
// True when all of these owners have heard. False: the thread waits, and asks again.
bool closing_heard_step(Thread& thread, std::uint64_t (&owners)[2]);
// Whether that was what the event answers.
bool closing_answered(Thread& thread, Event const& event);

} // namespace torc
