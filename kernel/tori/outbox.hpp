// SPDX-License-Identifier: MIT
// What no thread can wait for when a strand is full: a record that exists anyway is hooked into the outbox,
// and the event is made from its state when there is room. So nothing that has to be said needs memory, and
// taking an event never needs room.
#pragma once
#include "substrate/event.hpp"
#include "substrate/intrusive_list.hpp"
#include <cstdint>

namespace torc {
struct Torus;

// Watch and what follows it are calls, which need a credit.
enum class OutKind : std::uint8_t {
    Census,
    Cancel,
    Answer,
    Release,
    Stub,
    Notice,
    Part,
    GroupSignal,
    Return,
    Unlock,
    Run,
    Back,
    Recall,
    Drop,
    ClockSet,
    Blocks,
    Number,
    Kin,
    Watch,
    Unmap,
    count_
};

struct OutItem { // a member of the record that has something to say
    ListHook hook;
    OutKind kind{OutKind::Census};
    bool waits() const { return hook.is_linked(); }
};

// By kind: makes the event of the record's state. The record may be gone when it returns.
void make_census_event(Torus& torus, OutItem& item, Event& event);
void make_cancel_event(Torus& torus, OutItem& item, Event& event);
void make_answer_event(Torus& torus, OutItem& item, Event& event);
void make_release_event(Torus& torus, OutItem& item, Event& event);
void make_stub_event(Torus& torus, OutItem& item, Event& event);
void make_notice_event(Torus& torus, OutItem& item, Event& event);
void make_part_event(Torus& torus, OutItem& item, Event& event);
void make_group_signal_event(Torus& torus, OutItem& item, Event& event);
void make_unlock_event(Torus& torus, OutItem& item, Event& event);
void make_clock_set_event(Torus& torus, OutItem& item, Event& event);
void make_return_event(Torus& torus, OutItem& item, Event& event);
void make_run_event(Torus& torus, OutItem& item, Event& event);
void make_back_event(Torus& torus, OutItem& item, Event& event);
void make_recall_event(Torus& torus, OutItem& item, Event& event);
void make_drop_event(Torus& torus, OutItem& item, Event& event);
void make_blocks_event(Torus& torus, OutItem& item, Event& event);
void make_number_event(Torus& torus, OutItem& item, Event& event);
void make_kin_event(Torus& torus, OutItem& item, Event& event);

} // namespace torc
