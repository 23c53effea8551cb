// SPDX-License-Identifier: MIT
// What kernel/memory keeps per torus: spaces, mappings, its slice of the ASIDs, the shared frame of zeroes.
#pragma once
#include "kernel/memory/asid_slice.hpp"
#include "kernel/memory/mapping.hpp"
#include "kernel/memory/space.hpp"
#include "substrate/lattice.hpp"
#include "substrate/pool.hpp"

namespace torc {

struct MemoryRecords {
    Plane<Space> spaces;
    Pool<Mapping> mappings;
    AsidSlice asids;
    Paddr zero_frame{}; // mapped read-only where nothing was written yet; never counted
};

} // namespace torc
