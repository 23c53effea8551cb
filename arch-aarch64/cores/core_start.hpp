// SPDX-License-Identifier: MIT
// Starting the other cores. Each comes up through secondary_entry (boot.S), finds its record by its own
// MPIDR, turns its MMU on, reports, and sleeps. A core that the firmware refuses, or that never reports,
// costs a line in the log.
#pragma once
#include "arch-aarch64/boot_constants.h"
#include "arch-aarch64/cores/core_number.hpp"
#include "kernel/devicetree/tree.hpp"
#include <cstddef>
#include <cstdint>

namespace torc::arch {

// What a core needs before it has an MMU. boot.S reads it by physical address with caches off, so it is
// cleaned to the point of coherency; the assembly knows the layout by CORE_START_*.
struct alignas(64) CoreStart {
    std::uint64_t mpidr; // affinity bytes only; core_start_end ends the list
    std::uint64_t root; // physical, for TTBR1
    std::uint64_t stack_top;
    std::uint64_t torus; // for TPIDR_EL1
    std::uint64_t number; // what secondary_main() gets
};
static_assert(sizeof(CoreStart) == CORE_START_SIZE && offsetof(CoreStart, root) == CORE_START_ROOT);
static_assert(offsetof(CoreStart, stack_top) == CORE_START_STACK_TORUS);
static_assert(offsetof(CoreStart, torus) == CORE_START_STACK_TORUS + 8);
static_assert(offsetof(CoreStart, number) == CORE_START_NUMBER);
inline constexpr std::uint64_t core_start_end = ~std::uint64_t{0};
inline constexpr std::uint64_t core_start_matches_none = core_start_end - 1;

// Starts every core that the list has, as the tree says how, and waits a bounded time for their reports.
// Needs power_init(), core_list_init(), and memory for stacks and tables.
void start_other_cores();

} // namespace torc::arch
