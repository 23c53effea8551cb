// SPDX-License-Identifier: MIT
// From a core with memory, a clock and a console to its first program. Steps in order; the port's main.cpp calls them.
#pragma once
#include "kernel/memory/frame_pool.hpp"
#include "kernel/result.hpp"
#include <cstddef>
#include <span>
#include <string_view>

namespace torc {
struct Torus;

// Gives the boot torus its frames and its subsystems their tables. The torus is already this_torus().
Result<void> start_torus(Torus& torus, std::span<FrameRange const> memory, unsigned cores);

struct FirstProgram {
    std::string_view ramdisk_init; // rdinit=, "/init"
    std::string_view init;         // init=, may be empty
    std::string_view arguments;    // what follows "--" in the boot arguments, and unknown words without "="
};
// Fills the root from the archive (may be empty), makes process 1 and lets it run the first program there is.
Result<void> start_first_process(std::span<std::byte const> archive, FirstProgram const& program);

} // namespace torc
