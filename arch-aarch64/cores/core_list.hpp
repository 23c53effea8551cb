// SPDX-License-Identifier: MIT
// The machine's cores by number; constant once core_list_init() ran.
#pragma once
#include <optional>

#include "arch-aarch64/cores/core_number.hpp"
#include "kernel/devicetree/cpus.hpp"

namespace torc::arch {

// Numbers the cores that the tree lists; the one that runs this becomes 0, even if it is listed later or not
// at all. Logs what the tree lists in vain (duplicates, disabled ones).
Result<void> core_list_init(dt::Tree const& tree);

unsigned core_count();
dt::Cpu const& core_description(unsigned core); // core < core_count()
std::uint64_t core_mpidr(unsigned core);
// By the four affinity bytes packed in 32 bits, as interrupt controllers name a core.
std::optional<unsigned> core_with_affinity(std::uint32_t affinity);

} // namespace torc::arch
