// SPDX-License-Identifier: MIT
// The new space of an exec: its limits, its stack, and what lies below the strings.
#pragma once
#include "kernel/process/exec.hpp"

namespace torc {
struct Limits;

// A space with a stack and the file's name on it. NoMemory.
Result<void> lay_out(Thread& thread, ExecState& state);
// The vDSO and the heap's place. NoMemory.
Result<void> map_vdso_and_break(Thread& thread, ExecState& state);
// The auxiliary vector and room for the lists. ArgumentsTooLong, NoMemory.
Result<void> start_tables(ExecState& state);
// What is decided before the program has been looked at.
void set_space_limits(Space& space, Limits const& limits);
Result<void> map_stack(ExecState& state); // its topmost page; it grows

} // namespace torc
