// SPDX-License-Identifier: MIT
#include "substrate/constraints.hpp"

#include <algorithm>

#include "substrate/diffusion.hpp"

namespace torc {
namespace {

constexpr std::uint16_t clearly_better = 128; // of 1024

bool gains(RoleVector const& from, RoleVector const& to, Role role)
{
    auto const index = static_cast<std::size_t>(role) % from.size();
    return to[index] >= from[index] + clearly_better;
}

} // namespace

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
        if (lighter >= heavier - heavier / 2 && gains(self.role, there.role, self.misfit)
            && gains(there.role, self.role, there.misfit))
            return slot;
    }
    return no_slot;
}

std::uint8_t place_for_new(TorusState const& self, std::span<Glimpse const> heard, SlotSet usable,
    std::uint32_t weight, RoleVector const& wanted)
{
    // A perfect fit is worth half a process on a full core.
    auto const cost = [&](std::int64_t level, std::uint32_t capacity, RoleVector const& role) {
        return level + per_capacity(weight, capacity) - std::int64_t{fit(wanted, role)} * weight / 2048;
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

RoleVector wanted_role(Behaviour const& behaviour)
{
    // A burst of 4 ms or more is all compute, 500 wake-ups a second or more all io.
    auto const compute = static_cast<std::uint16_t>(std::min<std::uint32_t>(behaviour.burst_us, 4096) / 4);
    auto const io
        = static_cast<std::uint16_t>(std::min<std::uint32_t>(behaviour.wakeups_per_second, 512) * 2);
    return {compute, io, std::min<std::uint16_t>(behaviour.simd_share, 1024), 0};
}

std::uint32_t fit(RoleVector const& wanted, RoleVector const& offered)
{
    std::uint32_t sum = 0, most = 0;
    for (std::size_t role = 0; role < wanted.size(); ++role) {
        sum += std::uint32_t{wanted[role]} * offered[role];
        most += wanted[role];
    }
    return most == 0 ? 0 : std::min<std::uint32_t>(sum / most, 1024);
}

} // namespace torc
