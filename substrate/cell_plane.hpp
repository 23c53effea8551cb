// SPDX-License-Identifier: MIT
// The untyped half of Plane<T>: up to 32768 cells of one size, found by arithmetic.
//
//   range:  | cell table: 8 bytes per cell | page ledger: 2 bytes per page | cells |
//
// The table holds each cell's generation and survives when the cell's pages are given back, so that a stale
// handle never finds a younger object. Freed cells wait in a FIFO queue threaded through the table; an old
// cell is reused only when at least `quarantine` of them wait, so that a handle goes stale long before its
// cell comes round; a cell whose generation is used up is retired. Cells may straddle pages: the ledger
// counts the live cells that touch a page. A page without live cells stays backed while it is among the last
// `parking` ones that emptied, because first-in first-out reuse walks over the pages again and again.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "substrate/handle.hpp"
#include "substrate/poison.hpp"
#include "substrate/reserved_range.hpp"

namespace torc {

inline constexpr std::uint32_t cells_per_plane = 32 * 32 * 32;
static_assert(cells_per_plane == 1u << Handle::cell_bits);

// Where an iteration over a plane's live cells stands; survives any change of the plane.
struct PlaneCursor {
    std::uint32_t cell{0};
    constexpr bool at_end() const { return cell >= cells_per_plane; }
};

class CellPlane {
public:
    static constexpr std::uint32_t quarantine = 64;
    static constexpr std::uint32_t parking = 8;

    std::uint32_t live() const { return live_; }
    std::uint32_t limit() const { return limit_; }
    std::uint32_t retired() const { return retired_; }
    std::uint32_t cell_bytes() const { return cell_bytes_; }
    // The memory of the cells alone; the tables grow with the most cells ever used and stay.
    std::size_t backed_bytes() const { return cell_range_.backed_bytes(); }
    std::size_t table_bytes() const { return table_range_.backed_bytes() + ledger_range_.backed_bytes(); }

    // Machine, torus and plane of every handle to this plane.
    Handle prefix() const { return prefix_; }
    bool is_live(Handle handle) const { return locate(handle) < cells_per_plane; }

    // Gives back the pages kept without live cells.
    void trim();

    CellPlane(CellPlane const&) = delete;
    CellPlane& operator=(CellPlane const&) = delete;

protected:
    constexpr explicit CellPlane(std::uint32_t cell_bytes)
        : cell_bytes_{cell_bytes}
    {
    }
    ~CellPlane() = default;

    static constexpr std::size_t bytes_for(std::size_t cell_bytes)
    {
        std::size_t const cells = round_to_backing_page(cells_per_plane * cell_bytes);
        return cells_per_plane * sizeof(Cell) + round_to_backing_page(cells / backing_page * sizeof(Page))
            + cells;
    }

    void open(Handle prefix, ReservedRange range, std::uint32_t limit);

    void* allocate(std::uint32_t cell_bytes);
    void free(void* cell, std::uint32_t cell_bytes);

    // The cell that the handle names, or cells_per_plane.
    std::uint32_t locate(Handle handle) const
    {
        std::uint32_t const cell = handle.cell().number;
        if (!handle.same_plane(prefix_) || cell >= fresh_
            || table_[cell].state != (handle.generation() | live_bit))
            return cells_per_plane;
        return cell;
    }

    std::uint32_t cell_of(void const* cell, std::uint32_t cell_bytes) const
    {
        return static_cast<std::uint32_t>(static_cast<std::byte const*>(cell) - cells_) / cell_bytes;
    }

    Handle handle_of(std::uint32_t cell) const
    {
        std::uint64_t const generation = table_[cell].state & Handle::max_generation;
        return Handle::from_raw(prefix_.raw() | std::uint64_t{cell} << Handle::cell_shift | generation);
    }

    // The next live cell at or after the cursor, looking at `steps` cells at most; cells_per_plane when there
    // is none among them (the end, if cursor.at_end()).
    std::uint32_t next_live(PlaneCursor& cursor, std::uint32_t steps) const;

    std::byte* cells_{nullptr};

private:
    friend class CellPlaneTest;

    struct Cell {
        std::uint32_t state; // the generation now or last in use, and live_bit
        std::uint32_t next; // in the queue of waiting cells: cell number + 1, 0: last
    };
    static_assert(sizeof(Cell) == 8);

