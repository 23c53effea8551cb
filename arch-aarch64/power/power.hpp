// SPDX-License-Identifier: MIT
// How the machine ends (arch/machine.hpp): PSCI, the Pi's power block, or an emulator's exit.
#pragma once
#include <optional>

#include "kernel/devicetree/cpus.hpp"

namespace torc::arch {

// Finds what the tree offers. Before it, only an emulator's exit works. Without any way, the machine is
// halted.
void power_init(dt::Tree const& tree);
std::optional<dt::Psci> const& psci();

} // namespace torc::arch
