// SPDX-License-Identifier: MIT
// How a call and its answer look in events (docs/tori.md, "Far calls"). A call is two events in a row, or one
// FileCall: about one open file, with no more than two arguments besides, begun from the start, by somebody
// whose root is the names' own.
//
//            type      sequence         source           target            arguments
//   Call     Call      of the caller's  calling thread   first object      head, x0, x1, x2, x3
//   rest     CallRest  its tid          its process      second object     x4, x5, tables, root directory,
//   progress
//   FileCall FileCall  of the caller's  calling thread   the file          head, x1, x2, tables, its process
//   answer   Reply or  the call's       the visitor      calling thread    outcome, head, object or
//   address,
//            Answer                                                        signals raised, ticks used
#pragma once
#include "substrate/event.hpp"
#include "substrate/sched_entity.hpp"
#include <cstdint>

namespace torc {

// What the caller's home knows and a handler here may ask (arguments[0] of a Call).
struct CallHead {
    std::uint16_t number; // of the system call, or a FarRequest
    std::uint8_t flags; // CallFlag
    SchedPolicy policy;
    std::uint8_t priority;
    std::int8_t nice;
    std::uint16_t umask;
};
enum CallFlag : std::uint8_t {
    call_ignores_ttin = 1, // SIGTTIN is blocked or ignored
    call_ignores_ttou = 2, // SIGTTOU likewise
    call_has_progress = 4, // the call goes on: `progress` bytes are moved already
};
static_assert(Wire<CallHead> && sizeof(CallHead) == 8);

// Requests of tori that are no system call of anybody's.
enum class FarRequest : std::uint16_t {
    first = 0xf000,
    Watch = 0xf000, // waits until the file has one of the poll events in x0, and says which
    Adopt, // makes a process of the travel document in x0 (travel.hpp)
    Learn, // what exec and mmap ask of the file (far_inode.hpp)
    Borrow, // pages of the file (page_loans.hpp)
    OpenProgram, // opens the path in the caller's page for execution
    Unmap, // the borrower forgets pages
    Reopen, // opens once more what the first object is, as openat does
    Hear, // nothing: what was sent before this has been taken
    Ask, // about a process, in the page in x0 (kernel/proc/ask_page.hpp)
    Weigh, // as many references to the file again as one has that is lent
    Rehome, // the process of the stub in x0 is the one in x1 from now on (travel.hpp)
    FindAdopter, // of a child whose parent dies, from the relative in x0 on (adoption.hpp)
    Number, // x0 is wanted for somebody at the caller's torus (far_numbers.hpp)
    FindGroup, // the session of the process group x0 (far_groups.hpp)
};

enum class AnswerKind : std::uint8_t {
    Done, // `outcome` is the handler's
    Parked, // the visitor waits: the answer comes later
    Missing, // a page is not there: its address; `outcome` bytes were moved before
    Stranger, // the caller's process is not known here: its identity is to be sent
    Elsewhere, // another torus knows: its number
    Refused, // there is no memory for a visitor
};

struct AnswerHead {
    AnswerKind kind;
    std::uint8_t write; // Missing: the access was a write
    std::uint8_t has_object; // Done: a reference to an open file comes with it
    std::uint8_t close_on_exec;
    std::uint8_t quiet; // nobody could tell when that file is closed
    std::uint8_t spare[2];
    std::uint8_t kills; // the exec failed so late that the caller dies of it
};
static_assert(Wire<AnswerHead> && sizeof(AnswerHead) == 8);

} // namespace torc