    // How many live cells touch a page, and two flags above: a plain integer takes fewer instructions than
    // fields.
    using Page = std::uint16_t;
    static constexpr Page backed_bit = 1u << 15, parked_bit = 1u << 14, count_mask = parked_bit - 1;

    static constexpr std::uint32_t live_bit = 1u << 31;

    static std::uint32_t first_page(std::uint32_t cell, std::uint32_t cell_bytes)
    {
        return cell * cell_bytes / backing_page;
    }
    static std::uint32_t last_page(std::uint32_t cell, std::uint32_t cell_bytes)
    {
        return (cell * cell_bytes + cell_bytes - 1) / backing_page;
    }

    void* allocate_slowly();
    void* revive(std::uint32_t cell, std::uint32_t cell_bytes);
    bool extend();
    bool hold_pages(std::uint32_t cell);
    bool hold(std::uint32_t page);
    void let_go(std::uint32_t page);
    void let_go_after(std::uint32_t first, std::uint32_t last);
    bool back(std::uint32_t page);
    void park(std::uint32_t page);
    void unpark(std::uint32_t slot);
    void enqueue(std::uint32_t cell);
    void dequeue();

    Cell* table_{nullptr};
    Page* pages_{nullptr};
    Handle prefix_;
    std::uint32_t live_{0};
    std::uint32_t limit_{0};
    std::uint32_t fresh_{0}; // cells from here on were never used
    std::uint32_t table_ready_{0}; // cells whose table and ledger entries are backed
    std::uint32_t oldest_{0}; // queue of waiting cells: cell number + 1, 0: empty
    std::uint32_t youngest_{0};
    std::uint32_t waiting_{0};
    std::uint32_t retired_{0};
    std::uint32_t cell_bytes_;
    std::uint32_t ledger_ready_{0}; // pages whose ledger entry is backed
    std::uint32_t parking_hand_{0}; // the slot that has been parked longest
    std::array<std::uint32_t, parking> parked_{}; // page number + 1, 0: none
    ReservedRange table_range_;
    ReservedRange ledger_range_;
    ReservedRange cell_range_;
};

// The fast path: an old cell whose one page is backed. Everything else is rare enough for a call.
inline void* CellPlane::allocate(std::uint32_t cell_bytes)
{
    if (waiting_ < quarantine || live_ >= limit_) [[unlikely]]
        return allocate_slowly();
    std::uint32_t const cell = oldest_ - 1;
    Page& page = pages_[first_page(cell, cell_bytes)];
    if ((page & backed_bit) == 0 || first_page(cell, cell_bytes) != last_page(cell, cell_bytes)) [[unlikely]]
        return allocate_slowly();
    ++page;
    dequeue();
    return revive(cell, cell_bytes);
}

inline void* CellPlane::revive(std::uint32_t cell, std::uint32_t cell_bytes)
{
    table_[cell].state = (table_[cell].state + 1) | live_bit;
    ++live_;
    std::byte* const start = cells_ + std::size_t{cell} * cell_bytes;
    unpoison(start, cell_bytes);
    return start;
}

inline void CellPlane::free(void* start, std::uint32_t cell_bytes)
{
    std::uint32_t const cell = cell_of(start, cell_bytes);
    Cell& entry = table_[cell];
    invariant((entry.state & live_bit) != 0);
    entry.state &= ~live_bit;
    --live_;
    poison(start, cell_bytes);
    if (entry.state == Handle::max_generation) [[unlikely]]
        ++retired_;
    else
        enqueue(cell);
    std::uint32_t const first = first_page(cell, cell_bytes), last = last_page(cell, cell_bytes);
    let_go(first);
    if (last != first) [[unlikely]]
        let_go_after(first, last);
}

inline void CellPlane::let_go(std::uint32_t page)
{
    if ((--pages_[page] & (count_mask | parked_bit)) == 0) [[unlikely]]
        park(page);
}

inline void CellPlane::dequeue()
{
    oldest_ = table_[oldest_ - 1].next;
    --waiting_;
}

inline void CellPlane::enqueue(std::uint32_t cell)
{
    table_[cell].next = 0;
    if (oldest_ == 0)
        oldest_ = cell + 1;
    else
        table_[youngest_ - 1].next = cell + 1;
    youngest_ = cell + 1;
    ++waiting_;
}

} // namespace torc
