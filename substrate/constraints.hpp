// SPDX-License-Identifier: MIT
// The rules that look at neighbours one by one and keep no state. Each is a pure function of what a torus
// knows of itself and what it heard; `usable` has a bit for every neighbour that may be counted on.
// Diffusion, which remembers the last round, and the watch over neighbours are in braid.hpp.
#pragma once
#include <cstdint>
#include <span>

#include "substrate/proposal.hpp"
#include "substrate/torus_state.hpp"

namespace torc {

using SlotSet = std::uint16_t;
static_assert(max_neighbours <= 16);
constexpr bool contains(SlotSet slots, std::size_t slot)
{
    return (slots >> slot & 1) != 0;
}

// Urgency: no real-time thread waits while a neighbour runs something less urgent. Goes to the neighbour that
// is least urgent, and of equals to the fastest; no_slot if none would run it at once.
std::uint8_t place_for_urgent(TorusState const& self, std::span<Glimpse const> heard, SlotSet usable);

// Memory: whoever lacks frames borrows from the neighbour that has most to spare, at most half of that, so
// that two borrowers do not strip it.
struct Loan {
    std::uint8_t slot{no_slot};
    std::uint32_t frames{0};
};
Loan loan_for(TorusState const& self, std::span<Glimpse const> heard, SlotSet usable);

// Roles: the neighbour with whom exchanging the most misplaced processes helps both: what each wants the
// other is clearly better at, and the weights differ by less than half. Load stays as it was; the sum of
// affinities rises with every exchange, so exchanges end.
std::uint8_t partner_for(TorusState const& self, std::span<Glimpse const> heard, SlotSet usable);

// Where a new program should start: here (no_slot) or at a neighbour. The load it would meet and bring,
// capacity counted, less a bonus of up to half a process for a place that suits it; staying wins a tie.
std::uint8_t place_for_new(
    TorusState const& self, std::span<Glimpse const> heard, SlotSet usable, Newcomer const& newcomer);

} // namespace torc
