// SPDX-License-Identifier: MIT
// A terminal: a line discipline with a line behind it, readers and writers in front, and the session it
// controls. The console's serial port is one; the record does not depend on what the line is. Pool record,
// torus-local.
#pragma once
#include "kernel/files/inode.hpp"
#include "kernel/process/wait_queue.hpp"
#include "kernel/terminal/line_discipline.hpp"
#include <cstdint>
#include <span>

namespace torc {
struct OpenFile;
struct ProcessGroup;
struct Session;
struct Thread;

enum class TerminalLine : std::uint8_t { Console };

struct Terminal {
    TerminalLine line{TerminalLine::Console};
    bool exclusive{false}; // TIOCEXCL: no further open, except by the privileged
    Device device{};
    LineDiscipline discipline;
    WindowSize window{}; // nobody knows a serial line's: 0 x 0
    std::uint32_t input_speed{115200}, output_speed{115200}; // what the firmware set, as far as known
    Session* session{nullptr}; // which it controls
    std::int32_t foreground{0}; // group that signals go to; 0: none
    std::uint64_t hang_ups{0}; // files opened before the last one are dead
    WaitQueue readers;
    WaitQueue writers; // for room, and for all of it to be sent
};

// ---- the line's side ----------------------------------------------------------------------------------
// Bytes from the line: at most a FIFO's worth, since this runs in the interrupt.
void terminal_input(Terminal& terminal, std::span<char const> bytes);
// How many bytes may come: what is not taken waits in the line. A reader finds something whenever this is 0,
// so it ends; who has taken something away says so.
std::size_t terminal_room(Terminal const& terminal);
void terminal_has_room(Terminal const& terminal);
// Sends what there is room for on the line, and wakes writers. Bounded: the rest goes when the line is ready.
void terminal_transmit(Terminal& terminal);
// A kernel message, in one piece and on lines of its own; false when there is no room.
bool terminal_message(Terminal& terminal, std::string_view text);

// ---- the files' side ----------------------------------------------------------------------------------
// A file's offset has no meaning for a terminal; it holds how often the line had hung up when it was opened.
// Files of the console survive, so that the first process keeps its output.
inline constexpr std::uint64_t opened_as_console = ~0ull;
bool is_console(OpenFile const& file);
bool is_dead(OpenFile const& file); // the line has hung up since
bool is_sent(Terminal const& terminal); // all of it

} // namespace torc
