// SPDX-License-Identifier: MIT
#include "kernel/tori/placement.hpp"
#include "arch/clock.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/thread.hpp"
#include "kernel/random.hpp"
#include "kernel/tori/braid_record.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/machine_sums.hpp"
#include "kernel/tori/public_pages.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

bool is(Torus const& torus, unsigned number, TorusPolicy policy)
{
    return policy_of(torus, number) == policy;
}

} // namespace

bool is_allowed(Thread const& thread, unsigned number)
{
    return number >= 64 || thread.affinity >> number & 1; // an affinity goes no further
}

namespace {

unsigned first_allowed(Torus const& torus, Thread const& thread, TorusPolicy policy)
{
    for (unsigned i = 0; i < torus.tori; ++i) {
        unsigned const number = (torus.number + i) % torus.tori; // this one first
        if (is_allowed(thread, number) && is(torus, number, policy))
            return number;
    }
    return torus.tori;
}

} // namespace

// For a thread that may not be here, or should not. Only who can go nowhere else is pinned to an isolated
// torus.
unsigned first_allowed(Torus const& torus, Thread const& thread)
{
    unsigned number = first_allowed(torus, thread, TorusPolicy::open);
    if (number == torus.tori)
        number = first_allowed(torus, thread, TorusPolicy::isolated);
    return number == torus.tori ? torus.number : number;
}

