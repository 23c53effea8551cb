// SPDX-License-Identifier: MIT
// What happens with each type of event; one row each in links.cpp. Taking an event never needs room in a
// strand.
#pragma once
#include "substrate/event.hpp"

namespace torc {
struct Link;
struct Torus;

using TakeEvent = void (*)(Torus& torus, Link& link, Event const& event);

// visitors.cpp: the owner's side of a far call
void take_census(Torus& torus, Link& link, Event const& event);
void take_call(Torus& torus, Link& link, Event const& event);
void take_call_rest(Torus& torus, Link& link, Event const& event);
void take_file_call(Torus& torus, Link& link, Event const& event);
void take_cancel(Torus& torus, Link& link, Event const& event);
// guests.cpp
void take_identity(Torus& torus, Link& link, Event const& event);
void take_leave(Torus& torus, Link& link, Event const& event);
// far_call.cpp: the caller's side
void take_reply(Torus& torus, Link& link, Event const& event);
void take_answer(Torus& torus, Link& link, Event const& event);
// arrival.cpp, travel.cpp: processes that move
void take_go(Torus& torus, Link& link, Event const& event);
void take_signal_event(Torus& torus, Link& link, Event const& event);
void take_notice(Torus& torus, Link& link, Event const& event);
// kernel/process/sessions.cpp
void take_part(Torus& torus, Link& link, Event const& event);
void take_group_signal(Torus& torus, Link& link, Event const& event);
// limbs.cpp; lending.cpp
void take_run(Torus& torus, Link& link, Event const& event);
void take_recall(Torus& torus, Link& link, Event const& event);
void take_drop(Torus& torus, Link& link, Event const& event);
void take_back(Torus& torus, Link& link, Event const& event);
// page_loans.cpp
void take_return(Torus& torus, Link& link, Event const& event);
// far_file.cpp
void take_unlock(Torus& torus, Link& link, Event const& event);
void take_release(Torus& torus, Link& link, Event const& event);
// block_loans.cpp
void take_blocks(Torus& torus, Link& link, Event const& event);
// kernel/futex/far_word.cpp
void take_wake_word(Torus& torus, Link& link, Event const& event);
// far_numbers.cpp
void take_number(Torus& torus, Link& link, Event const& event);
// adoption.cpp
void take_orphan_news(Torus& torus, Link& link, Event const& event);
void take_ward_news(Torus& torus, Link& link, Event const& event);
// clock_news.cpp
void take_clock_set(Torus& torus, Link& link, Event const& event);

} // namespace torc
