// SPDX-License-Identifier: MIT
// poll over far files (docs/tori.md, "Descriptors"). The caller's torus asks the owner once; who asked is
// told at once whether the file is ready, and if it was not, again when it becomes so. "Not ready" is
// believed as long as the owner watches; "ready" is asked anew before anybody is told.
#pragma once
#include "kernel/linux/outcome.hpp"
#include "substrate/event.hpp"
#include <cstdint>

namespace torc {
class PollTable;
struct FarWatch;
struct Link;
struct OpenFile;
struct OutItem;
struct Torus;
struct Visitor;

// ---- the caller's side
// As a file's poll operation. When the owner has to be asked first the table is told so
// (PollTable::must_ask).
std::uint32_t far_poll(OpenFile& file, PollTable* table);
// The two events of a watch whose turn it is in the outbox.
void make_watch_call(Torus& torus, OutItem& item, Event& call, Event& rest);
// An answer whose target is an open file.
void watch_answered(Torus& torus, Event const& event);
// How often something has happened to the far file since somebody watches its edges.
std::uint32_t edges_of(OpenFile const& file);

// ---- the owner's side
// The handler of a watching visitor: the events that are ready, of those in x0; waits while there are none.
Outcome watch_visit(Visitor& visitor, Arguments const& arguments);
// A caller's file is gone: nobody watches for it any longer.
void end_watches(Torus& torus, Handle caller);

} // namespace torc
