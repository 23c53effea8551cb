// SPDX-License-Identifier: MIT
// What the home of a process tells an owner about it before its first call there, and again after a change.
#pragma once
#include "substrate/event.hpp"
#include "substrate/handle.hpp"

namespace torc {
struct Guest;
struct Link;
struct Process;
struct Torus;

// ---- home
// How many events the identity takes, and the n-th of them.
unsigned identity_pieces(Process const& process);
Event identity_piece(Torus& torus, Process const& process, unsigned n);
// ---- owner
Guest* find_guest(Torus& torus, Handle home);
// A visitor has gone: the guest goes with its last one if it has left.
void guest_loses_visitor(Torus& torus, Guest& guest);

} // namespace torc
