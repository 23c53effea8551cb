// SPDX-License-Identifier: MIT
// The owner's side of a far call: the handler runs here, for a thread of another torus.
#pragma once
#include "kernel/address.hpp"

namespace torc {
struct Thread;
enum class Access : unsigned char;

// One grain of a visitor's call. True: it is to run again; otherwise it waits, or is gone.
bool run_visitor(Thread& visitor);

// Its handler raised a signal.
void note_raised(Thread& visitor, unsigned signal);

// Whether its home has said that the caller blocks or ignores SIGTTIN, or SIGTTOU.
bool takes_no_notice_of(Thread& visitor, unsigned signal);

// A copy from or to the visitor's memory met a page that is not there: its home will see to it.
void note_missing(Thread& visitor, Uaddr address, Access access);

} // namespace torc
