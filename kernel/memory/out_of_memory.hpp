// SPDX-License-Identifier: MIT
// No frame could be had for a page that a program needs to go on.
#pragma once

namespace torc {
struct Thread;

// Ends the process that holds the most memory and lets the thread wait its turn: its access is tried again. Process 1 is spared.
void relieve_memory(Thread& thread);

} // namespace torc
