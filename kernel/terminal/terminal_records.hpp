// SPDX-License-Identifier: MIT
// The terminals of a torus: the console's, if the machine has one.
#pragma once
#include "kernel/result.hpp"
#include "kernel/terminal/terminal.hpp"
#include "kernel/torus.hpp"
#include "substrate/pool.hpp"
#include <string_view>

namespace torc {

struct TerminalRecords {
    Pool<Terminal> terminals;
    Terminal* console{nullptr};
};

// Boot, after files: the pool, without a terminal.
Result<void> open_terminals();
// Boot of torus 0, after that and the first filesystems: makes the console's terminal and its node in /dev.
// From then on the log goes through it, so that lines of the kernel do not tear what programs write. `name`
// is what Linux calls the port (ttyAMA0).
Result<void> start_terminals(std::string_view name);

// Before the machine is switched off: sends what was written, polling, for a second at most.
void finish_console_output();

} // namespace torc
