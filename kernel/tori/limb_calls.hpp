// SPDX-License-Identifier: MIT
// Calls that a limb settles without its home: who it is, giving up a turn, sleeping.
#pragma once
#include "arch/frame.hpp"

namespace torc {
struct Limb;

// The frame to go on with; nullptr: the home is to be asked.
arch::Frame* settle_limb_call(Limb& limb);
// Its home wants a limb that sleeps: the call is issued again there, until the same moment.
void leave_limb_sleep(Limb& limb);

} // namespace torc
