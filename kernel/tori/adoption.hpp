// SPDX-License-Identifier: MIT
// Orphans whose new parent lives on another torus (docs/tori.md, "Orphans"). There a *ward* is among the
// adopter's children: a record that stands for the orphan, in no directory of numbers and in no walk, which
// hears when the orphan stops, goes on or ends, so that wait4 needs to know nothing of it. The orphan's own
// record, or its stub, stays at the torus of its birth, also as a zombie, until its ward has been waited for.
#pragma once
#include "substrate/handle.hpp"
#include <cstdint>

namespace torc {
struct Event;
struct Link;
struct Process;
struct Thread;
struct Torus;
enum class Notice : std::uint8_t; // kernel/tori/travel.hpp

// ---- the dying parent's side

// A child gets a new parent, here or elsewhere. False: its thread, whose restart record is free for that,
// waits for an answer.
bool give_child_away(Thread& thread, Process& parent, Process& child);
// The answer, to a thread that exits; others are left alone.
void adopter_answered(Thread& thread, Event const& event);

// ---- the orphan's side: parent is nullptr, and `ward` says who stands for it

void tell_ward(Process& orphan, Notice notice);

// ---- the ward's side

// The adopter's child of that number, when it is a ward.
Process* find_ward(Process const& adopter, std::int32_t pid);
// It has a new parent here.
void tell_orphan(Process& ward);
// Its adopter knows how it has ended, or does not want to: the orphan goes, too.
void reap_ward(Process& ward);
// The request of another torus: who, of the relatives here, adopts the child? Makes the ward.
void answer_adoption(Torus& torus, Link& link, Event const& call, Event& answer);

} // namespace torc
