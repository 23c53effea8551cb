// SPDX-License-Identifier: MIT
// Who is whose neighbour. Tori stand on a ring, a 2-D or a 3-D torus; along every axis the torus at p is in
// the braids (p, p+1, p+2), (p-1, p, p+1) and (p-2, p-1, p). Its neighbours are therefore those at distance
// one and two along each axis: 4, 8 or 12 of them, in 3, 6 or 9 braids, however many tori there are.
// Everybody computes this from the shape alone and comes to the same result; nobody keeps a list of all.
//
// Short axes fold: on a side of 4 every torus is everybody's neighbour, on a side of 3 there is one braid, on
// a side of 2 none. Which core stands where: arrange().
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "substrate/projection.hpp"

namespace torc {

inline constexpr std::size_t max_braids = 9;

struct Shape {
    std::array<std::uint32_t, 3> sides{1, 1, 1};
    constexpr std::uint64_t count() const { return std::uint64_t{sides[0]} * sides[1] * sides[2]; }
    friend constexpr bool operator==(Shape const&, Shape const&) = default;
};

// A ring up to 16 tori (and for numbers that have no better rectangle), above that the most square 2-D torus.
Shape shape_for(std::uint32_t tori);

// Which position each core takes, from the cpu-map cluster of each (any numbers): the kinds are spread evenly
// round the ring, so that everyone has a big core and a LITTLE one among its neighbours. `positions` gets as
// many entries as there are cores; at most 128.
void arrange(std::span<std::uint16_t const> cluster_of_core, std::span<std::uint16_t> positions);

// A braid as one of its three sees it: self -> next -> previous -> self. Slots name neighbours.
struct Seat {
    std::uint8_t next{no_slot}, previous{no_slot};
    std::uint8_t previous_at_next{no_slot}; // the slot of `previous` among the neighbours of `next`
    std::uint8_t next_at_previous{no_slot};
};

struct Neighbourhood {
    std::uint8_t neighbours{0}, braids{0};
    std::array<std::uint32_t, max_neighbours> position{}; // by slot
    std::array<std::uint8_t, max_neighbours> slot_there{}; // mine, among that neighbour's
    std::array<Seat, max_braids> seats{};
};

Neighbourhood neighbourhood_of(Shape const& shape, std::uint32_t position);

} // namespace torc
