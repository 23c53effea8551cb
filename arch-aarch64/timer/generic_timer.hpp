// SPDX-License-Identifier: MIT
// The generic timer (Arm DDI 0487, chapter D12), by its virtual counter and virtual timer: those need no
// permission from EL2 and are there under every hypervisor. CNTVOFF is zero wherever the kernel came in at
// EL2. Device-tree bindings: timer/arm,arch_timer.yaml (arm,armv8-timer; Pi 3: arm,armv7-timer).
#pragma once
#include "arch-aarch64/interrupts/irq.hpp"
#include "kernel/devicetree/tree.hpp"
#include "kernel/result.hpp"

namespace torc::arch {

// Reads the frequency and makes the clock usable. Needs no tree: delays and log stamps come before it is
// read. NotSupported: firmware left CNTFRQ at zero, and the tree (timer_init) must give it.
Result<void> clock_init();

// Claims the timer's interrupt and unmasks it, with no deadline set. Needs interrupts_init().
Result<void> timer_init(dt::Tree const& tree);

// Switches another core's own timer on, with no deadline set. The line is the boot core's.
void timer_init_core();
Irq timer_line();
void take_timer_interrupt();

} // namespace torc::arch
