// SPDX-License-Identifier: MIT
// From a torus with memory, a clock and a console to its first program. The port calls run_torus() when the
// hardware is ready.
#pragma once
#include "kernel/address.hpp"
#include "kernel/devicetree/command_line.hpp"
#include <cstddef>
#include <cstdint>
#include <span>

namespace torc {

struct BootInfo {
    std::span<std::byte const> archive; // the initramfs, in the direct map; empty: none
    dt::CommandLine command_line;
};

[[noreturn]] void run_torus(BootInfo const& boot);

} // namespace torc
