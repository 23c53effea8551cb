// SPDX-License-Identifier: MIT
// What nodes of procfs look like and are called, given the process or thread they are about: the same for one
// that lives here and for one that has been described by another torus.
#pragma once
#include "kernel/files/dynamic_node.hpp"
#include "kernel/proc/proc_subject.hpp"
#include "kernel/proc/process_tree.hpp"

namespace torc {

// A process or thread, or one of its files that is no descriptor.
NodeInfo view_of(ProcNode const& node, ProcSubject const& subject);
// A link or text of a descriptor that was opened with these rights.
NodeInfo view_of_descriptor(ProcNode const& node, ProcSubject const& subject, std::uint16_t permissions);

// ---- names
std::int32_t number_in(std::string_view name); // as Linux writes it: no sign, no leading zero; -1: none
bool has_row(ProcClass kind, std::uint8_t row); // a thread has no directory of threads
ProcNode descriptor_node(ProcNode const& directory, std::uint32_t number);
// A file of a process by its name: a copy of `directory` with the row; NotFound.
Result<ProcNode> named_node(ProcNode const& directory, std::string_view name);
ProcessNode::Children children_of(ProcNode const& directory);

// ---- entries
void put_entry(NodeEntry& entry, NodeInfo const& info, std::string_view name);
void put_numbered(NodeEntry& entry, NodeInfo const& info, std::uint32_t number);
// The files of a process: the first row behind the cursor. False at the end.
bool next_row(ProcNode const& directory, ProcSubject const& subject, std::uint64_t& cursor, NodeEntry& entry);

// Only who may inspect the process may open it.
bool is_guarded(ProcNode const& node);
MakeText maker_of(ProcNode const& node); // nullptr: none
TakeText taker_of(ProcNode const& node);

} // namespace torc
