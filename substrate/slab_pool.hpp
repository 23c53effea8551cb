// SPDX-License-Identifier: MIT
// The untyped half of Pool<T>: slabs of equal records in a reserved range.
//
//   range:  | slab table (16 bytes per slab) | slab 0 | slab 1 | slab 2 | ...
//   slab:   | record | record | ... | (rest)         1, 2, 4 or 8 pages, few enough that little is wasted
//
// Invariants: a slab is backed if and only if it is partly used, full, or one of at most two empty ones kept
// back so that a caller at a page's edge does not map and unmap it for ever. Partly used slabs (and one empty
// one that is the only candidate) form the list at partial_; full slabs are in no list; unbacked slabs below
// the high-water mark form the list at vacant_, those above it have no table entry at all.
// The free list of a slab is threaded through its free records. Not here: constructors, locks, zeroing.
#pragma once
#include <cstddef>
#include <cstdint>

#include "substrate/poison.hpp"
#include "substrate/reserved_range.hpp"

namespace torc {

struct SlabGeometry {
    std::uint32_t record_bytes;
    std::uint32_t records; // per slab
    std::uint32_t slab_shift;
    constexpr std::uint32_t slab_bytes() const { return 1u << slab_shift; }

    // The smallest slab that wastes at most an eighth, or else the one of eight pages.
    static constexpr SlabGeometry of(std::size_t bytes, std::size_t alignment)
    {
        std::size_t const record = (bytes + alignment - 1) / alignment * alignment;
        SlabGeometry found{static_cast<std::uint32_t>(record), 0, 0};
        for (found.slab_shift = 12; found.slab_shift < 15; ++found.slab_shift) {
            std::size_t const waste = found.slab_bytes() % record;
            if (found.slab_bytes() >= record && waste * 8 <= found.slab_bytes())
                break;
        }
        found.records = static_cast<std::uint32_t>(found.slab_bytes() / record);
        return found;
    }
};

class SlabPool {
public:
    std::uint32_t live() const { return live_; }
    std::uint32_t limit() const { return limit_; }
    std::size_t backed_bytes() const { return table_range_.backed_bytes() + record_range_.backed_bytes(); }

    // Gives the empty slabs kept back to the backing: what remains backed holds live records. One bounded
    // step; true: call again, more can be given back.
    bool trim();

    SlabPool(SlabPool const&) = delete;
    SlabPool& operator=(SlabPool const&) = delete;

protected:
    struct Slab {
        std::uint16_t live; // records in use
        std::uint16_t fresh; // records from here on were never used since the slab was backed
        std::uint16_t free_head; // record number + 1, 0: none
        std::uint16_t backed;
        std::uint32_t next, previous; // slab number + 1 in the list it is in, 0: none
    };
    static_assert(sizeof(Slab) == 16);

    constexpr explicit SlabPool(SlabGeometry geometry)
        : geometry_{geometry}
    {
    }
    ~SlabPool() = default;

    static constexpr std::size_t bytes_for(SlabGeometry geometry, std::size_t limit)
    {
        std::size_t const slabs = (limit + geometry.records - 1) / geometry.records;
        return round_to_backing_page(slabs * sizeof(Slab)) + slabs * geometry.slab_bytes();
    }

    void open(ReservedRange range, std::uint32_t limit);
    void* allocate(SlabGeometry geometry);
    void free(void* record, SlabGeometry geometry);

    std::byte* records_{nullptr};

private:
    bool offer_slab();
    bool back(std::uint32_t number);
    bool raise_high_water();
    void lower_high_water();
    void emptied(Slab& slab);
    void give_back(Slab& slab);
    void link(std::uint32_t& list, Slab& slab);
    void unlink(std::uint32_t& list, Slab& slab);
    std::uint32_t number_of(Slab const& slab) const { return static_cast<std::uint32_t>(&slab - table_); }

    Slab* table_{nullptr};
    std::uint32_t partial_{0}; // slab number + 1 of the first partly used one
    std::uint32_t vacant_{0};
    std::uint32_t spare_{0}; // slab number + 1 of an empty one in no list
    std::uint32_t resting_{0}; // slab number + 1 of the one that emptied in its place (may have filled since)
    std::uint32_t high_water_{0}; // slabs that have a table entry
    std::uint32_t slab_limit_{0};
    std::uint32_t live_{0};
    std::uint32_t limit_{0};
    SlabGeometry geometry_;
    ReservedRange table_range_;
    ReservedRange record_range_;
};

inline void* SlabPool::allocate(SlabGeometry geometry)
{
    if (live_ >= limit_ || (partial_ == 0 && !offer_slab())) [[unlikely]]
        return nullptr;
    Slab& slab = table_[partial_ - 1];
    std::byte* const base = records_ + (static_cast<std::size_t>(partial_ - 1) << geometry.slab_shift);
    std::uint32_t const number = slab.free_head != 0 ? slab.free_head - 1u : slab.fresh++;
    std::byte* const record = base + number * geometry.record_bytes;
    if (slab.free_head != 0)
        slab.free_head = *static_cast<std::uint16_t*>(static_cast<void*>(record));
    unpoison(record, geometry.record_bytes);
    ++live_;
    if (++slab.live == geometry.records) [[unlikely]]
        unlink(partial_, slab);
    return record;
}

inline void SlabPool::free(void* record, SlabGeometry geometry)
{
    invariant(!is_poisoned(static_cast<std::byte*>(record) + 8)); // double free, on the host
    auto const offset = static_cast<std::size_t>(static_cast<std::byte*>(record) - records_);
    Slab& slab = table_[offset >> geometry.slab_shift];
    auto const number
        = static_cast<std::uint32_t>(offset & (geometry.slab_bytes() - 1)) / geometry.record_bytes;
    *static_cast<std::uint16_t*>(record) = slab.free_head;
    slab.free_head = static_cast<std::uint16_t>(number + 1);
    poison(static_cast<std::byte*>(record) + 8, geometry.record_bytes - 8); // the link stays readable
    --live_;
    if (slab.live-- == geometry.records) [[unlikely]]
        link(partial_, slab);
    if (slab.live == 0) [[unlikely]]
        emptied(slab);
}

} // namespace torc
