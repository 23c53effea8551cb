// SPDX-License-Identifier: MIT
// What a torus has of its own so that programs can run on it: memory records, processes, signals, sessions,
// futexes, random numbers, files without names, terminals without a port.
#pragma once
#include "kernel/result.hpp"
#include <cstddef>
#include <cstdint>
#include <span>

namespace torc {
struct Torus;

// Fewer pages than that are too few for programs.
inline constexpr std::uint64_t least_pages_for_programs = 1536;

// Opens all of them, with limits from the torus's memory; torus.tori is known. What there is once for the
// machine (names of files, the console, the clock) is torus 0's and not made here. On failure `what` says
// what there was no memory for, and no program can run.
Result<void> open_subsystems(Torus& torus, std::span<std::uint8_t const> entropy, char const*& what);

} // namespace torc
