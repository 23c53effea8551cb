// SPDX-License-Identifier: MIT
// Threads of other tori that run here at EL0 (docs/limbs.md). Where they trap: called by the port, each says
// whose frame is restored.
#pragma once
#include "arch/frame.hpp"
#include "kernel/tori/limb_room.hpp"

namespace torc {
struct Thread;

extern "C" arch::Frame* on_limb_svc(arch::Frame* frame);
arch::Frame* limb_trapped(Thread& thread, Trap const& trap);
arch::Frame* limb_interrupted(Thread& thread);

bool is_limb(Thread const& thread);
// Its home lets it go where there is room.
bool limb_may_move(Thread const& thread);
// It has the core, and there is more room on that torus: at its next chance it goes back and says so.
void limb_wishes(Thread& thread, unsigned torus);
// It waits for the core, and goes back at once to say so.
void limb_leaves(Thread& thread, unsigned torus);

} // namespace torc
