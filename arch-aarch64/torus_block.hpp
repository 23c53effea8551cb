// SPDX-License-Identifier: MIT
// A torus's first private block: everything a core needs to run as a torus of its own. What it does not need
// belongs to the torus's frame pool.
//
//   page 0   root of TTBR1 (torus 0 keeps the one it booted with)
//        1   level 1 of its window
//        2   level 2 at the end of the reserved half,   3   level 3 there: the stacks
//        4   emergency stack, 2 pages,                  6   kernel stack, 4 pages
//       10   the Torus,                                 ..  level 2 of the linear half, one for each GiB of
//       RAM
//
// The stacks are used through the last pages of the reserved half, with guard pages round each.
#pragma once
#include "kernel/address.hpp"
#include "kernel/devicetree/free_ranges.hpp"
#include "kernel/result.hpp"

namespace torc {
struct Torus;
}

namespace torc::arch {

struct TorusBlock {
    Paddr base; // of the block
    Paddr root; // for TTBR1
    Vaddr stack_top;
    Torus* torus{nullptr}; // cleared but for stack_top: the core itself constructs it
    unsigned pages_used{0}; // from the beginning
};

// Builds it in a block of boot memory that is in the direct map, and moves that into the window. NoMemory:
// the block lies too high.
Result<TorusBlock> make_torus_block(unsigned torus, Paddr block, dt::FreeRanges const& ram);

// Goes on at `next` on another stack; nothing of the old one is needed any more.
extern "C" [[noreturn]] void continue_on_stack(std::uint64_t stack_top, void (*next)());

} // namespace torc::arch
