// SPDX-License-Identifier: MIT
// What tori say to one another. Only tori of one machine, of one Image, speak this: numbers may change with
// it.
#pragma once
#include <cstdint>

namespace torc {

enum class EventType : std::uint32_t {
    Nothing,
    Census, // goes round the ring once and counts
    Call, // a call on an object of the receiver's, first half (far_event.hpp)
    CallRest, // and second
    FileCall, // a call about one file, in one event
    Identity, // a piece of what handlers ask of a caller
    Reply, // the first answer to a call: gives its credit back
    Answer, // of a call that was parked
    Cancel, // of a call that its caller does not want to wait for any longer
    Release, // references to an open file are given back
    Leave, // a process has no more business here
    Go, // a process that moves is here from now on
    Signal, // its stub was sent one
    Notice, // it has stopped, goes on, or has ended: to its stub
    Part, // a process group has members on the sender, or none any more: to the group's torus
    GroupSignal, // to the members here; at the group's torus to all
    Return, // a borrower has forgotten an inode (page_loans.hpp)
    Unlock, // a process has closed a file: its record locks there go
    Run, // a thread's registers lie ready: enter EL0 with them (limbs.hpp)
    Back, // they lie there again
    Recall, // they are wanted back
    Drop, // that thread does not come any more
    ClockSet, // the wall clock has been set
    Blocks, // of memory are asked for, lent, refused, or go home (block_loans.hpp)
    WakeWord, // a thread has ended: one who waits for that futex word looks (kernel/futex/far_word.hpp)
    Number, // of the receiver's, which it had lent, is free again (far_numbers.hpp)
    OrphanNews, // it has stopped, goes on, or has ended: to who stands for it (adoption.hpp)
    WardNews, // who its parent is, who stands for it, or that it has been waited for: to the orphan
    count_
};

// Places in Event::arguments.
namespace census {
inline constexpr unsigned origin = 0, count = 1;
}

} // namespace torc
