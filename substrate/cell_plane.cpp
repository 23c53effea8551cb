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

void* CellPlane::allocate_slowly()
{
    if (live_ >= limit_)
        return nullptr;
    bool const reuse = waiting_ >= quarantine || (fresh_ == cells_per_plane && waiting_ != 0);
    if (!reuse && fresh_ == table_ready_ && !extend())
        return nullptr;
    std::uint32_t const cell = reuse ? oldest_ - 1 : fresh_;
    if (!hold_pages(cell))
        return nullptr;
    if (reuse) {
        dequeue();
    } else {
        table_[cell].state = 0;
        ++fresh_;
    }
    return revive(cell, cell_bytes_);
}

// All pages of a cell, or none.
bool CellPlane::hold_pages(std::uint32_t cell)
{
    std::uint32_t const first = first_page(cell, cell_bytes_);
    std::uint32_t const last = last_page(cell, cell_bytes_);
    for (std::uint32_t page = first; page <= last; ++page) {
        if (hold(page))
            continue;
        while (page-- > first)
            let_go(page);
        return false;
    }
    return true;
}

bool CellPlane::hold(std::uint32_t page)
{
    if ((pages_[page] & backed_bit) == 0 && !back(page))
        return false;
    ++pages_[page];
    return true;
}

void CellPlane::let_go_after(std::uint32_t first, std::uint32_t last)
{
    for (std::uint32_t page = first + 1; page <= last; ++page)
        let_go(page);
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
    pages_[page] |= backed_bit;
    return true;
}

void CellPlane::park(std::uint32_t page)
{
    std::uint32_t const slot = parking_hand_;
    unpark(slot);
    parked_[slot] = page + 1;
    pages_[page] |= parked_bit;
    parking_hand_ = (parking_hand_ + 1) % parking;
}

void CellPlane::unpark(std::uint32_t slot)
{
    if (parked_[slot] == 0)
        return;
    std::uint32_t const page = parked_[slot] - 1;
    parked_[slot] = 0;
    pages_[page] &= static_cast<Page>(~parked_bit);
    if ((pages_[page] & count_mask) != 0) // in use again
        return;
    pages_[page] = 0;
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
