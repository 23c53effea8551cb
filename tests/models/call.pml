// SPDX-License-Identifier: MIT
// One thread that calls an object of another torus twice, is sent signals, may be stopped or killed, and whose
// process then ends; and the owner, where the visits run, wait, are woken and are cancelled.
//
// Stands for: far_call.cpp send(), wait_for_answer(), far_stop(), far_abandon_step(), far_leave_step(),
// take_outcome(), make_cancel_event(); visitors.cpp take_call_rest(), run_visitor(), park(), finish(),
// take_cancel(), make_answer_event(); guests.cpp take_identity(), take_leave(), guest_loses_visitor().
//
// Found are: a call that is answered twice or never, a call that is cancelled and nobody wanted it to be, a
// visit that walks tables which its home has given up, a guest that goes with visitors in it or stays.
// Mutations: CANCEL_STAYS (an answer leaves a Cancel in the outbox, and the thread's record goes), EXIT_IN_BETWEEN
// (exit does not wait for the answer), TABLES_LATER (the core leaves the tables after the answer), PARKED_TWICE
// (a visit says each time it waits that it is parked), ANSWERED_AND_CANCELLED (a visit whose answer waits in the
// outbox is cancelled, too), CALL_IS_FORGOTTEN (a cancelled visit that waits is not woken).
//
// With one thread nothing comes of it if Cancel takes whatever visit there is, or Leave does not wait for
// visitors: the order of the strand and the wait at exit are enough.

mtype = { Identity, Call, Cancel, Leave, Reply, Parked, Answer };
chan there = [2] of { mtype, byte }; // ordinary places; the byte: the call's sequence
chan back = [2] of { mtype, byte }; // one of them for the answer to the one call
#define ORDINARY_BACK 1

mtype = { Begins, Sent, Cancelled, Over };
bool tables = true; // the home's, in use
bool guest, left; // at the owner
byte visits; // visitors in the guest
byte walks; // visits with the home's tables in the core
byte wanted; // bits: the calls that were to be cancelled
byte answers; // bits: the calls that have their answer
bool ended;

proctype Home() {
    byte call = 0, sequence;
    mtype step = Begins;
    bool cancel = false, killed = false, known = false;
    mtype what;
    do
    // A call; it goes behind what waits in the outbox.
    :: atomic { step == Begins && !killed && call < 2 && !cancel && !known && nfull(there) -> there!Identity, 0; known = true }
    :: atomic { step == Begins && !killed && call < 2 && !cancel && known && nfull(there) ->
        call++; there!Call, call; step = Sent }
    // A signal or a stop.
    :: atomic { step == Sent && !killed -> step = Cancelled; cancel = true; wanted = wanted | (1 << call) }
    // SIGKILL, once.
    :: atomic { !killed -> killed = true;
        if
        :: step == Sent -> step = Cancelled; cancel = true; wanted = wanted | (1 << call)
        :: else
        fi }
    // The outbox: the event says what the record says now.
    :: atomic { cancel && nfull(there) -> cancel = false; there!Cancel, call }
    :: atomic { back?what, sequence ->
        if
        :: what == Parked -> skip
        :: what != Parked ->
            assert(!(answers & (1 << sequence)));
            answers = answers | (1 << sequence);
            assert(sequence == call && (step == Sent || step == Cancelled));
#ifndef CANCEL_STAYS
            cancel = false;
#endif
            step = Begins
        fi }
#ifdef EXIT_IN_BETWEEN
    :: atomic { (killed || (step == Begins && call == 2)) -> break }
#else
    :: atomic { step == Begins && (killed || call == 2) -> break }
#endif
    od;
    atomic { tables = false; assert(walks == 0 && !cancel) }
    if
    :: atomic { known && nfull(there) -> there!Leave, 0 }
    :: !known
    fi;
    ended = true;
    assert(call == 0 || call == 1 && answers == 2 || call == 2 && answers == 6)
}

inline lose_visitor() {
    visits--;
    if
    :: left && visits == 0 -> guest = false; left = false
    :: else
    fi
}

proctype Owner() {
    byte sequence, visit = 0; // the one visit: its call
    mtype what;
    bool asleep = false, runs = false, parked = false, waits = false, interrupted = false; // waits: in the outbox
    do
    :: atomic { there?what, sequence ->
        if
        :: what == Identity -> guest = true; left = false
        :: what == Call -> assert(guest && visit == 0); visits++; visit = sequence; runs = true
        :: what == Cancel ->
            if
#ifdef ANSWERED_AND_CANCELLED
            :: guest && visit == sequence ->
#else
            :: guest && visit == sequence && !waits ->
#endif
                assert(wanted & (1 << visit));
                assert(!waits); // its thread is retired
                interrupted = true;
#ifndef CALL_IS_FORGOTTEN
                runs = true
#endif
            :: else
            fi
        :: what == Leave ->
            if
            :: visits == 0 -> guest = false
            :: else -> left = true
            fi
        fi }
    // A grain: with the home's tables in the core.
    :: atomic { runs && !waits && walks == 0 -> walks = 1; assert(tables) }
    :: atomic { walks == 1 && runs -> // the handler blocks, or is over
        if
        :: !interrupted ->
            walks = 0; runs = false;
            if
            :: asleep = true // for ever, by itself
            :: asleep = false
            fi;
            if
            :: !parked -> parked = true; assert(nfull(back)); back!Parked, visit
#ifdef PARKED_TWICE
            :: parked -> assert(nfull(back)); back!Parked, visit
#endif
            :: else
            fi
        :: true ->
            runs = false;
#ifndef TABLES_LATER
            walks = 0;
#endif
            if
            :: parked -> waits = true
            :: else -> assert(nfull(back)); back!Reply, visit; visit = 0; interrupted = false; assert(guest); lose_visitor()
            fi
        fi }
#ifdef TABLES_LATER
    :: atomic { walks == 1 && !runs -> walks = 0 }
#endif
    :: atomic { visit != 0 && !runs && !waits && !asleep -> runs = true } // somebody wakes it
    // The outbox.
    :: atomic { waits && len(back) < ORDINARY_BACK ->
        back!Answer, visit; visit = 0; waits = false; parked = false; interrupted = false; assert(guest); lose_visitor() }
    :: atomic { ended && empty(there) && visit == 0 -> break }
    od;
    assert(!guest)
}

init {
    atomic { run Home(); run Owner() }
}