namespace {

// ---- by the rules of the braid --------------------------------------------------------------------------

// A move at exec costs about a third of a fork, exec and wait (docs/scheduling.md): it must gain the half of
// a process.
constexpr std::uint64_t worth_a_move = reference_weight / 2;

// A place that was looked at.
struct Place {
    unsigned torus;
    std::uint64_t load; // that is there
    std::uint32_t capacity; // 0: no place
    RoleVector role;
};

// Tori that may be better, and what they say.
struct Candidates {
    std::array<std::uint8_t, max_neighbours> torus{};
    std::span<Glimpse> heard;
    SlotSet usable{0};
};

// What is in the thread's way here. Who is urgent is only hindered by what is urgent as well.
std::uint64_t other_load(Torus const& torus, Thread const& thread)
{
    RunQueue const& queue = torus.run_queue;
    bool const urgent_waits = queue.waiting_urgency() > urgency_fair;
    if (thread.entity.sched_class() != SchedClass::fair)
        return urgent_waits ? reference_weight : 0;
    std::uint64_t const load = queue.fair_load() + (urgent_waits ? reference_weight : 0);
    std::uint64_t const own = thread.entity.weight();
    return load > own ? load - own : 0;
}

// Who is allowed, and what there is to run right now: a smoothed load would still show the program whose end
// makes room for this one.
void look_at_loads(Torus const& torus, Thread const& thread, Candidates& candidates)
{
    std::uint64_t const now = arch::now_ticks();
    std::uint64_t const ticks_per_round = arch::ticks_per_second() / Rounds::per_second;
    for (unsigned slot = 0; slot < candidates.heard.size(); ++slot) {
        ConstraintVector& there = candidates.heard[slot].constraints;
        unsigned const number = candidates.torus[slot];
        if (there.capacity == 0 || !is_allowed(thread, number))
            continue;
        candidates.usable |= static_cast<SlotSet>(1u << slot);
        std::uint64_t const shown = torus.pages->page[number]->present_load.load(std::memory_order_relaxed);
        std::uint64_t const load
            = torus.rounds.braid->sent.expected_load(number, shown, now, ticks_per_round);
        there.surplus = 0;
        there.level = per_capacity(static_cast<std::int64_t>(load << fluid_bits), there.capacity);
    }
}

void take_better(Place& place, Candidates const& candidates, Newcomer const& newcomer)
{
    TorusState const here{.load = place.load, .capacity = place.capacity, .role = place.role};
    std::uint8_t const slot = place_for_new(here, candidates.heard, candidates.usable, newcomer);
    if (slot == no_slot)
        return;
    ConstraintVector const& there = candidates.heard[slot].constraints;
    place = {.torus = candidates.torus[slot],
        .load = static_cast<std::uint64_t>(there.level >> fluid_bits) * there.capacity / full_capacity,
        .capacity = there.capacity,
        .role = there.role};
}

bool is_taken(Place const& place)
{
    return place.capacity == 0 || place.load >= worth_a_move;
}

// All near places are taken: the neighbours' neighbours are looked at, too.
void look_further(Torus const& torus, Thread const& thread, Newcomer const& newcomer, Place& place)
{
    BraidRecord const& record = *torus.rounds.braid;
    Glimpse heard[max_neighbours];
    std::size_t count = 0;
    Candidates further;
    for (std::uint8_t const number : record.further_tori()) {
        if (!torus.pages->page[number]->projection.read(heard[count], 0))
            continue;
        further.torus[count++] = number;
    }
    further.heard = {heard, count};
    look_at_loads(torus, thread, further);
    take_better(place, further, newcomer);
}

// There is another kind of core, on which it would be better off.
bool is_out_of_place(BraidRecord const& record, Newcomer const& newcomer, RoleVector const& here)
{
    return record.roles_differ && newcomer.known
        && gains(here, record.best_in_reach, strongest(newcomer.wanted));
}

unsigned place_in_braid(Torus& torus, Thread const& thread, Newcomer const& newcomer)
{
    BraidRecord* const record = torus.rounds.braid;
    bool const may_stay = is_allowed(thread, torus.number) && torus.rounds.policy == TorusPolicy::open;
    if (record == nullptr)
        return may_stay ? torus.number : first_allowed(torus, thread);
    std::uint64_t const others = other_load(torus, thread);
    TorusState const& self = record->state;
    // Nobody could do it better: most often a shell waits for it.
    if (may_stay && others <= worth_a_move && self.capacity == full_capacity
        && !is_out_of_place(*record, newcomer, self.role))
        return torus.number;
    record->read();
    Candidates near{.torus = record->torus, .heard = record->glimpses()};
    look_at_loads(torus, thread, near);
    Place place{.torus = torus.number,
        .load = others > worth_a_move ? others - worth_a_move : 0,
        .capacity = may_stay ? self.capacity : 0,
        .role = self.role};
    take_better(place, near, newcomer);
    if (is_taken(place) || is_out_of_place(*record, newcomer, place.role))
        look_further(torus, thread, newcomer, place);
    if (place.torus == torus.number)
        return may_stay ? torus.number : first_allowed(torus, thread);
    record->sent.sent(thread.process->pid, place.torus, newcomer.load(), arch::now_ticks());
    return place.torus;
}

} // namespace

unsigned choose_torus(Torus& torus, Thread const& thread, Newcomer const& newcomer)
{
    unsigned chosen = torus.number;
    switch (torus.links->placement) {
    case Placement::Home:
        return torus.number;
    case Placement::Braid:
        return place_in_braid(torus, thread, newcomer);
    case Placement::Random:
        chosen = static_cast<unsigned>(torus.random->next() % torus.tori);
        break;
    case Placement::Fixed:
        chosen = torus.links->placed_on;
        break;
    }
    if (!is_allowed(thread, chosen) || !is(torus, chosen, TorusPolicy::open))
        chosen = torus.number;
    if (is_allowed(thread, chosen) && is(torus, chosen, TorusPolicy::open))
        return chosen;
    return first_allowed(torus, thread);
}

void sent_program_arrived(Torus& torus, std::int32_t pid)
{
    if (BraidRecord* const record = torus.rounds.braid)
        record->sent.arrived(pid, arch::now_ticks());
}

void sent_program_ended(Torus& torus, std::int32_t pid)
{
    if (BraidRecord* const record = torus.rounds.braid)
        record->sent.ended(pid);
}

} // namespace torc
