// SPDX-License-Identifier: MIT
// procfs about processes that live on this torus: for its own readers, and for those who ask from another
// one. What is said of a node elsewhere is Elsewhere, and far->elsewhere is the torus that knows (NoProcess:
// nobody does).
#pragma once
#include "kernel/files/dynamic_node.hpp"
#include "kernel/proc/proc_node.hpp"
#include "kernel/proc/proc_subject.hpp"
#include "kernel/proc/text_hole.hpp"
#include <span>

namespace torc::proc_here {

// The directory of a process or, as on Linux though it is not listed, of a thread by its number.
Result<ProcSubject> find_numbered(std::int32_t id);
Result<ProcSubject> find_thread_numbered(std::int32_t id);
ProcNode node_of(ProcSubject const& subject);

Result<NodeInfo> inspect(ProcNode const& node);
Result<NodeInfo> lookup(ProcNode const& directory, std::string_view name);
Result<bool> next_entry(ProcNode const& directory, std::uint64_t& cursor, NodeEntry& entry);
Result<bool> generate(Thread& reader, ProcNode const& node, std::uint64_t& cursor, FormatSink& sink,
    TextHoles* holes = nullptr);
Result<void> write(Thread& writer, ProcNode const& node, std::string_view text);
Result<void> check_open(Thread& reader, ProcNode const& node);

// Links. AccessDenied unless the reader may inspect the process.
Result<ProcSubject> inspected(Thread& reader, ProcNode const& node);
Result<std::size_t> read_link(Thread& reader, ProcNode const& node, std::span<char> room);
Result<Path> follow(Thread& reader, ProcNode const& node);

} // namespace torc::proc_here
