// SPDX-License-Identifier: MIT
#include "substrate/constraints.hpp"

#include <algorithm>

#include "substrate/diffusion.hpp"

namespace torc {
std::uint8_t place_for_urgent(TorusState const& self, std::span<Glimpse const> heard, SlotSet usable)
{
    if (self.waiting <= urgency_fair) [[likely]]
        return no_slot;
    std::uint8_t best = no_slot;
    // Less urgent is better, then more capacity: one number.
    std::uint64_t best_rank = std::uint64_t{self.waiting} << 32;
    Glimpse const* glimpse = heard.data();
    for (std::uint8_t slot = 0; slot < heard.size(); ++slot) {
        ConstraintVector const& there = glimpse++->constraints;
        Urgency const busy = std::max(there.running, there.waiting);
        std::uint64_t const rank = (std::uint64_t{busy} << 32) + ~there.capacity;
        if (rank < best_rank && contains(usable, slot)) { // less urgent than what waits
            best = slot;
            best_rank = rank;
        }
    }
    return best;
}

Loan loan_for(TorusState const& self, std::span<Glimpse const> heard, SlotSet usable)
{
    Loan loan;
    if (self.frames_wanted == 0) [[likely]]
        return loan;
    std::uint32_t most = 1;
    Glimpse const* glimpse = heard.data();
    for (std::uint8_t slot = 0; slot < heard.size(); ++slot) {
        std::uint32_t const spare = glimpse++->constraints.frames_spare;
        if (spare > most && contains(usable, slot)) {
            most = spare;
            loan.slot = slot;
        }
    }
    loan.frames = std::min(self.frames_wanted, most / 2);
    return loan;
}

std::uint8_t partner_for(TorusState const& self, std::span<Glimpse const> heard, SlotSet usable)
{
    if (self.misfit_weight == 0) [[likely]]
        return no_slot;
    Glimpse const* glimpse = heard.data();
    for (std::uint8_t slot = 0; slot < heard.size(); ++slot) {
        ConstraintVector const& there = glimpse++->constraints;
        if (!contains(usable, slot) || there.misfit_weight == 0)
            continue;
        auto const [lighter, heavier] = std::minmax(self.misfit_weight, there.misfit_weight);
        if (there.capacity == self.capacity && lighter >= heavier - heavier / 2
            && gains(self.role, there.role, self.misfit) && gains(there.role, self.role, there.misfit))
            return slot;
    }
    return no_slot;
}

std::uint8_t place_for_new(
    TorusState const& self, std::span<Glimpse const> heard, SlotSet usable, Newcomer const& newcomer)
{
    // A perfect fit is worth half a process on a full core, also to who brings less than one.
    auto const cost = [&](std::int64_t level, std::uint32_t capacity, RoleVector const& role) {
        return level + per_capacity(newcomer.load(), capacity)
            - std::int64_t{fit(newcomer.wanted, role)} * newcomer.weight / 2048;
    };
    std::uint8_t best = no_slot;
    std::int64_t best_cost = self.capacity == 0
        ? INT64_MAX
        : cost(per_capacity(static_cast<std::int64_t>(self.load), self.capacity), self.capacity, self.role);
    for (std::uint8_t slot = 0; slot < heard.size(); ++slot) {
        ConstraintVector const& there = heard[slot].constraints;
        if (!contains(usable, slot) || there.capacity == 0)
            continue;
        std::int64_t const level = (there.level >> fluid_bits) + there.surplus; // its load itself
        std::int64_t const cost_there = cost(level, there.capacity, there.role);
        if (cost_there < best_cost) {
            best = slot;
            best_cost = cost_there;
        }
    }
    return best;
}

} // namespace torc
