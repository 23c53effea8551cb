// SPDX-License-Identifier: MIT
// The early console: the serial port that the device tree's stdout-path names. Output is polled
// (console_write, in arch/machine.hpp) or offered byte by byte to the FIFO without waiting (console_put);
// input is drained by the interrupt into console_input(), which the terminal layer provides. Not here: line
// discipline, echo, newline translation. Those are the terminal's and the log's.
#pragma once
#include "kernel/devicetree/tree.hpp"
#include "kernel/result.hpp"

namespace torc::arch {

// Finds a driver for the node (found by stdout-path), maps its registers and makes it ready for polled
// output. NotSupported: no driver knows the node. The baud rate stays what the firmware set.
Result<void> console_init(dt::Node port);

// Interrupt-driven input from now on. Needs interrupts_init().
Result<void> console_listen();

bool console_present();

} // namespace torc::arch
