// SPDX-License-Identifier: MIT
// What the tree says about RAM: where it is, what of it is spoken for, what is left.
// Devicetree Specification v0.4, sections 3.4 (/memory), 3.5 (/reserved-memory), 5.3 (/memreserve/).
#pragma once
#include "kernel/devicetree/free_ranges.hpp"

namespace torc::dt {

struct Reservation {
    enum class Kind : std::uint8_t {
        Kept, // RAM in use: readable, never handed out
        Unmapped, // `no-map`: the CPU must not even have it in a page table
        Dynamic, // only `size` is given: to be placed by who needs it; `region.base` is 0
    };
    Region region;
    Kind kind{Kind::Kept};
    std::string_view name; // the node's; empty for /memreserve/
};

// About 10 KiB, filled once; meant for .bss.
struct MemoryMap {
    static constexpr std::size_t max_reservations = 128;

    FreeRanges ram; // all that the memory nodes describe
    FreeRanges mappable; // ram without `no-map` ranges: what the direct map covers
    FreeRanges free; // mappable without any reservation: what the frame pools get
    std::array<Reservation, max_reservations> reservations{};
    std::size_t reservation_count{0}; // of the first ones; more than fit are honoured but not listed
    std::string_view problem; // why read_memory() failed

    std::span<Reservation const> listed() const { return std::span{reservations}.first(reservation_count); }
};

// `in_use`: what boot knows beyond the tree (kernel image, the tree itself, initramfs).
// NoMemory: the tree describes none. NoSpace: more separate ranges than FreeRanges holds.
Result<void> read_memory(Tree const& tree, std::span<Region const> in_use, MemoryMap& map);

// The highest CPU address below which every device that names a `dma-ranges` window can reach; all of memory
// when no bus says anything. (On the Raspberry Pi 4: 1 GiB.)
Paddr dma_limit(Tree const& tree);

} // namespace torc::dt
