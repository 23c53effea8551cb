// SPDX-License-Identifier: MIT
#include "substrate/braid.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <utility>

#include "substrate/invariant.hpp"

namespace torc {
namespace {

constexpr std::int64_t disturbance = std::int64_t{reference_weight / 2} << fluid_bits;
constexpr std::uint8_t most_far_moves = 8;
// Proposed in a round, one less when somebody urgent waits; the edges that are owed a share take turns.
constexpr std::size_t most_moves = 3;

constexpr SlotSet bit(std::uint8_t slot)
{
    return static_cast<SlotSet>(1u << slot);
}

// Walking over the members of a set.
constexpr std::uint8_t lowest_of(std::uint32_t slots)
{
    return static_cast<std::uint8_t>(std::countr_zero(slots));
}
constexpr std::uint32_t without_lowest(std::uint32_t slots)
{
    return slots & (slots - 1);
}

constexpr bool takes_processes(Health health)
{
    return health == Health::well || health == Health::resting;
}

} // namespace

void Braid::join(ProjectionIdentity identity, Neighbourhood const& neighbourhood, DiffusionGains gains,
    std::uint16_t patience)
{
    invariant(identity.incarnation != 0 && neighbourhood.neighbours <= max_neighbours);
    hood_ = neighbourhood;
    gains_ = gains;
    patience_ = patience;
    identity_ = identity;
}

// Who waits urgently comes first, but not always.
bool Braid::looks_around(TorusState const& self) const
{
    bool const urgent = self.waiting > urgency_fair && epoch_ % 8 != 3;
    return self.looks_around && epoch_ % 2 != 0 && !urgent;
}

void Braid::round(TorusState const& self, std::span<Glimpse const> heard, Proposals& proposals)
{
    invariant(heard.size() == hood_.neighbours);
    proposals.clear();
    if (self.lightest != lightest_ && self.lightest != 0) [[unlikely]] {
        lightest_ = self.lightest;
        payable_ = least_payable(lightest_);
    }
    bool const surveys = looks_around(self);
    Survey survey{.surveys = surveys, .watched = (suspects_ | rung_ | resting_) != 0};
    surveys ? listen<true>(survey, heard) : listen<false>(survey, heard);
    usable_ = static_cast<SlotSet>(survey.usable);
    excess_ += survey.change;
    if (std::abs(survey.change) > disturbance)
        expect_news();
    if (surveys) {
        surplus_ = surplus_of(self);
        conclude(survey);
    } else {
        look_again(self, heard, proposals);
    }
    if (self.health == Health::leaving) [[unlikely]]
        drain(self, heard, proposals);
    else
        follow(self, survey, heard, proposals);
    if (suspects_ != 0) [[unlikely]]
        judge(heard, proposals);
    calm_rounds_
        = proposals.all().empty() ? static_cast<std::uint16_t>(std::min(calm_rounds_ + 1, +calm)) : 0;
}

template <bool surveys>
[[gnu::always_inline, clang::no_sanitize("null")]] inline void Braid::listen(
    Survey& survey, std::span<Glimpse const> heard)
{
    Reckoning const own{
        level_, capacity_, identity_.incarnation, gains_.first, gains_.conductance, gains_.momentum};
    std::int64_t const payable = payable_;
    Edge* link = links_.data();
    std::uint8_t const* slot_there = hood_.slot_there.data();
    Glimpse const* glimpse = heard.data();
    std::uint32_t const end = 1u << heard.size();
    for (std::uint32_t slot_bit = 1; slot_bit != end; ++link, ++slot_there, ++glimpse, slot_bit += slot_bit)
        if (hear(survey, own, *link, slot_bit, *glimpse)) {
            survey.owed |= link->due >= payable ? slot_bit : 0;
            survey.usable |= slot_bit;
            if constexpr (surveys) {
                survey.nominated |= glimpse->constraints.nominee == *slot_there ? slot_bit : 0;
                look(survey, slot_bit, glimpse->constraints);
            }
        }
}

// The rules of load.
[[gnu::always_inline]] inline void Braid::follow(
    TorusState const& self, Survey const& survey, std::span<Glimpse const> heard, Proposals& proposals)
{
    if (survey.owed != 0 && self.lightest != 0)
        share(self, survey.owed, proposals);
    else if (survey.surveys && survey.nominated != 0 && nominee_ == no_slot && may_settle(self, survey))
        settle(self, heard, survey.nominated, proposals);
    else if (far_slot_ != no_slot)
        settle_far(self, heard, std::exchange(far_slot_, no_slot), proposals);
    else if (epoch_ % 8 == 6)
        forget_a_debt(self);
    if (resting_ != 0 && self.lightest != 0 && self.capacity != 0)
        wake(self, heard, proposals);
}

// The rules that look at all neighbours once more have the other rounds, and take turns in them, so that a
// round stays short: memory and roles have every fourth round each, and when they have nothing to say in it,
// it is urgency's like the others.
[[gnu::always_inline]] inline void Braid::look_again(
    TorusState const& self, std::span<Glimpse const> heard, Proposals& proposals)
{
    bool const roles_turn = epoch_ % 4 == 2, memorys_turn = epoch_ % 4 == 0;
    if (roles_turn && (self.misfit_weight != 0 || partner_ != no_slot))
        exchange(self, heard, proposals);
    if (memorys_turn && self.frames_wanted != 0) {
        if (Loan const loan = loan_for(self, heard, usable_); loan.slot != no_slot)
            proposals.add({.kind = Proposal::Kind::borrow_frames, .slot = loan.slot, .amount = loan.frames});
    } else if (self.waiting > urgency_fair && !(roles_turn && self.misfit_weight != 0)) {
        if (std::uint8_t const slot = place_for_urgent(self, heard, usable_); slot != no_slot)
            proposals.add({.kind = Proposal::Kind::urgent, .slot = slot});
    }
}

// Load has changed: what was tried before may be tried again.
void Braid::expect_news()
{
    far_moves_ = most_far_moves;
    givers_ = 0;
}

// ---- the watch, and the fluid ---------------------------------------------------------------------------

// Says whether the neighbour may be counted on.
[[gnu::always_inline]] inline bool Braid::hear(
    Survey& survey, Reckoning const& own, Edge& link, std::uint32_t slot_bit, Glimpse const& glimpse)
{
    if (glimpse.identity.incarnation != link.incarnation || glimpse.epoch <= link.epoch) [[unlikely]]
        if (!is_reborn(link, slot_bit, glimpse))
            return link.missed < patience_ && glimpse.constraints.capacity != 0;
    flow(survey, own, link, slot_bit, glimpse);
    return glimpse.constraints.capacity != 0;
}

// Another torus stands where one was, or the first; else nothing new was heard.
[[gnu::noinline]] bool Braid::is_reborn(Edge& link, std::uint32_t slot_bit, Glimpse const& glimpse)
{
    if (glimpse.identity.incarnation <= link.incarnation || glimpse.epoch == 0) {
        miss(link, slot_bit, glimpse);
        return false;
    }
    if (link.incarnation != 0)
        forget(link);
    link.incarnation = glimpse.identity.incarnation;
    return true;
}

[[gnu::always_inline]] inline void Braid::miss(Edge& link, std::uint32_t slot_bit, Glimpse const& glimpse)
{
    link.last = 0; // what was under way is over: second order only from one round to the next
    bool const may_be_silent
        = link.epoch == 0 || (glimpse.constraints.health == Health::resting && (rung_ & slot_bit) == 0);
    if (!may_be_silent && link.missed < patience_ && ++link.missed == patience_)
        suspects_ |= static_cast<SlotSet>(slot_bit);
}

[[gnu::always_inline]] inline void Braid::flow(
    Survey& survey, Reckoning const& own, Edge& link, std::uint32_t slot_bit, Glimpse const& glimpse)
{
    link.epoch = glimpse.epoch;
    link.missed = 0;
    bool const rests = glimpse.constraints.health == Health::resting;
    if (survey.watched || rests) [[unlikely]] {
        auto const others = static_cast<SlotSet>(~slot_bit);
        suspects_ &= others;
        rung_ &= others;
        resting_ = static_cast<SlotSet>((resting_ & others) | (rests ? slot_bit : 0));
    }
    std::int64_t change = 0;
    if (glimpse.edge.seen_incarnation == own.incarnation) [[likely]]
        change = agreed_flow(link.flow, glimpse.edge.flow) - link.flow;
    std::uint32_t const capacity = std::min(own.capacity, glimpse.constraints.capacity);
    std::uint32_t const conductance = link.last == 0 ? own.first : own.conductance;
    std::int64_t const last = carried_on(link.last, own.momentum)
        + flow_over(own.level, glimpse.constraints.level, capacity, conductance);
    link.last = last;
    change += last;
    link.flow += change;
    link.due = last == 0 ? 0 : link.due + change; // at rest all is paid that can be
    survey.change += change;
}

// The neighbour is gone, or another stands in its place: what was owed over the edge is nobody's debt now.
void Braid::forget(Edge& link)
{
    excess_ -= link.flow - link.moved;
    link = Edge{};
}

// ---- processes ------------------------------------------------------------------------------------------

std::int32_t Braid::surplus_of(TorusState const& self) const
{
    return self.capacity == 0 ? 0 : clamp_to_word(per_capacity(excess_ >> fluid_bits, self.capacity));
}

// One look at each neighbour for all rules that need every one of them in every round.
[[gnu::always_inline]] inline void Braid::look(
    Survey& survey, std::uint32_t slot_bit, ConstraintVector const& there)
{
    survey.near = std::min(survey.near, there.lowest[0]);
    survey.further = std::min(survey.further, there.lowest[1]);
    survey.furthest = std::min(survey.furthest, there.lowest[2]);
    survey.least = std::min(survey.least, there.surplus);
    if (there.surplus > survey.most && there.lightest != 0) {
        survey.most = there.surplus;
        survey.richest = slot_bit;
    }
}

// Tells the neighbours where there is room, and which of them may use it here: the one with most to give, so
// that several do not fill the same place.
[[gnu::always_inline]] inline void Braid::conclude(Survey const& survey)
{
    nominee_ = survey.most > surplus_ ? lowest_of(survey.richest) : no_slot;
    std::int32_t const further = std::min(survey.near, survey.further);
    lowest_ = {nowhere, survey.near, further, std::min(further, survey.furthest)};
}

// Whole processes follow the fluid over each edge. Nothing is said here of what is left after that: flows
// come to rest, so shares do.
void Braid::share(TorusState const& self, std::uint32_t owed, Proposals& proposals)
{
    std::uint32_t served = served_;
    std::uint32_t left = owed & ~served, later = owed & served;
    for (std::size_t more = self.waiting > urgency_fair ? most_moves - 1 : most_moves; more != 0; --more) {
        if (left == 0) { // all others have had their turn
            left = std::exchange(later, 0u);
            served = 0;
        }
        std::uint8_t const slot = lowest_of(left);
        auto const due = static_cast<std::uint64_t>(links_.data()[slot].due); // is positive
        std::uint64_t const fluid = due >> fluid_bits;
        std::uint64_t const weight = fluid + std::min<std::uint64_t>(fluid, reference_weight) / 8;
        proposals.add({.kind = Proposal::Kind::share,
            .slot = slot,
            .heaviest = static_cast<std::uint32_t>(std::min<std::uint64_t>(weight, ~0u)),
            .amount = weight});
        std::uint32_t const others = without_lowest(left);
        served |= left ^ others;
        left = others;
        if ((left | later) == 0)
            break;
    }
    served_ = served;
}

// What could not be paid when the fluid flowed (all is pinned, or too heavy) is soon forgotten: of one edge
// in every eighth round.
[[gnu::always_inline]] inline void Braid::forget_a_debt(TorusState const& self)
{
    if (self.load == 0 || hood_.neighbours == 0)
        return;
    Edge& link = links_.data()[epoch_ / 8 % hood_.neighbours];
    bool const is_payable = self.lightest != 0 && link.due >= payable_;
    if (link.due > 0 && !is_payable && std::abs(link.last) < link.due / 16)
        link.due /= 8;
}

// Whether the lightest process could be better off at any neighbour, or behind it: a half of the capacity of
// two is 512 at most.
[[gnu::always_inline]] inline bool Braid::may_settle(TorusState const& self, Survey const& survey) const
{
    std::int32_t const lowest = std::min(survey.least, lowest_.back() - std::int32_t{reference_weight / 2});
    return self.lightest != 0 && self.capacity != 0
        && heaviest_to_settle(surplus_, full_capacity, lowest, full_capacity) >= self.lightest;
}

// What shares cannot bring about because processes are whole. A torus gives only when no neighbour has more
// to give, so nobody gives and takes at once, and only where it was nominated, so nobody takes from two:
// every such move lowers the sum of squared deviations, and they come to an end. A move towards a place
// further away does not at once, so of these there are only `most_far_moves` until load changes again.
void Braid::settle(
    TorusState const& self, std::span<Glimpse const> heard, std::uint32_t nominated, Proposals& proposals)
{
    std::uint8_t best = no_slot;
    std::int64_t best_place = std::int64_t{nowhere} * 4;
    for (; nominated != 0; nominated = without_lowest(nominated)) {
        std::uint8_t const slot = lowest_of(nominated);
        Glimpse const& glimpse = heard.data()[slot];
        auto const known
            = glimpse.edge.seen_epoch - static_cast<std::uint32_t>(links_.data()[slot].settled_at);
        // Low and near: the sum over the distances prefers what is reached sooner.
        auto const& lowest = glimpse.constraints.lowest;
        std::int64_t const place = std::int64_t{lowest[0]} + lowest[1] + lowest[2] + lowest[3];
        if (static_cast<std::int32_t>(known) >= 0 && place < best_place) { // it counts what was sent last
            best_place = place;
            best = slot;
        }
    }
    if (best == no_slot)
        return;
    ConstraintVector const& there = heard.data()[best].constraints;
    std::uint32_t const near = heaviest_to_settle(surplus_, self.capacity, there.surplus, there.capacity);
    if (near >= self.lightest) // several light ones: half the way, where the gain is largest
        return proposals.add(
            {.kind = Proposal::Kind::settle, .slot = best, .heaviest = near, .amount = near / 2});
    // What is known of places three hops away is some rounds old. The next round looks into it.
    if (calm_rounds_ > there.lowest.size() && far_moves_ != 0 && !contains(givers_, best))
        far_slot_ = best;
}

void Braid::settle_far(
    TorusState const& self, std::span<Glimpse const> heard, std::uint8_t slot, Proposals& proposals)
{
    ConstraintVector const& there = heard[slot].constraints;
    if (!contains(usable_, slot) || there.nominee != hood_.slot_there[slot] || self.lightest == 0
        || !is_worth_the_way(self, there))
        return;
    --far_moves_;
    proposals.add({.kind = Proposal::Kind::settle, .slot = slot, .heaviest = self.lightest});
}

// Whether to send the lightest process towards a place behind this neighbour: it matters, it is better off
// there, the neighbour is nearer to the place, and the process would not come straight back.
bool Braid::is_worth_the_way(TorusState const& self, ConstraintVector const& there) const
{
    if (self.lightest < reference_weight / 2
        || heaviest_to_settle(surplus_, self.capacity, surplus_behind(there), there.capacity) < self.lightest)
        return false;
    std::size_t hops = 0;
    while (there.lowest[hops] != there.lowest.back())
        ++hops;
    if (lowest_[hops] <= there.lowest.back())
        return false;
    std::int64_t const here_then = surplus_ - per_capacity(self.lightest, self.capacity);
    std::int64_t const there_then = there.surplus + per_capacity(self.lightest, there.capacity);
    return heaviest_to_settle(
               clamp_to_word(there_then), there.capacity, clamp_to_word(here_then), self.capacity)
        < self.lightest;
}

// A torus that is leaving gives everything to the least loaded neighbour, whatever the fluid says.
void Braid::drain(TorusState const& self, std::span<Glimpse const> heard, Proposals& proposals) const
{
    std::uint8_t best = no_slot;
    for (std::uint8_t slot = 0; slot < heard.size(); ++slot)
        if (contains(usable_, slot)
            && (best == no_slot || heard[slot].constraints.level < heard[best].constraints.level))
            best = slot;
    if (best != no_slot && self.lightest != 0)
        proposals.add({.kind = Proposal::Kind::share, .slot = best, .heaviest = ~0u, .amount = self.load});
}

// A resting neighbour takes no part in rounds; one whose help would be worth a process is rung for.
void Braid::wake(TorusState const& self, std::span<Glimpse const> heard, Proposals& proposals) const
{
    for (std::uint8_t slot = 0; slot < heard.size(); ++slot) {
        ConstraintVector const& there = heard[slot].constraints;
        if (!contains(static_cast<SlotSet>(resting_ & usable_ & ~rung_), slot))
            continue;
        auto const load = clamp_to_word(per_capacity(static_cast<std::int64_t>(self.load), self.capacity));
        if (heaviest_to_settle(load, self.capacity, clamp_to_word(there.level >> fluid_bits), there.capacity)
            >= self.lightest)
            return proposals.add({.kind = Proposal::Kind::wake, .slot = slot});
    }
}

// Both must have chosen one another, and said so.
void Braid::exchange(TorusState const& self, std::span<Glimpse const> heard, Proposals& proposals)
{
    std::uint8_t const partner = partner_for(self, heard, usable_);
    if (partner != no_slot && partner == partner_
        && heard[partner].constraints.partner == hood_.slot_there[partner])
        proposals.add({.kind = Proposal::Kind::exchange, .slot = partner, .amount = self.misfit_weight});
    partner_ = partner;
}

// ---- the dead -------------------------------------------------------------------------------------------

// Two of a braid must suspect the third. Both vote; the one after the dead in the cycle takes over.
void Braid::judge(std::span<Glimpse const> heard, Proposals& proposals)
{
    for (std::uint8_t seat = 0; seat < hood_.braids; ++seat) {
        auto const [next, previous, previous_at_next, next_at_previous] = hood_.seats[seat];
        auto const agreed = [&](std::uint8_t dead, std::uint8_t witness, std::uint8_t dead_at_witness) {
            return contains(suspects_, dead) && contains(usable_, witness)
                && links_[dead].epoch != Edge::condemned
                && contains(heard[witness].constraints.suspects, dead_at_witness);
        };
        std::uint8_t dead = no_slot;
        auto kind = Proposal::Kind::condemn;
        if (agreed(previous, next, previous_at_next)) {
            dead = previous;
            kind = Proposal::Kind::adopt;
        } else if (agreed(next, previous, next_at_previous))
            dead = next;
        if (dead == no_slot)
            continue;
        std::uint32_t const incarnation = links_[dead].incarnation;
        forget(links_[dead]);
        links_[dead].epoch = Edge::condemned;
        links_[dead].missed = patience_;
        links_[dead].incarnation = incarnation;
        proposals.add({.kind = kind, .slot = dead});
    }
}

// ---- what the kernel tells, and what the neighbours are told ----------------------------------------------

void Braid::sent(std::uint8_t slot, std::int64_t weight, Proposal::Kind reason)
{
    Edge& link = links_[slot];
    std::int64_t const fluid = weight * (1 << fluid_bits);
    link.moved += fluid;
    excess_ -= fluid;
    if (reason == Proposal::Kind::share)
        link.due -= fluid;
    else { // pays what is due, and is otherwise no reason to send anything back
        link.due = std::min(link.due, std::max<std::int64_t>(link.due - fluid, 0));
        link.settled_at = epoch_ + 1;
    }
}

void Braid::received(std::uint8_t slot, std::int64_t weight)
{
    Edge& link = links_[slot];
    std::int64_t const fluid = weight * (1 << fluid_bits);
    link.moved -= fluid;
    excess_ += fluid;
    givers_ |= bit(slot);
    link.due = std::max(link.due, std::min<std::int64_t>(link.due + fluid, 0));
}

void Braid::project(TorusState const& self, Projection& projection)
{
    auto const fluid = static_cast<std::int64_t>(self.load << fluid_bits) - excess_;
    capacity_ = takes_processes(self.health) ? self.capacity : 0;
    level_ = capacity_ == 0 ? 0 : per_capacity(fluid, capacity_);
    surplus_ = surplus_of(self); // again: processes came and went since
    std::int32_t const here = capacity_ != 0 ? place_of(surplus_, capacity_) : nowhere;
    projection.identity = identity_;
    projection.epoch = ++epoch_;
    projection.constraints = {.level = level_,
        .capacity = capacity_,
        .surplus = surplus_,
        .lowest = {here, std::min(here, lowest_[1]), std::min(here, lowest_[2]), std::min(here, lowest_[3])},
        .lightest = self.lightest,
        .waiting = self.waiting,
        .running = self.running,
        .nominee = nominee_,
        .health = self.health,
        .suspects = suspects_,
        .memory_pressure = self.memory_pressure,
        .frames_spare = self.frames_spare,
        .role = self.role,
        .misfit_weight = self.misfit_weight,
        .misfit = self.misfit,
        .partner = partner_,
        .policy = self.policy};
    for (std::uint8_t slot = 0; slot < hood_.neighbours; ++slot)
        projection.edges[slot] = {.flow = links_[slot].flow,
            .seen_incarnation = links_[slot].incarnation,
            .seen_epoch = static_cast<std::uint32_t>(links_[slot].epoch)};
}

} // namespace torc
