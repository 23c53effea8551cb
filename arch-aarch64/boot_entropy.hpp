// SPDX-License-Identifier: MIT
// What kernel/random starts from (arch::boot_entropy()): the tree's rng-seed and kaslr-seed, the core's
// random number instruction where there is one, and the jitter of the counter against the memory system. It
// is input for a hash, not random numbers.
#pragma once
#include "kernel/devicetree/tree.hpp"

namespace torc::arch {

// How much of what is gathered an outsider could not know.
enum class EntropyQuality : std::uint8_t {
    Seeded, // by the boot loader or the core's own generator
    JitterOnly, // a handful of bits on a board, none under an emulator that counts instructions
};

// Gathers. Says once in the log when there is nothing but jitter; nobody ever waits for more.
EntropyQuality gather_boot_entropy(dt::Tree const& tree);

} // namespace torc::arch
