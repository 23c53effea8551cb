// SPDX-License-Identifier: MIT
// The slow paths: tables grow, pages are backed, parked and given back.
#include "substrate/cell_plane.hpp"

namespace torc {

void CellPlane::open(Handle prefix, ReservedRange range, std::uint32_t limit)
{
    invariant(table_ == nullptr && range.size() >= bytes_for(cell_bytes_));
    std::size_t const cells = round_to_backing_page(std::size_t{cells_per_plane} * cell_bytes_);
    prefix_ = Handle{prefix.machine(), prefix.torus(), prefix.plane(), {}, 0};
    limit_ = limit < cells_per_plane ? limit : cells_per_plane;
    table_range_ = range.carve(cells_per_plane * sizeof(Cell));
    ledger_range_ = range.carve(cells / backing_page * sizeof(Page));
    cell_range_ = range;
    table_ = static_cast<Cell*>(static_cast<void*>(table_range_.at(0)));
    pages_ = static_cast<Page*>(static_cast<void*>(ledger_range_.at(0)));
    cells_ = cell_range_.at(0);
}

// Backs one more page of the cell table, and the ledger that its cells need.
bool CellPlane::extend()
{
    constexpr std::uint32_t cells_per_table_page = backing_page / sizeof(Cell);
    constexpr std::uint32_t entries_per_ledger_page = backing_page / sizeof(Page);
    if (table_ready_ == cells_per_plane)
        return false;
    std::uint32_t const cells = table_ready_ + cells_per_table_page;
    std::uint32_t const pages
        = static_cast<std::uint32_t>(round_to_backing_page(std::size_t{cells} * cell_bytes_) / backing_page);
    while (ledger_ready_ < pages) {
        if (!ledger_range_.commit(ledger_ready_ * sizeof(Page), backing_page))
            return false; // what the ledger gained is used at the next attempt
        for (std::uint32_t entry = 0; entry < entries_per_ledger_page; ++entry)
            pages_[ledger_ready_ + entry] = {};
        ledger_ready_ += entries_per_ledger_page;
    }
    // The entries themselves are initialised when their cell is first used.
    if (!table_range_.commit(table_ready_ * sizeof(Cell), backing_page))
        return false;
    table_ready_ = cells;
    return true;
}

bool CellPlane::back(std::uint32_t page)
{
    if (!cell_range_.commit(std::size_t{page} * backing_page, backing_page))
        return false;
    poison(cells_ + std::size_t{page} * backing_page, backing_page);
    pages_[page].backed = 1;
    return true;
}

void CellPlane::park(std::uint32_t page)
{
    if (pages_[page].parked != 0)
        return;
    std::uint32_t const slot = parking_hand_;
    unpark(slot);
    parked_[slot] = page + 1;
    pages_[page].parked = 1;
    parking_hand_ = (parking_hand_ + 1) % parking;
}

void CellPlane::unpark(std::uint32_t slot)
{
    if (parked_[slot] == 0)
        return;
    std::uint32_t const page = parked_[slot] - 1;
    parked_[slot] = 0;
    pages_[page].parked = 0;
    if (pages_[page].live != 0) // in use again
        return;
    pages_[page].backed = 0;
    unpoison(cells_ + std::size_t{page} * backing_page, backing_page); // it may serve someone else
    cell_range_.release(std::size_t{page} * backing_page, backing_page);
}

void CellPlane::trim()
{
    for (std::uint32_t slot = 0; slot < parking; ++slot)
        unpark(slot);
}

std::uint32_t CellPlane::next_live(PlaneCursor& cursor, std::uint32_t steps) const
{
    for (; steps != 0 && cursor.cell < fresh_; --steps) {
        std::uint32_t const cell = cursor.cell++;
        if ((table_[cell].state & live_bit) != 0)
            return cell;
    }
    if (cursor.cell >= fresh_)
        cursor.cell = cells_per_plane;
    return cells_per_plane;
}

} // namespace torc
