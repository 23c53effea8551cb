// SPDX-License-Identifier: MIT
// Whose terminal it is: a session's, and within that session the foreground group's (POSIX, "General Terminal
// Interface"). Members of other groups are stopped when they read, and when they write if TOSTOP says so.
#pragma once
#include "kernel/linux/outcome.hpp"
#include "kernel/signals/signal_types.hpp"
#include "kernel/terminal/terminal.hpp"
#include <cstdint>

namespace torc {
struct Process;

// The controlling terminal of a process, or nullptr.
Terminal* controlling_terminal(Process const& process);

// 0 if the thread may go on; else what its call answers: the group was sent `signal` (SIGTTIN, SIGTTOU) and
// the call is made again, or Io.
Outcome check_foreground(Thread& thread, Terminal& terminal, unsigned signal);

void signal_foreground(Terminal& terminal, TypedSignal typed);
void signal_foreground(Terminal& terminal, unsigned signal);

// open(2): a session leader without a terminal gets this one, if it is nobody's.
void become_controlling_at_open(Thread& thread, Terminal& terminal);
// The line is gone: files are dead, whoever waits finds out.
void hang_up_terminal(Terminal& terminal);

// ioctls
Outcome take_terminal(Thread& thread, OpenFile& file, std::uint64_t steal); // TIOCSCTTY
Outcome leave_terminal(Thread& thread, Terminal& terminal); // TIOCNOTTY
Outcome get_foreground(Thread& thread, Terminal& terminal, std::uint64_t address); // TIOCGPGRP
Outcome set_foreground(Thread& thread, Terminal& terminal, std::uint64_t address); // TIOCSPGRP
Outcome get_session(Thread& thread, Terminal& terminal, std::uint64_t address); // TIOCGSID

} // namespace torc
