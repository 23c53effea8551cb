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
#include "kernel/tori/roles.hpp"
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

bool runs_program(Torus const& torus, Thread const* thread)
{
    return thread != nullptr && torus.run_queue.current() == &thread->entity && is_in_program(*thread);
}

// Where the round's interrupt has found a thread.
struct Found {
    bool after_call{false}; // the interrupt waits while a call is made, and comes right behind it
    bool at_vector{false}; // the next instruction is one of NEON
};

Found where_found(Thread const& thread)
{
    std::uint32_t instructions[2]; // the last one, and the next
    std::uint64_t const last = thread.frame.pc - arch::call_instruction_size;
    if (!user_range(Uaddr{last}, sizeof instructions)
        || arch::user_copy_in(instructions, last, sizeof instructions) != 0)
        return {};
    return {arch::is_call_instruction(instructions[0]), arch::is_vector_instruction(instructions[1])};
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
[[clang::no_sanitize("null")]] bool seems_better(
    PublicPages const& pages, std::uint32_t weight, unsigned number, std::uint64_t most)
{
    std::uint32_t const capacity = pages.arrangement.capacity[number];
    std::uint64_t const load = pages.page[number]->present_load.load(std::memory_order_relaxed);
    return capacity != 0 && cost(load + weight, capacity) <= most;
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
    return torus.run_queue.someone_waits() && torus.limbs != nullptr
        && torus.limbs->computing.another(torus.rounds.epoch);
}

// Who computes beside others that wait for a moment stays on a core of the fastest kind.
bool has_reason_to_move(Torus const& torus, Thread const& thread, bool crowded)
{
    BraidRecord const* const record = torus.rounds.braid;
    return record != nullptr
        && (crowded || record->state.capacity != full_capacity
            || (record->roles_differ && is_misfit(torus, thread)));
}

// Others that run for a moment do not count.
std::uint64_t cost_here(Torus const& torus, BraidRecord const& record, Thread const& thread, bool crowded)
{
    std::uint64_t const load = crowded ? torus.run_queue.fair_load() : thread.entity.weight();
    return cost(load, record.state.capacity);
}

// What it may meet elsewhere so that going there is clearly a gain; and where that suits it better.
struct Worth {
    std::uint64_t anywhere, where_it_suits;
    bool misfit;
};

Worth worth_going_for(Torus const& torus, BraidRecord const& record, Thread const& thread, bool crowded)
{
    if (record.state.capacity == 0)
        return {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::max(), false};
    std::uint64_t const here = cost_here(torus, record, thread, crowded);
    std::uint64_t const gain = thread.entity.weight() / 2;
    return {here > gain ? here - gain : 0, here, record.roles_differ && is_misfit(torus, thread)};
}

std::uint64_t worth_there(Torus const& torus, Thread const& thread, unsigned number, Worth const& worth)
{
    return worth.misfit && suits_better(torus, thread, number) ? worth.where_it_suits : worth.anywhere;
}

bool is_room_in(
    Torus const& torus, Thread const& thread, std::span<std::uint8_t const> tori, Worth const& worth)
{
    PublicPages const& pages = *torus.pages;
    std::uint32_t const weight = thread.entity.weight();
    return std::ranges::any_of(tori, [&](unsigned number) {
        return seems_better(pages, weight, number, worth_there(torus, thread, number, worth));
    });
}

bool is_room_around(
    Torus const& torus, BraidRecord const& record, Thread const& thread, Worth const& worth, Reach reach)
{
    std::span const near{record.torus.data(), record.braid.neighbourhood().neighbours};
    return (reach != Reach::further && is_room_in(torus, thread, near, worth))
        || (reach != Reach::near && is_room_in(torus, thread, record.further_tori(), worth));
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
    record.state.lightest = record.state.misfit_weight = 0; // until the next one has been looked at
    std::uint8_t const slot = slot_of(record, to);
    if (slot == no_slot)
        return true; // no edge leads there: to the rules it ends here and begins there
    record.state.load -= std::min<std::uint64_t>(record.state.load, weight); // at once, as in the books
    record.braid.sent(slot, weight, reason);
    return true;
}

// It was looked at some rounds ago.
bool still_computes(Torus& torus)
{
    return torus.current != nullptr && torus.current->conduct.computes() && look_at_running(torus);
}

bool may_go(Torus const& torus, Thread const& thread, bool crowded)
{
    return moves_by_rule(torus) && has_reason_to_move(torus, thread, crowded) && may_move(torus, thread);
}

// Where there seems to be room. False: there is none, looked at closely.
[[gnu::noinline]] bool goes(Torus& torus, BraidRecord& record, Thread& thread, bool crowded)
{
    unsigned const to
        = still_computes(torus) ? choose_torus(torus, thread, as_newcomer(thread)) : torus.number;
    if (to == torus.number)
        return false;
    Worth const worth = worth_going_for(torus, record, thread, crowded);
    if (was_better(torus, thread, to, worth_there(torus, thread, to, worth))
        && send(torus, record, thread, to, Proposal::Kind::settle))
        return true;
    sent_program_ended(torus, thread.process->pid);
    return false;
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

bool look_at_running(Torus& torus)
{
    Thread* const thread = torus.current;
    if (!runs_program(torus, thread))
        return false;
    Found const found = where_found(*thread);
    bool const computing = is_limb(*thread) || !found.after_call;
    thread->conduct.found(computing, thread->voluntary_switches, thread->minor_faults, found.at_vector);
    if (thread->conduct.computes())
        torus.limbs->computing.found(thread->id, torus.rounds.epoch);
    return thread->conduct.computes();
}

Thread* who_may_go(Torus& torus)
{
    return still_computes(torus) && may_go(torus, *torus.current, is_crowded(torus)) ? torus.current
                                                                                     : nullptr;
}

std::uint32_t share_core(Torus& torus, Reach reach)
{
    Thread* const thread = torus.current;
    if (!runs_program(torus, thread))
        return 0;
    torus.limbs->computing.found(thread->id, torus.rounds.epoch);
    bool const crowded = is_crowded(torus);
    if (!may_go(torus, *thread, crowded))
        return 0;
    BraidRecord& record = *torus.rounds.braid;
    Worth const worth = worth_going_for(torus, record, *thread, crowded);
    if (is_room_around(torus, record, *thread, worth, reach) && goes(torus, record, *thread, crowded))
        [[unlikely]]
        return 0;
    return thread->entity.weight();
}

// The rules look back over some rounds: what they propose is done only if it still helps. Whoever is the last
// to leave a torus lowers the more loaded end of the two, so what follows rules under a steady load ends.
void follow_rule(Torus& torus, Thread& thread, Proposal const& proposal)
{
    BraidRecord& record = *torus.rounds.braid;
    unsigned const to = record.torus[proposal.slot];
    if (thread.entity.weight() > proposal.heaviest || record.state.capacity == 0 || !is_allowed(thread, to))
        return;
    std::uint64_t const here = cost_here(torus, record, thread, is_crowded(torus));
    if (here != 0 && seems_better(*torus.pages, thread.entity.weight(), to, here - 1)
        && was_better(torus, thread, to, here - 1))
        (void)send(torus, record, thread, to, proposal.kind);
}

// The neighbour gives one of as much weight for it: load stays as it is.
void give_in_exchange(Torus& torus, Thread& thread, Proposal const& proposal)
{
    BraidRecord& record = *torus.rounds.braid;
    unsigned const to = record.torus[proposal.slot];
    if (is_allowed(thread, to) && is_misfit(torus, thread) && suits_better(torus, thread, to))
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
