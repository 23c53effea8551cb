// SPDX-License-Identifier: MIT
// What a torus keeps of pages lent and borrowed. Torus-local.
#pragma once
#include "kernel/tori/far_inode.hpp"
#include "kernel/tori/page_loans.hpp"
#include "substrate/lattice.hpp"
#include "substrate/pool.hpp"

namespace torc {

struct LoanRecords {
    static constexpr unsigned buckets = 64;
    static constexpr unsigned unused_limit = 256; // inodes of others that are kept although nobody uses them
    // The owner's side.
    Plane<Loan> loans;
    Pool<Borrower> borrowers;
    // The borrower's.
    Pool<FarInode> inodes;
    Pool<FarErrand> errands;
    List<FarInode, &FarInode::in_bucket> by_loan[buckets];
    List<FarInode, &FarInode::unused> unused; // the one that was used last at the end
    List<FarInode, &FarInode::unused> leaving; // given up; their pages are forgotten by grains
    unsigned unused_count{0};
    WaitQueue* awaited{nullptr}; // where to wait for what was NotYet there; for this grain only
    std::uint64_t pages_asked{0}, pages_got{0}; // requests, and pages they brought
};

} // namespace torc
