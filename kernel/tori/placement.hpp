// SPDX-License-Identifier: MIT
// Where a process goes on at execve.
#pragma once

namespace torc {
struct Thread;
struct Torus;

// What the boot loader wants of it (torc.place=): nothing moves; any torus by lot, to try how well all tori
// act as one; or always one, if it takes programs.
enum class Placement : unsigned char { Home, Random, Fixed };

// A torus that takes programs; this one's number when the process stays.
unsigned choose_torus(Torus& torus, Thread const& thread);

} // namespace torc
