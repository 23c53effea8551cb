// SPDX-License-Identifier: MIT
// No frame could be had for a page that a program needs to go on.
#pragma once
#include <cstdint>

namespace torc {
struct Process;
struct Thread;

// What ending a process would give back, in pages, moved by its oom_score_adj (Linux: oom_badness). The one
// with the most is ended.
inline constexpr std::int64_t spared = INT64_MIN;
std::int64_t memory_points(Process const& process);

// Ends the process that holds the most memory and lets the thread wait its turn: its access is tried again.
// Process 1 is spared.
void relieve_memory(Thread& thread);

} // namespace torc
