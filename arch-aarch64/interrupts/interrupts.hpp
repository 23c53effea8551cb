// SPDX-License-Identifier: MIT
// The machine's root interrupt controller behind one small interface, and the boot torus's table of who takes
// what. Every shared interrupt goes to the boot core. docs/interrupts.md tells the whole path.
#pragma once
#include "arch-aarch64/cores/core_number.hpp"
#include "arch-aarch64/interrupts/interrupt_table.hpp"
#include "kernel/devicetree/tree.hpp"

namespace torc::arch {

// Finds the root controller in the tree, maps it, masks everything. On the boot core, before any claim.
// NotSupported: the tree has no controller that this kernel knows.
Result<void> interrupts_init(dt::Tree const& tree);
// The calling core's own part. The boot core's is done by interrupts_init().
Result<void> interrupts_init_core(unsigned core);
std::string_view interrupt_controller_name();

// What the device tree's cells mean to the root controller. NotSupported: they belong to a controller behind
// it.
Result<IrqLine> interrupts_decode(dt::Interrupt const& interrupt);
// Claims the line for `claim`, on the boot core. It stays masked.
Result<Irq> interrupts_claim(dt::Interrupt const& interrupt, Claim claim);

// Private lines: the boot core's.
void interrupts_mask(Irq irq);
void interrupts_unmask(Irq irq);
Result<void> interrupts_route(Irq irq, unsigned core);

// The calling core hears its timer and its bell from now on.
void interrupts_open_core(unsigned core);

} // namespace torc::arch
