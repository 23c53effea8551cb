// SPDX-License-Identifier: MIT
// The home's side of limbs (docs/limbs.md): threads that other tori run at EL0, and that come back for
// everything else.
#pragma once
#include "kernel/result.hpp"
#include "kernel/tori/limb_room.hpp"
#include "kernel/tori/outbox.hpp"

namespace torc {
struct Thread;
struct Torus;

// That a thread runs elsewhere (pool record). Outlives it until its limb has been told.
struct Lending {
    OutItem out{.hook = {}, .kind = OutKind::Run}; // Run, Recall or Drop: whatever is to be said now
    Thread* thread{nullptr}; // nullptr: it is over
    Handle name; // of the thread
    LimbRoom* room{nullptr};
    unsigned torus{0}; // that runs it
    unsigned wanted{0}; // that is to run it; home: none
    std::uint32_t sequence{0}; // of the last Run
    bool known{false}; // there is a limb
    bool recalled{false}; // since the last Run
    bool by_itself{false}; // nobody asked for it: it ends when it does not pay
    std::uint32_t moved_weight{0}; // said with the next Run: a rule of the braid has moved it,
    unsigned moved_from{0}; // from this torus
    bool trapped{false}; // `trap` is to be settled
    bool float_in_room{false}; // the thread's NEON state is there and not in its record
    std::uint32_t trips{0}; // by_itself: since
    std::uint64_t counted_from{0}; // this time, in ticks
    std::uint64_t next_page{0}; // behind the last ones it was given
    std::uint32_t ahead{0}; // so many at a time
    Trap trap;
};

// From now on `torus` runs the thread at EL0. NoMemory, NoSuchDevice, Busy: it stays where it is. Any state.
Result<void> lend(Thread& thread, unsigned torus);
// The same by a rule of the braid. `weight`: the books of that torus shall say that it has come from `from`.
Result<void> lend_by_itself(Thread& thread, unsigned to, unsigned from, std::uint32_t weight);
// From now on its home does. Any state.
void call_home(Thread& thread);
// Whether it may be lent: neither a reservation nor processor time that is counted keeps it here.
bool may_be_lent(Thread const& thread);
// It is Lent, and sleeps there.
bool is_asleep(Thread const& thread);
// The torus that runs the thread at EL0.
unsigned runs_on(Thread const& thread);

// The run loop's: a thread with a lending is ready for EL0. It is Lent afterwards, or to be chosen again.
void go_to_limb(Thread& thread);
// What it trapped for and is no call; false: it waits.
bool settle_trap(Thread& thread);
// Somebody needs a Lent thread at home: it will be Runnable.
void recall(Thread& thread);
// exec, exit: the thread, which is at home, is not lent any more.
void end_lending(Thread& thread);
// The thread, which is at home, has its NEON state in its record afterwards; it may be changed there.
void fetch_float(Thread& thread);
// Whether a thread of the space has been away without a break since `sequence` was the last Run.
bool any_away_since(Thread const& caller, std::uint32_t sequence);
// The strand to the limb could not be made.
void run_fails(OutItem& item);

// Where it may run has changed: it goes there.
void follow_affinity(Thread& thread);
// torc.limbs=: a new thread, or one whose program is new, is lent by lot.
void lend_by_rule(Thread& thread);

} // namespace torc
