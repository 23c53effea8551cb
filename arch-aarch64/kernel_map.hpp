// SPDX-License-Identifier: MIT
// The kernel half of the address space, one root per torus. Slot N < 128 of a root is torus N's private
// window and present in its own root only; the slots from 256 on are the same tables in all roots:
//
//   0xffff'0000'0000'0000 + N * 512 GiB   private window: linear alias of private blocks, then reserved
//   ranges 0xffff'8000'0000'0000                 direct map: RAM, read-write, never executable, 2 MiB blocks
//   0xffff'a000'0000'0000                 device windows
//   0xffff'c000'0000'0000                 the device tree's blob, read-only
//   0xffff'ffff'8000'0000                 the kernel image
//
// The direct map uses no 1 GiB blocks and no contiguous hint: any 2 MiB block may later become private to a
// torus, which is then one entry made invalid, with nothing to split. Only the boot core changes the shared
// part.
#pragma once
#include "arch-aarch64/descriptor.hpp"
#include "arch-aarch64/device_window.hpp"
#include "kernel/address.hpp"
#include "kernel/result.hpp"
#include <cstddef>
#include <span>

namespace torc::dt {
class FreeRanges;
}

namespace torc::arch {

inline constexpr std::uint64_t device_base = 0xffff'a000'0000'0000;
inline constexpr std::uint64_t tree_base = 0xffff'c000'0000'0000;
inline constexpr std::uint64_t shared_map_limit = std::uint64_t{1} << 40; // two slots: 1 TiB
inline constexpr unsigned first_shared_slot = 256;

// Makes the blob readable, as long as it says it is. BadArgument: there is no device tree at that address.
Result<std::span<std::byte const>> map_device_tree(Paddr blob);

// Maps one page or one 2 MiB block of RAM into the direct map; BadArgument beyond 1 TiB.
Result<void> map_direct(Paddr from, std::uint64_t size);
// The whole direct map; the image is left out, as it has a map of its own.
Result<void> map_all_memory(dt::FreeRanges const& mappable);
// Takes a 2 MiB block out of the direct map, and puts it back.
void unmap_direct_block(Paddr block);
void remap_direct_block(Paddr block);

// A table page wherever it lies: in the image, or in RAM that the direct map covers.
TranslationTable& table_at(Paddr table);
// The table that `entry` names; made (from boot memory) when there is none.
Result<TranslationTable*> next_table(std::uint64_t& entry);

} // namespace torc::arch
