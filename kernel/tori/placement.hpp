// SPDX-License-Identifier: MIT
// Where a process goes on at execve.
#pragma once
#include <cstdint>

namespace torc {
struct Newcomer; // substrate/roles.hpp
struct Thread;
struct Torus;

// What the boot loader wants of it (torc.place=): nothing moves (home); any torus by lot, to try how well all
// tori act as one (random); always one, if it takes programs (its number); or as the rules of the braid find
// it best (braid).
enum class Placement : unsigned char { Home, Random, Fixed, Braid };

// A torus that takes programs; this one's number when the process stays.
unsigned choose_torus(Torus& torus, Thread const& thread, Newcomer const& newcomer);
// A torus that takes programs and where the thread may be; this one's number when there is none.
unsigned first_allowed(Torus const& torus, Thread const& thread);
bool is_allowed(Thread const& thread, unsigned number);
// A program that choose_torus() has sent away runs there; has ended there, or could not go.
void sent_program_arrived(Torus& torus, std::int32_t pid);
void sent_program_ended(Torus& torus, std::int32_t pid);

} // namespace torc
