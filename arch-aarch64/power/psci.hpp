// SPDX-License-Identifier: MIT
// Power State Coordination Interface (Arm DEN 0022): calls to the firmware, by the conduit and with the
// function numbers that the tree gives.
#pragma once
#include <cstdint>

#include "kernel/address.hpp"
#include "kernel/devicetree/cpus.hpp"
#include "kernel/result.hpp"

namespace torc::arch {

// Starts the core at a physical address, with `context` in its x0. Busy: it runs already.
Result<void> psci_start_core(dt::Psci const& psci, std::uint64_t mpidr, Paddr entry, std::uint64_t context);
// Both return only if the firmware can't.
void psci_system_off(dt::Psci const& psci);
void psci_system_reset(dt::Psci const& psci);

} // namespace torc::arch
