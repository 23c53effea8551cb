// SPDX-License-Identifier: MIT
// Memory for what boot itself needs: page tables and the tori's first blocks. Pages come from a few in the
// image until the tree's memory is known, then from one 2 MiB block at the end of the largest free range
// (enough tables for 480 GiB of RAM). Nothing is given back, but the rest of that block is, when boot is
// over.
#pragma once
#include "kernel/address.hpp"
#include "kernel/devicetree/free_ranges.hpp"
#include "kernel/memory/frame_pool.hpp"
#include "kernel/result.hpp"

namespace torc::arch {

// From now on pages come out of `free`. NoMemory: it has no whole 2 MiB block.
Result<void> start_boot_memory(dt::FreeRanges& free);
Result<Paddr> take_boot_page(); // cleared
Result<Paddr> take_boot_block(); // 2 MiB, aligned, in the direct map, not cleared
// Up to `blocks` of them in one run, as many as the largest range has at its end.
Result<dt::Region> take_boot_blocks(std::uint64_t blocks);
// Puts what is left back into the free ranges; the frame pools can have them now.
void finish_boot_memory();
// From the first to the last of what may ever be in a torus's window.
FrameRange machine_memory();

} // namespace torc::arch
