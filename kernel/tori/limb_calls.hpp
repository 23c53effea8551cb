// SPDX-License-Identifier: MIT
// Calls that a limb settles without its home: who and where it is, what time it is, giving up a turn,
// sleeping, futexes of which nobody needs to be told.
#pragma once
#include "arch/frame.hpp"

namespace torc {
struct Limb;
struct Thread;

// The frame to go on with; nullptr: the home is to be asked.
arch::Frame* settle_limb_call(Limb& limb);
// Its home wants a limb that sleeps: the call is issued again there, until the same moment.
void leave_limb_sleep(Limb& limb);

// The way back to the program with the call's result.
arch::Frame* go_on_in_limb(Thread& thread, std::int64_t value);
// futex(2) at a limb; nullptr: somebody waits, or is to.
arch::Frame* settle_limb_futex(Limb& limb);

} // namespace torc
