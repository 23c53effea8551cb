// SPDX-License-Identifier: MIT
// A file's owner and one borrower of its pages: the borrower learns of the inode, borrows a page, forgets the
// inode and learns of it again, while the owner cuts the file and takes the page back.
//
// Stands for: page_loans.cpp lend_inode(), recall_pages(), make_unmap_call(), loan_answered(), take_return(),
// borrow_visit(); far_inode.cpp know_inode(), far_inode_unused(), make_return_event(), borrow_page(),
// take_pages(), unmap_visit(). Each strand is first in, first out; a first reply has its place, all else waits in
// an outbox in its order.
//
// Found are: a cut that ends while the borrower still has the page or is about to get it, a cut that waits for
// ever, a record of the borrower that goes although it knows the inode, or stays although it does not.
// Mutations: RETURN_WITHOUT_COUNT (a Return takes all that was told), RETURN_DOES_NOT_COUNT (as an answer to an
// Unmap that waits), LENT_WHILE_CUT (the turn is not held), UNMAPPED_LATER (the borrower answers first),
// DROPPED_WHILE_ASKED (a Return drops the record although an answer is under way).

#define TIMES 3

mtype = { Learn, Borrow, Return, Unmapped, Told, Parked, Pages, Unmap };
chan ask = [3] of { mtype, byte }; // to the owner
chan say = [3] of { mtype, byte }; // to the borrower
mtype = { Idle, Waits, Asked };

bool knows, page; // the borrower
byte told_now; // Told events on their way
byte lent_now; // Pages likewise, or in the outbox
bool over;

proctype Borrower() {
    byte heard = 0, learned = 0, n, given = 0;
    bool learning = false, borrows = false, unmapping = false;
    mtype what;
    do
    :: atomic { learned < TIMES && !learning && given == 0 && nfull(ask) -> ask!Learn, 0; learning = true; learned++ }
    :: atomic { knows && !page && !borrows && !unmapping && given == 0 && nfull(ask) -> ask!Borrow, 0; borrows = true }
    // Nobody uses it any more.
    :: atomic { knows && !borrows && !unmapping && given == 0 -> knows = false; page = false; given = heard; heard = 0 }
    :: atomic { given != 0 && nfull(ask) -> ask!Return, given; given = 0 }
    :: atomic { say?what, n ->
        if
        :: what == Told -> told_now--; knows = true; heard++; learning = false
        :: what == Parked
        :: what == Pages -> assert(knows); lent_now--; page = true; borrows = false
        :: what == Unmap ->
            if
            :: knows -> unmapping = true
#ifdef UNMAPPED_LATER
                ; ask!Unmapped, 0
#endif
            :: else -> ask!Unmapped, 0
            fi
        fi }
    :: atomic { unmapping && nfull(ask) ->
        page = false; unmapping = false;
#ifndef UNMAPPED_LATER
        ask!Unmapped, 0
#endif
        }
    :: atomic { learned == TIMES && !learning && !knows && given == 0 && !unmapping && empty(ask) && empty(say) -> break }
    od;
    over = true
}

inline drop_record() {
    assert(exists && told == 0);
    exists = false; state = Idle;
    assert(!knows && told_now == 0)
}

inline is_back() { // range_is_back()
    assert(cutting);
    cutting = false;
    assert(!page && lent_now == 0);
    if
    :: parked -> parked = false; late = true; lent_now++
    :: else
    fi
}

proctype Owner() {
    bool exists = false, cutting = false, parked = false;
    bool late = false; // the answer to a parked borrower, in the outbox; before an Unmap there
    byte told = 0, n, cuts = 0;
    mtype state = Idle, what;
    do
    :: atomic { ask?what, n ->
        if
        :: what == Learn -> exists = true; told++; told_now++; say!Told, 0
        :: what == Borrow ->
            assert(exists);
            if
#ifndef LENT_WHILE_CUT
            :: cutting -> parked = true; say!Parked, 0
            :: !cutting -> lent_now++; say!Pages, 0
#else
            :: lent_now++; say!Pages, 0
#endif
            fi
        :: what == Unmapped ->
            assert(state == Asked);
            state = Idle;
            if
            :: told == 0 -> drop_record()
            :: else
            fi;
            is_back()
        :: what == Return ->
            assert(told >= n);
#ifdef RETURN_WITHOUT_COUNT
            told = 0;
#else
            told = told - n;
#endif
            if
            :: told != 0
#ifdef DROPPED_WHILE_ASKED
            :: told == 0 && state == Asked -> drop_record()
#else
            :: told == 0 && state == Asked // its answer comes
#endif
            :: told == 0 && state == Waits ->
                drop_record();
#ifndef RETURN_DOES_NOT_COUNT
                is_back()
#endif
            :: told == 0 && state == Idle -> drop_record()
            fi
        fi }
    :: atomic { !cutting && exists && cuts < 2 -> cuts++; cutting = true; state = Waits }
    :: atomic { late && nfull(say) -> late = false; say!Pages, 0 }
    :: atomic { state == Waits && !late && nfull(say) -> state = Asked; say!Unmap, 0 }
    :: atomic { over && !cutting && empty(ask) -> break }
    od;
    assert(!exists && told == 0)
}

init {
    atomic { run Borrower(); run Owner() }
}
