// SPDX-License-Identifier: MIT
// What a core gets before it runs: tables, a stack, a torus.
#pragma once
#include "kernel/address.hpp"
#include "kernel/result.hpp"

namespace torc::arch {

struct CoreResources {
    Paddr root; // its TTBR1: the shared half and no private window but its own
    Vaddr stack_top;
    Vaddr torus; // begins as every torus does (early_torus.hpp)
};

// NoMemory: there is no free 2 MiB block.
Result<CoreResources> make_core_resources(unsigned core);

} // namespace torc::arch
