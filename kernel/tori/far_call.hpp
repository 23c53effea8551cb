// SPDX-License-Identifier: MIT
// The caller's side of a far call: a handler said Elsewhere, and the very same call is made at the owner of
// what it met. States, in the thread's restart record: begins (waits for room, a credit), sent, cancelled,
// answered.
#pragma once
#include "kernel/linux/outcome.hpp"
#include <cstdint>

namespace torc {
struct Event;
struct Link;
struct Process;
struct RestartRecord;
struct Thread;
struct Torus;

// The handler of the thread's call met something of another torus.
Outcome far_call(Thread& thread);
// The thread's restart record is of kind Far, and the thread runs again.
Outcome far_resume(Thread& thread);
// read, write and their kin: what was moved before a bad address counts.
constexpr bool moves_bytes(unsigned number)
{
    return number >= 63 && number <= 70; // read, write, readv, writev, pread64, ... pwritev
}
// Calls whose path may lead to an open file without a name, which another torus has (/proc/self/fd/N).
inline constexpr unsigned call_openat = 56, call_newfstatat = 79, call_fstat = 80;
// Does its work also where it cannot say what was before: goes again with a progress of 1.
inline constexpr unsigned call_timerfd_settime = 86;
constexpr bool may_lead_to_file(unsigned number)
{
    return number == call_openat || number == call_newfstatat;
}
// The other end of the link must know who asks: true when it does. False: no room to tell it now.
bool introduce(Torus& torus, Process& process, Link& link);
void forget_acquaintance(Process& process, unsigned owner);
// The thread is stopped by a signal: it is not to take what somebody else should get meanwhile.
void far_stop(Thread& thread);
// The thread ends in the middle: true when nothing of the call is left anywhere. False: it waits, or asks
// again.
bool far_abandon_step(Thread& thread);
// It leads a session: the names' torus, where a terminal may be, is to be among those that are told.
void leaves_names(Process& process);
// The process ends: owners that know it are told. As above.
bool far_leave_step(Thread& thread);

// The owner's side: requests that need no visitor, answered as they are taken (far_closing.cpp). False: the
// number is another call's.
bool answered_in_passing(Torus& torus, Link& link, Event const& call, std::uint16_t number);

} // namespace torc
