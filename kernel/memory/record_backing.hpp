// SPDX-License-Identifier: MIT
// Address ranges for the torus's pools and planes, reserved once at boot in the upper half of its window and backed by its private
// frames as they fill (law 9).
#pragma once
#include "substrate/reserved_range.hpp"
#include <cstddef>
#include <cstdint>

namespace torc {

// Never fails for what boot asks: the half window is 256 GiB. Ranges are separated by an unmapped guard page.
ReservedRange reserve_records(std::size_t bytes);

// Opens a substrate Pool or Plane for at most `limit` records.
template <typename P> void open_pool(P& pool, std::uint32_t limit)
{
    pool.open(reserve_records(P::bytes_for(limit)), limit);
}

} // namespace torc
