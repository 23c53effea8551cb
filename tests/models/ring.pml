// SPDX-License-Identifier: MIT
// Three tori that call one another through strands of two places, one of them kept for answers, with one
// credit each. Every torus has a reader and a writer; a reader that finds nothing is parked at the owner until
// some writer has called there. Orders of memory and bells are links_model.cpp's business: here everybody sees
// at once what was sent.
//
// Stands for: links.cpp may_send(), put(), send_what_waits(), give_credit_back(); visitors.cpp
// take_call_rest(), park(), finish(), make_answer_event(); far_call.cpp begin(), take_reply(), take_answer().
//
// Found are: a torus that waits for ever (an invalid end), an answer without a place, a call that is answered
// twice. Mutations: CREDIT_KEPT (a parked call keeps its credit until its late answer), NO_PLACE_KEPT (a call
// takes the place of an answer), ANSWER_WAITS (an event is only taken when there is room for its answer among
// the ordinary ones), PARKED_FIRST_REPLY (a late answer takes an answer's place as well).

#define TORI 3
#define PLACES 2
#define ANSWERS 1
#define rounds (me == 2 -> 1 : 2) // of each thread

mtype = { Call, Done, Parked, Answer };
chan strand[9] = [PLACES] of { mtype, bit }; // from * 3 + to; the bit: it is the writer's
#define to(a, b) strand[(a) * TORI + (b)]

#ifdef NO_PLACE_KEPT
#define ORDINARY PLACES
#else
#define ORDINARY (PLACES - ANSWERS)
#endif

#define may_call(a, b) (len(to(a, b)) < ORDINARY)
#define may_say(a, b) (len(to(a, b)) < PLACES - ANSWERS)

byte ready = 0; // tori whose threads have ended
byte tokens[TORI]; // written and not yet read, at each owner
bool parked[9]; // owner * 3 + caller
bool late[9]; // in the owner's outbox
#define at(owner, caller) [(owner) * TORI + (caller)]

inline first_reply(what, writes) {
    assert(len(to(me, other)) < PLACES); // a place is kept for it
    to(me, other)!what, writes
}

inline settle_parked() { // what was written meets who waits, the lowest first
    k = 0;
    do
    :: k < TORI ->
        if
        :: tokens[me] > 0 && parked at(me, k) ->
            parked at(me, k) = false; late at(me, k) = true; tokens[me]--
        :: else
        fi;
        k++
    :: else -> break
    od
}

inline answered(writes) {
    assert(asked[writes]);
    asked[writes] = false;
    round[writes]++;
    if
    :: round[0] == rounds && round[1] == rounds -> ready++
    :: else
    fi
}

proctype Torus(byte me) {
    byte round[2], other, k;
    bool asked[2];
    byte credits[TORI];
    bit writes;
    atomic { credits[0] = ANSWERS; credits[1] = ANSWERS; credits[2] = ANSWERS }
    do
    // A thread calls: the next torus first, then the one behind it.
    :: atomic { round[0] < rounds && !asked[0] && credits[(me + 1 + round[0]) % TORI] > 0 &&
            may_call(me, (me + 1 + round[0]) % TORI) && !late at(me, (me + 1 + round[0]) % TORI) ->
        other = (me + 1 + round[0]) % TORI; credits[other]--; asked[0] = true; to(me, other)!Call, 0 }
    :: atomic { round[1] < rounds && !asked[1] && credits[(me + 1 + round[1]) % TORI] > 0 &&
            may_call(me, (me + 1 + round[1]) % TORI) && !late at(me, (me + 1 + round[1]) % TORI) ->
        other = (me + 1 + round[1]) % TORI; credits[other]--; asked[1] = true; to(me, other)!Call, 1 }
    // The outbox.
    :: atomic { late at(me, (me + 1) % TORI) && may_say(me, (me + 1) % TORI) ->
        other = (me + 1) % TORI; late at(me, other) = false; to(me, other)!Answer, 0 }
    :: atomic { late at(me, (me + 2) % TORI) && may_say(me, (me + 2) % TORI) ->
        other = (me + 2) % TORI; late at(me, other) = false; to(me, other)!Answer, 0 }
#ifdef PARKED_FIRST_REPLY
    :: atomic { late at(me, (me + 1) % TORI) && len(to(me, (me + 1) % TORI)) < PLACES ->
        other = (me + 1) % TORI; late at(me, other) = false; to(me, other)!Answer, 0 }
#endif
    // What has come is always taken.
    :: atomic { nempty(to((me + 1) % TORI, me)) -> other = (me + 1) % TORI; goto take }
    :: atomic { nempty(to((me + 2) % TORI, me)) -> other = (me + 2) % TORI; goto take }
    :: atomic { ready == TORI && empty(to((me + 1) % TORI, me)) && empty(to((me + 2) % TORI, me)) -> break }
    continue: skip
    od;
    goto over;
take:
    atomic {
        if
#ifdef ANSWER_WAITS
        :: to(other, me)?[Call, _] && may_say(me, other) ->
            to(other, me)?Call, writes
#else
        :: to(other, me)?Call, writes ->
#endif
            if
            :: writes -> tokens[me]++; first_reply(Done, 1); settle_parked()
            :: !writes && tokens[me] > 0 -> tokens[me]--; first_reply(Done, 0)
            :: !writes && tokens[me] == 0 -> parked at(me, other) = true; first_reply(Parked, 0)
            fi
        :: to(other, me)?Done, writes -> credits[other]++; answered(writes)
        :: to(other, me)?Parked, writes ->
#ifndef CREDIT_KEPT
            credits[other]++
#else
            skip
#endif
        :: to(other, me)?Answer, writes ->
#ifdef CREDIT_KEPT
            credits[other]++;
#endif
            answered(0)
        fi;
        goto continue
    }
over:
    skip
}

init {
    atomic { run Torus(0); run Torus(1); run Torus(2) }
}
