// SPDX-License-Identifier: MIT
// pidfd_open(2): open files that name a process. Each is of the torus where the process was born, whose
// record of it, the process's own or its stub, stays until it has been waited for; so one look says whether
// it has ended, and a signal goes the way of all signals. The file keeps a handle: it outlives the record.
#pragma once
#include "kernel/address.hpp"
#include "kernel/result.hpp"
#include <cstdint>

namespace torc {
struct OpenFile;
struct Process;
struct Thread;

// FileTableFull. Of this torus's birth. O_NONBLOCK in `flags` counts.
Result<OpenFile*> open_process_file(Process const& process, std::uint32_t flags);
// Whom the file names; nullptr: it has been waited for.
Process* process_of(OpenFile const& file);

// clone with CLONE_PIDFD: a descriptor of the child for its maker, who is told which at `number`. On failure
// there is none. TooManyFiles, FileTableFull, NoMemory, BadAddress.
Result<void> give_process_descriptor(Thread& maker, Process const& child, Uaddr number);

// It has ended: who polls is told.
void process_file_ready(Process& process);

} // namespace torc
