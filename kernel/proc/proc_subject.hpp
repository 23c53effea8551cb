// SPDX-License-Identifier: MIT
// The process or thread that a node of procfs is about, found anew at each step: it may be gone.
#pragma once
#include "kernel/proc/proc_node.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/result.hpp"

namespace torc {

struct ProcSubject {
    Process* process{nullptr};
    Thread* thread{nullptr}; // Process: the leader; null for a zombie
    bool whole{true}; // the process, not one of its threads
    bool has_memory_elsewhere{false}; // described by another torus (proc_elsewhere.cpp)

    std::int32_t id() const { return whole || thread == nullptr ? process->pid : thread->id; }
    std::string_view name() const;
    Space* space() const { return process->space; } // null once it has left its memory
};

// NoProcess; Elsewhere: another torus has it, or would know (far->elsewhere).
Result<ProcSubject> find_subject(ProcNode const& node);
ProcNode node_of(Process const& process);
ProcNode node_of(Thread const& thread); // Task

// ptrace(2), "Ptrace access mode checking", PTRACE_MODE_READ_FSCREDS: who may see what only the process
// knows.
bool may_inspect(Thread const& reader, ProcSubject const& subject);

} // namespace torc
