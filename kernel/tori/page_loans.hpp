// SPDX-License-Identifier: MIT
// Pages of files in the hands of other tori (docs/tori.md, "File pages far away"): the owner's side. The
// borrowers' is far_inode.hpp.
//
// Who may touch a frame that is lent. It stays its owner's: in the page tree of the owner's inode, which has
// the one reference. A borrower writes its address into a page tree of its own and into tables of its own
// processes, and counts nothing. It takes the address out again when the owner says Unmap, and then answers;
// before that answer the owner takes no page of the range out of its tree. So a frame is free only when no
// core can reach it.
//
// Order. The owner grants pages by the replies to Borrow. Once it has decided to take a range back it grants
// none of it (the size is less already, and the inode's turn is held until all have answered), and what it
// granted before has left before Unmap does: replies overtake what waits in the outbox, never the other way
// round. So the borrower knows every page of the range when Unmap comes. It forgets them first, so that no
// fault can map one again, and then unmaps.
#pragma once
#include "kernel/files/inode.hpp"
#include "kernel/linux/outcome.hpp"
#include "kernel/process/wait_queue.hpp"
#include "kernel/tori/outbox.hpp"
#include "substrate/handle.hpp"
#include "substrate/intrusive_list.hpp"
#include "substrate/sched_entity.hpp"
#include <cstdint>

namespace torc {
struct Link;
struct Loan;
struct Torus;
struct Visitor;

// ---- the owner's side

// A torus that knows an inode of ours, and may have pages of it (pool record).
struct Borrower {
    enum class State : std::uint8_t {
        Idle,
        Waits, // Unmap is in the outbox
        Asked, // and on its way
    };
    OutItem out{.hook = {}, .kind = OutKind::Unmap};
    ListHook in_loan;
    Loan* loan{nullptr};
    unsigned torus{0};
    std::uint32_t told{0}; // how often it was told of the inode, and has not given that back
    std::uint32_t sequence{0};
    State state{State::Idle};
};

// An inode that others know: its handle is what they know it by (plane record).
struct Loan {
    Inode* inode{nullptr};
    List<Borrower, &Borrower::in_loan> borrowers;
    std::uint64_t first{0}, end{0}; // pages that are taken back
    unsigned asked{0}; // borrowers who have not answered
    SchedParameters urgency; // of who takes them back
    WaitQueue waiting; // until all have answered
    bool ends{false}; // nobody has the inode any more: it goes with the last answer
    bool cutter_gone{false}; // the thread that cut has died
};

// The inode is known to that torus from now on: by what handle. NoMemory.
Result<Handle> lend_inode(Inode& inode, unsigned torus);
// All borrowers are to forget the pages in [first, end). Loan::asked says how many have not answered yet.
void recall_pages(Loan& loan, std::uint64_t first, std::uint64_t end);
// Nobody has the inode any more: it is reclaimed when all borrowers have forgotten it.
void end_loan(Inode& inode);
// Who cut the inode dies while borrowers have not answered: the rest is done when they have. The inode stays
// counted, and its turn taken.
void leave_cutting(Loan& loan);

// Handlers of requests.
Outcome learn_visit(Visitor& visitor);
Outcome borrow_visit(Visitor& visitor, Arguments const& arguments);
Outcome open_program_visit(Visitor& visitor, Arguments const& arguments);
// An answer whose target is a loan.
void loan_answered(Torus& torus, Link& link, Event const& event);
void make_unmap_call(Torus& torus, OutItem& item, Event& call, Event& rest);

} // namespace torc
