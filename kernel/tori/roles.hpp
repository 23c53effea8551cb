// SPDX-License-Identifier: MIT
// Who suits which core, where cores differ (docs/roles.md). Torus-local.
#pragma once
#include "kernel/tori/program_history.hpp"
#include <string_view>

namespace torc {
struct BraidRecord;
struct Process;
struct Thread;
struct Torus;

// One that computes would be better off on a core as fast as this one that is clearly better at it.
bool is_misfit(Torus const& torus, Thread const& thread);
// Whether torus `number` is such a core.
bool suits_better(Torus const& torus, Thread const& thread, unsigned number);
// The thread as what it is: one that computes.
Newcomer as_newcomer(Thread const& thread);

// Now and then: one that sleeps, and how it has behaved lately. One that would sleep as well elsewhere is to
// go there when it wakes.
void look_at_sleeper(Torus& torus, BraidRecord& record);
// Where such a one goes; this torus's number: nowhere.
unsigned place_for_sleeper(Torus& torus, Thread& thread);

// What a program is expected to be, by what is known of its name.
Newcomer expected_program(Torus const& torus, Thread const& thread, std::string_view name);
// What is to be remembered of a process whose last thread this is; unknown where nobody asks.
Habit habit_of(Torus const& torus, Thread const& thread);
void note_program(Torus& torus, Habit habit);

} // namespace torc
