// SPDX-License-Identifier: MIT
// The ring of tori is made by torus 0, when its own subsystems stand; the others wait for it.
#pragma once
#include <string_view>

namespace torc {
struct Introduction;
struct Torus;

// Torus 0, before it fixes its limits: the memory of the others.
void count_pages_elsewhere(Torus& torus);

// Torus 0: makes the strands, wakes the other cores, and waits (for a second at most) until a census has come
// round. Says in the log how many tori are in the ring; alone, it does nothing.
struct BootWishes { // texts of the command line, empty if there is none
    std::string_view place; // torc.place=; empty: braid
    std::string_view limbs, isolated, strand, moves; // torc.limbs=, .isolate=, .strand=, .move=
};
void start_tori(BootWishes const& wishes);

// Any other core, once its Torus, its interrupt controller and its timer stand.
[[noreturn]] void run_other_torus(Introduction const& introduction);

} // namespace torc
