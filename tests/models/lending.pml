// SPDX-License-Identifier: MIT
// A thread that is lent to a limb, comes back for its traps, is wanted at home now and then, and ends.
//
// Stands for: lending.cpp go_to_limb(), recall(), take_back(), end_lending(), lend() and the makers of Run,
// Recall and Drop, which share one place in the outbox; limbs.cpp take_run(), take_recall(), take_drop(),
// give_back(), make_back_event().
//
// Found are: a thread that both tori have, or nobody; a home that waits for ever for a thread whose program
// never traps; a room that is used when its frame has gone; a limb that stays.
// Mutations: RUN_IS_OVERTAKEN (a Recall takes the place of a Run that has not gone), RECALLED_TWICE (a limb
// gives back what it does not have), RECALL_ONCE_MORE_UNSAID (whether a Run has been recalled is not forgotten
// by the next), DROP_BEFORE_BACK (exit does not wait for the thread).
//
// Nothing bad comes of it if all Runs have one sequence, but that a limb may be recalled for nothing.

mtype = { Run, Recall, Drop, Back };
mtype = { AtHome, Lent };
chan there = [1] of { mtype, byte };
chan back = [1] of { mtype, byte };

byte holders = 1; // who has the thread: home, limb, or a room on its way
bool room = true; // its frame
bool limb; // there is a record
bool ended;

proctype Home() {
    mtype state = AtHome, says, what;
    bool waits = false; // the place in the outbox
    bool known = false, recalled = false, wanted = false;
    byte sequence = 0, runs = 0, got;
    do
    :: atomic { state == AtHome && !wanted && runs < 3 -> // ready for EL0
        runs++;
        sequence++;
#ifndef RECALL_ONCE_MORE_UNSAID
        recalled = false;
#endif
        state = Lent; says = Run; waits = true; holders-- }
    :: atomic { state == Lent && !wanted -> // a signal, exec, exit: until it is home
        wanted = true;
        if
        :: !recalled ->
            recalled = true;
            if
#ifndef RUN_IS_OVERTAKEN
            :: waits && says == Run -> waits = false; state = AtHome; holders++; wanted = false
#endif
            :: else -> says = Recall; waits = true
            fi
        :: else
        fi }
    :: atomic { waits && nfull(there) -> // the outbox
        waits = false; there!says, sequence;
        if
        :: says == Run -> known = true
        :: else
        fi }
    :: atomic { back?what, got ->
        assert(room);
        if
        :: state == Lent && got == sequence ->
            waits = false; // a Recall that comes too late
            state = AtHome; wanted = false; holders++
        :: else
        fi;
        assert(holders == 1) }
#ifdef DROP_BEFORE_BACK
    :: atomic { runs == 3 -> break }
#else
    :: atomic { runs == 3 && state == AtHome -> break }
#endif
    od;
    // end_lending(): the frame goes, Drop by the outbox
    atomic { room = false; assert(holders == 1) }
    if
    :: atomic { known && nfull(there) -> there!Drop, sequence }
    :: !known
    fi;
    ended = true
}

proctype Limb() {
    bool out = false;
    byte sequence, got;
    mtype what;
    bool waits = false; // Back, in the outbox
    do
    :: atomic { there?what, got ->
        if
        :: what == Run -> assert(room && !out && holders == 0); limb = true; out = true; sequence = got; holders++
#ifdef RECALLED_TWICE
        :: what == Recall && limb && sequence == got -> assert(room && out); out = false; holders--; waits = true
        :: what == Recall && !(limb && sequence == got)
#else
        :: what == Recall && limb && out && sequence == got -> assert(room); out = false; holders--; waits = true
        :: what == Recall && !(limb && out && sequence == got)
#endif
        :: what == Drop -> assert(!out); limb = false
        fi }
    :: atomic { out -> assert(room); out = false; holders--; waits = true } // a trap
    :: out -> goto for_ever // or none any more: only a Recall ends that
    :: atomic { waits && nfull(back) -> waits = false; back!Back, sequence }
    :: atomic { ended && empty(there) && !waits -> break }
    continue: skip
    od;
    assert(!limb);
    goto over;
for_ever:
end_for_ever:
    atomic { there?what, got ->
        if
        :: what == Recall && sequence == got -> out = false; holders--; waits = true; goto continue
        :: what == Recall && sequence != got -> goto for_ever
        :: else -> assert(false)
        fi }
over:
    skip
}

init {
    atomic { run Home(); run Limb() }
}
