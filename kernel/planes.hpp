// SPDX-License-Identifier: MIT
// The planes of a torus's lattice by number: what a handle's plane field says.
#pragma once
#include "kernel/memory/record_backing.hpp"
#include "substrate/handle.hpp"
#include <cstdint>

namespace torc {

enum class PlaneNumber : std::uint16_t { Process, Thread, Space, OpenFile, Loan, Ask, Number, Group };

// Opens a plane of this torus for at most `limit` objects.
Handle plane_prefix(PlaneNumber plane);
template <typename P> void open_plane(P& plane, PlaneNumber number, std::uint32_t limit)
{
    plane.open(plane_prefix(number), reserve_records(P::bytes_reserved()), limit);
}

} // namespace torc
