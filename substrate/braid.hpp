// SPDX-License-Identifier: MIT
// A torus's part in its braids: one round turns what was heard of the neighbours into a few proposals and
// into the torus's own next projection. Torus-local; costs the same whatever runs here and however many tori
// there are. The kernel's side of a round:
//
//     read every neighbour's glimpse (an unreadable one: as it was)
//     braid.round(state, glimpses, proposals)
//     carry out proposals; sent() for each process that left, received() for each that came
//     braid.project(state, projection), add counters, publish
//
// Rounds need no common clock: a neighbour that has published nothing new since is simply not looked at
// again.
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "substrate/constraints.hpp"
#include "substrate/diffusion.hpp"

namespace torc {

class Braid final {
public:
    // Rounds without a new epoch before a neighbour is suspect. Where cores are virtual and their host may
    // forget one for a while, this must be longer than the while.
    static constexpr std::uint16_t shortest_patience = 3;
    static constexpr std::uint16_t calm = 8; // rounds without a proposal before an idle torus may rest

    // Incarnations count from 1.
    void join(ProjectionIdentity identity, Neighbourhood const& neighbourhood, DiffusionGains gains,
        std::uint16_t patience = shortest_patience);

    // `heard` by slot; a projection older than one heard before counts as nothing new. The fluid moves in
    // each round; in every second one, of an odd epoch, the rules look at all else that the neighbours say,
    // if asked to.
    void round(TorusState const& self, std::span<Glimpse const> heard, Proposals& proposals);

    // A process of this weight left for the neighbour, for the reason of a proposal, or came from it. A
    // negative weight takes a failed migration back.
    void sent(std::uint8_t slot, std::int64_t weight, Proposal::Kind reason);
    void received(std::uint8_t slot, std::int64_t weight);

    // Writes identity, epoch, constraints and edges; counters and load are the kernel's.
    void project(TorusState const& self, Projection& projection);

    // A bell was rung for a resting neighbour: from here on it must show that it lives.
    void rang(std::uint8_t slot) { rung_ |= static_cast<SlotSet>(1u << slot); }

    // Nothing to do for a while: an idle torus may stop its rounds until somebody rings.
    bool may_rest() const { return calm_rounds_ >= calm; }

    Neighbourhood const& neighbourhood() const { return hood_; }
    Edge const& link(std::uint8_t slot) const { return links_[slot]; }
    SlotSet usable() const { return usable_; }
    SlotSet suspects() const { return suspects_; }
    std::uint64_t epoch() const { return epoch_; }
    // Load that should be elsewhere (or, below 0, here), in fluid.
    std::int64_t excess() const { return excess_; }

private:
    static constexpr std::int32_t nowhere = 1 << 29; // no place for a process

    // The smallest debt that a process is due for. It counts a little early: fluid of 0.999 of it must do, so
    // an eighth of the fluid is added, of a process of nice 0 at most.
    static constexpr std::int64_t least_payable(std::uint32_t lightest)
    {
        std::uint32_t const early = lightest / 9 < reference_weight / 8 ? lightest / 9 : reference_weight / 8;
        return lightest == 0 ? INT64_MAX : std::int64_t{lightest - early} << fluid_bits;
    }

    // What a round gathers in its pass over the neighbours.
    struct Survey {
        bool surveys; // this round
        bool watched; // somebody is suspect, rests or was rung
        std::int64_t change{0}; // of the excess
        std::uint32_t usable{0}, owed{0}, nominated{0}; // slots
        std::int32_t near{nowhere}, further{nowhere}, furthest{nowhere};
        std::int32_t least{nowhere}, most{-nowhere}; // surplus
        std::uint32_t richest{0}; // slot
    };

    bool looks_around(TorusState const& self) const;
    template <bool surveys> void listen(Survey& survey, std::span<Glimpse const> heard);
    void follow(
        TorusState const& self, Survey const& survey, std::span<Glimpse const> heard, Proposals& proposals);
    void expect_news();
    // What every edge is reckoned with, in one place.
    struct Reckoning {
        std::int64_t level;
        std::uint32_t capacity, incarnation, first, conductance, momentum;
    };
    bool hear(
        Survey& survey, Reckoning const& own, Edge& link, std::uint32_t slot_bit, Glimpse const& glimpse);
    void flow(
        Survey& survey, Reckoning const& own, Edge& link, std::uint32_t slot_bit, Glimpse const& glimpse);
    bool is_reborn(Edge& link, std::uint32_t slot_bit, Glimpse const& glimpse);
    void miss(Edge& link, std::uint32_t slot_bit, Glimpse const& glimpse);
    void forget(Edge& link);
    static void look(Survey& survey, std::uint32_t slot_bit, ConstraintVector const& there);
    void conclude(Survey const& survey);
    std::int32_t surplus_of(TorusState const& self) const;
    void share(TorusState const& self, std::uint32_t owed, Proposals& proposals);
    void forget_a_debt(TorusState const& self);
    bool may_settle(TorusState const& self, Survey const& survey) const;
    void settle(TorusState const& self, std::span<Glimpse const> heard, std::uint32_t nominated,
        Proposals& proposals);
    void settle_far(
        TorusState const& self, std::span<Glimpse const> heard, std::uint8_t slot, Proposals& proposals);
    bool is_worth_the_way(TorusState const& self, ConstraintVector const& there) const;
    void drain(TorusState const& self, std::span<Glimpse const> heard, Proposals& proposals) const;
    void wake(TorusState const& self, std::span<Glimpse const> heard, Proposals& proposals) const;
    void look_again(TorusState const& self, std::span<Glimpse const> heard, Proposals& proposals);
    void exchange(TorusState const& self, std::span<Glimpse const> heard, Proposals& proposals);
    void judge(std::span<Glimpse const> heard, Proposals& proposals);

    Neighbourhood hood_;
    DiffusionGains gains_;
    ProjectionIdentity identity_;
    std::uint64_t epoch_{0};
    std::int64_t excess_{0}; // the sum over all links of flow - moved
    std::int64_t level_{0}; // as published: flows are computed from what the neighbours know as well
    std::uint32_t capacity_{0}; // as published
    std::int32_t surplus_{0};
    std::uint32_t lightest_{0}; // the last that there was
    std::int64_t payable_{least_payable(0)}; // follows from it
    std::array<std::int32_t, 4> lowest_{}; // of others
    std::uint8_t nominee_{no_slot};
    std::uint8_t partner_{no_slot};
    std::uint8_t far_slot_{no_slot}; // behind it there may be a place worth the way
    std::uint8_t far_moves_{0}; // left until the next disturbance
    std::uint16_t calm_rounds_{0};
    std::uint16_t patience_{shortest_patience};
    SlotSet usable_{0}, suspects_{0}, rung_{0}, resting_{0};
    std::uint32_t served_{0}; // edges that have had a share since all that owed one had
    SlotSet givers_{0}; // gave a process since the last disturbance
    std::array<Edge, max_neighbours> links_{};
};

} // namespace torc
