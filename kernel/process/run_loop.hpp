// SPDX-License-Identifier: MIT
// How a torus runs: events come in by these functions, each ends by saying whose frame is restored. A call
// that completes at once returns the frame it came with; everything else goes through the loop, which takes
// interrupts, chooses the most urgent thread, brings its call to an end, delivers its signals and enters EL0.
#pragma once
#include "arch/frame.hpp"
#include "kernel/address.hpp"
#include "kernel/memory/space.hpp"
#include <cstdint>

namespace torc {
struct Thread;

// System call: x8 is the number.
extern "C" arch::Frame* on_svc(arch::Frame& frame);

// An access of the running thread failed. `syndrome` is the port's own word for it, for the signal frame.
arch::Frame* user_page_fault(Thread& thread, Uaddr address, Access access, std::uint64_t syndrome);
// The same for one that is in the run loop's hands. False: it waits for the page.
bool settle_page_fault(Thread& thread, Uaddr address, Access access, std::uint64_t syndrome);
// The running thread did what the core cannot go on from (undefined instruction, alignment, breakpoint ...).
arch::Frame* user_exception(
    Thread& thread, unsigned signal, int code, std::uint64_t address, std::uint64_t syndrome);
// An interrupt came while a thread was at EL0: taken already, or still pending.
arch::Frame* user_interrupt(Thread& thread);

// Chooses and prepares a thread; never without one to return: sleeps until there is.
arch::Frame* run_next();
// The way back for a thread whose call or exception is over but which has something to attend to.
arch::Frame* leave_kernel(Thread& thread);

// sched_yield while others wait.
arch::Frame* give_way(Thread& thread);

// Makes a thread that was not known to the run queue runnable for the first time.
void start_thread(Thread& thread);

// exec: the thread's new space takes the place of the old one in the core.
void adopt_space(Thread& thread);

// A new thread writes its tid at `address`, in its own memory, before it enters EL0 for the first time.
void tell_tid_at_start(Thread& thread, std::uint64_t address);

} // namespace torc
