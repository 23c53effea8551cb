// SPDX-License-Identifier: MIT
#include "kernel/tori/far_records.hpp"
#include "kernel/files/fd_table.hpp"
#include "kernel/memory/memory_records.hpp"
#include "kernel/memory/record_backing.hpp"
#include "kernel/planes.hpp"
#include "kernel/proc/proc_asks.hpp"
#include "kernel/tori/block_loans.hpp"
#include "kernel/tori/far_numbers.hpp"
#include "kernel/tori/loan_records.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc {
namespace {

Result<LoanRecords*> open_loans()
{
    LoanRecords* const loans = create_for_ever<LoanRecords>();
    if (loans == nullptr)
        return unexpected{Status::NoMemory};
    constexpr std::uint32_t borrowers = 65536, inodes = 32768, errands = 8192;
    open_plane(loans->loans, PlaneNumber::Loan, cells_per_plane - 1);
    open_pool(loans->borrowers, borrowers);
    open_pool(loans->inodes, inodes);
    open_pool(loans->errands, errands);
    return loans; // no rows: they stay while a borrower keeps its cache, and are nobody's leak
}

} // namespace

Result<void> start_far_records(Torus& torus)
{
    FarRecords* const far = create_for_ever<FarRecords>();
    if (far == nullptr)
        return unexpected{Status::NoMemory};
    constexpr std::uint32_t visitors = 8192, guests = 8192, files = 65536;
    open_pool(far->visitors, visitors);
    open_pool(far->guests, guests);
    open_pool(far->files, files);
    far->loans = TRY(open_loans());
    far->asks = TRY(open_asks());
    far->numbers = TRY(open_far_numbers());
    far->blocks = create_for_ever<BlockLoans>();
    if (far->blocks == nullptr)
        return unexpected{Status::NoMemory};
    far->blocks->asked_last = torus.number;
    far->descriptors = TRY(FdTable::create());
    far->watchers.process.is_guest = true;
    far->watchers.process.files = far->descriptors;
    far->watchers.process.fs = &far->places;
    far->visitor_asid = torus.memory->asids.set_one_aside();
    torus.far = far;
    return {};
}

} // namespace torc
