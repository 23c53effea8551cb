// SPDX-License-Identifier: MIT
// Address ranges for the torus's pools and planes, reserved once at boot in the upper half of its window and
// backed by its private frames as they fill (law 9).
#pragma once
#include "substrate/reserved_range.hpp"
#include <cstddef>
#include <cstdint>
#include <memory>

namespace torc {

// Never fails for what boot asks: the half window is 256 GiB. Ranges are separated by an unmapped guard page.
ReservedRange reserve_records(std::size_t bytes);

// Opens a substrate Pool or Plane for at most `limit` records.
template <typename P> void open_pool(P& pool, std::uint32_t limit)
{
    pool.open(reserve_records(P::bytes_for(limit)), limit);
}

// One object per torus that lives as long as it (a subsystem's tables): private memory, taken at boot.
// nullptr: no memory.
template <typename T> T* create_for_ever()
{
    ReservedRange range = reserve_records(sizeof(T));
    if (!range.commit(0, range.size()))
        return nullptr;
    return std::construct_at(static_cast<T*>(static_cast<void*>(range.at(0))));
}

} // namespace torc
