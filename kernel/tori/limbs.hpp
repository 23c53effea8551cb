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
// Others wait for the core that it has: at its next chance it goes back.
void limb_is_crowded(Thread& thread);

} // namespace torc
