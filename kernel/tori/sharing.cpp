// SPDX-License-Identifier: MIT
#include "kernel/tori/sharing.hpp"
#include "arch/clock.hpp"
#include "arch/cpu.hpp"
#include "arch/frame.hpp"
#include "arch/user_copy.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/process.hpp"
#include "kernel/tori/braid_record.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/tori/limb_records.hpp"
#include "kernel/tori/limbs.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/placement.hpp"
#include "kernel/tori/public_pages.hpp"
#include "kernel/torus.hpp"
#include <algorithm>
#include <limits>

namespace torc {
namespace {

constexpr std::uint64_t rounds_to_stay = 8; // after a move

bool is_in_program(Thread const& thread)
{
    constexpr std::uint8_t harmless = attend_slice | attend_reschedule;
    return !thread.in_call && !thread.exiting && thread.leaving == 0 && !thread.visiting
        && (thread.attention & ~harmless) == 0;
}

// The timer's interrupt waits while a call is made, and comes right behind it.
bool comes_from_call(Thread const& thread)
{
    std::uint32_t instruction = 0;
    std::uint64_t const before = thread.frame.pc - arch::call_instruction_size;
    return user_range(Uaddr{before}, sizeof instruction)
        && arch::user_copy_in(&instruction, before, sizeof instruction) == 0
        && arch::is_call_instruction(instruction);
}

bool may_move(Torus const& torus, Thread const& thread)
{
    if (!thread.conduct.may_move(torus.charged_at) || thread.entity.sched_class() != SchedClass::fair
        || !may_be_elsewhere(torus, thread))
        return false;
    return is_limb(thread) ? limb_may_move(thread) : may_be_lent(thread);
}

std::uint8_t slot_of(BraidRecord const& record, unsigned torus)
{
    for (std::uint8_t slot = 0; slot < record.braid.neighbourhood().neighbours; ++slot)
        if (record.torus[slot] == torus)
            return slot;
    return no_slot;
}

// ---- is there a place? -----------------------------------------------------------------------------------

// What a thread meets there, with itself, for each 1024 of capacity; as place_for_new() counts it.
std::uint64_t cost(std::uint64_t load, std::uint32_t capacity)
{
    return load * full_capacity / capacity;
}

// A first look, as in most rounds there is no better place: present loads alone.
bool seems_better(Torus const& torus, Thread const& thread, unsigned number, std::uint64_t most)
{
    std::uint32_t const capacity = torus.pages->arrangement.capacity[number];
    std::uint64_t const load = torus.pages->page[number]->present_load.load(std::memory_order_relaxed);
    return capacity != 0 && cost(load + thread.entity.weight(), capacity) <= most;
}

// A second look at what it has had to run lately: a limb that makes a trip home makes its torus look less
// loaded for a moment.
bool was_better(Torus const& torus, Thread const& thread, unsigned number, std::uint64_t most)
{
    Glimpse heard; // read anew: who chose a place has put present loads into the record's
    if (!torus.pages->page[number]->projection.read(heard, 0) || heard.constraints.capacity == 0)
        return false;
    ConstraintVector const& there = heard.constraints;
    std::int64_t const load = (there.level >> fluid_bits) + there.surplus;
    return load + static_cast<std::int64_t>(cost(thread.entity.weight(), there.capacity))
        <= static_cast<std::int64_t>(most);
}

bool is_crowded(Torus const& torus)
{
    return torus.run_queue.someone_waits() && torus.limbs->computing.another(torus.rounds.epoch);
}

// Who computes beside others that wait for a moment stays on a core of the fastest kind.
bool has_reason_to_move(Torus const& torus)
{
    return torus.rounds.braid != nullptr
        && (torus.rounds.braid->state.capacity != full_capacity || is_crowded(torus));
}

// Others that run for a moment do not count.
std::uint64_t cost_here(Torus const& torus, BraidRecord const& record, Thread const& thread)
{
    std::uint64_t const load = is_crowded(torus) ? torus.run_queue.fair_load() : thread.entity.weight();
    return cost(load, record.state.capacity);
}

// What it may meet elsewhere so that going there is clearly a gain.
std::uint64_t worth_going_for(Torus const& torus, BraidRecord const& record, Thread const& thread)
{
    if (record.state.capacity == 0)
        return std::numeric_limits<std::int64_t>::max();
    std::uint64_t const here = cost_here(torus, record, thread);
    std::uint64_t const gain = thread.entity.weight() / 2;
    return here > gain ? here - gain : 0;
}

bool is_room_around(Torus const& torus, BraidRecord const& record, Thread const& thread, std::uint64_t most)
{
    std::span const near{record.torus.data(), record.braid.neighbourhood().neighbours};
    auto const better = [&](unsigned number) { return seems_better(torus, thread, number, most); };
    return std::ranges::any_of(near, better) || std::ranges::any_of(record.further_tori(), better);
}

// ---- going there -----------------------------------------------------------------------------------------

bool send(Torus& torus, BraidRecord& record, Thread& thread, unsigned to, Proposal::Kind reason)
{
    std::uint32_t const weight = thread.entity.weight();
    if (is_limb(thread)) {
        limb_wishes(thread, to);
        thread.conduct.stay_until(settled_at(torus));
    } else if (!lend_by_itself(thread, to, torus.number, weight)) {
        return false;
    }
    ++torus.limbs->sent;
    torus.limbs->computing.gone(thread.id);
    std::uint8_t const slot = slot_of(record, to);
    if (slot == no_slot)
        return true; // no edge leads there: to the rules it ends here and begins there
    record.state.load -= std::min<std::uint64_t>(record.state.load, weight); // at once, as in the books
    record.braid.sent(slot, weight, reason);
    return true;
}

} // namespace

bool moves_by_rule(Torus const& torus)
{
    return torus.limbs != nullptr && torus.links->placement == Placement::Braid
        && torus.limbs->rule.which == LimbRule::Which::None;
}

bool may_be_elsewhere(Torus const& torus, Thread const& thread)
{
    return torus.number >= 64 || (thread.affinity & ~(1ull << torus.number)) != 0;
}

std::uint32_t weight_in_books(Thread const& thread)
{
    return thread.entity.sched_class() == SchedClass::fair ? thread.entity.weight() : 0;
}

std::uint64_t settled_at(Torus const& torus)
{
    return torus.charged_at + rounds_to_stay * arch::ticks_per_second() / Rounds::per_second;
}

Thread* look_at_running(Torus& torus)
{
    Thread* const thread = torus.current;
    if (thread == nullptr || torus.run_queue.current() != &thread->entity || !is_in_program(*thread))
        return nullptr;
    bool const computing = is_limb(*thread) || !comes_from_call(*thread);
    thread->conduct.found(
        computing, thread->voluntary_switches, thread->minor_faults, arch::has_used_float(*thread));
    if (thread->conduct.computes())
        torus.limbs->computing.found(thread->id, torus.rounds.epoch);
    return moves_by_rule(torus) && has_reason_to_move(torus) && may_move(torus, *thread) ? thread : nullptr;
}

bool share_core(Torus& torus, Thread& thread)
{
    BraidRecord* const record = torus.rounds.braid;
    if (record == nullptr)
        return false;
    std::uint64_t const most = worth_going_for(torus, *record, thread);
    if (!is_room_around(torus, *record, thread, most))
        return false;
    unsigned const to = choose_torus(torus, thread);
    if (to == torus.number)
        return false;
    if (was_better(torus, thread, to, most) && send(torus, *record, thread, to, Proposal::Kind::settle))
        return true;
    sent_program_ended(torus, thread.process->pid);
    return false;
}

// The rules look back over some rounds: what they propose is done only if it still helps. Whoever is the last
// to leave a torus lowers the more loaded end of the two, so what follows rules under a steady load ends.
void follow_rule(Torus& torus, Thread& thread, Proposal const& proposal)
{
    BraidRecord& record = *torus.rounds.braid;
    unsigned const to = record.torus[proposal.slot];
    if (thread.entity.weight() > proposal.heaviest || record.state.capacity == 0 || !is_allowed(thread, to))
        return;
    std::uint64_t const here = cost_here(torus, record, thread);
    if (here != 0 && seems_better(torus, thread, to, here - 1) && was_better(torus, thread, to, here - 1))
        (void)send(torus, record, thread, to, proposal.kind);
}

void thread_has_come(Torus& torus, unsigned from, std::uint32_t weight)
{
    BraidRecord* const record = torus.rounds.braid;
    if (record == nullptr || weight == 0)
        return;
    std::uint8_t const slot = slot_of(*record, from);
    if (slot == no_slot)
        return;
    record->state.load += weight;
    record->braid.received(slot, weight);
}

} // namespace torc
