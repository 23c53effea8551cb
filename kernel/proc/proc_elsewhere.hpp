// SPDX-License-Identifier: MIT
// procfs about processes that live on another torus, which is asked. NotYet: the answer is on its way, and
// the caller's handler runs again when it is here. `knows`: the torus to ask, as somebody said it with
// Elsewhere.
#pragma once
#include "kernel/files/dynamic_node.hpp"
#include "kernel/proc/proc_node.hpp"
#include "substrate/handle.hpp"
#include <span>

namespace torc::proc_elsewhere {

// The directory of a process or thread by its number.
Result<NodeInfo> find_numbered(Thread& thread, unsigned knows, std::int32_t id);

Result<NodeInfo> inspect(Thread& thread, unsigned knows, ProcNode const& node);
Result<NodeInfo> lookup(Thread& thread, unsigned knows, ProcNode const& directory, std::string_view name);
Result<bool> next_entry(
    Thread& thread, unsigned knows, ProcNode const& directory, std::uint64_t& cursor, NodeEntry& entry);
Result<bool> generate(
    Thread& thread, unsigned knows, ProcNode const& node, std::uint64_t& cursor, FormatSink& sink);
Result<void> write(Thread& thread, unsigned knows, ProcNode const& node, std::string_view text);
Result<void> check_open(Thread& thread, unsigned knows, ProcNode const& node);
Result<std::size_t> read_link(Thread& thread, unsigned knows, ProcNode const& node, std::span<char> room);
Result<Path> follow(Thread& thread, unsigned knows, ProcNode const& node);

// An open file by its handle, whosever it is: its text as a link shows it, and the way to it.
Result<std::size_t> read_object(Thread& thread, Handle object, std::span<char> room);
Result<Path> follow_object(Handle object);
// And what fdinfo says of it, record by record; nothing if it has been closed.
Result<bool> describe_object(
    Thread& thread, Handle object, std::uint32_t descriptor_flags, std::uint64_t& cursor, FormatSink& sink);

// The processes of all tori in the order of their numbers: the first that comes after `pid`. False: none.
Result<bool> next_process(Thread& thread, std::int32_t& pid, ProcNode& node);

} // namespace torc::proc_elsewhere
