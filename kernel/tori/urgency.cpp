// SPDX-License-Identifier: MIT
#include "kernel/tori/urgency.hpp"
#include "kernel/process/process.hpp"
#include "kernel/tori/braid_record.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/tori/limb_records.hpp"
#include "kernel/tori/limbs.hpp"
#include "kernel/tori/placement.hpp"
#include "kernel/tori/sharing.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"
#include <utility>

namespace torc {
namespace {

bool may_leave(Torus const& torus, Thread const& thread)
{
    if (thread.exiting || thread.visiting || thread.space == nullptr || !may_be_elsewhere(torus, thread)
        || thread.conduct.stays(torus.charged_at))
        return false;
    return is_limb(thread) ? limb_may_move(thread) : may_be_lent(thread) && !thread.process->stopped;
}

// Where the thread may be, of the neighbours that have told of the last one that was sent there.
SlotSet allowed_slots(BraidRecord const& record, Thread const& thread)
{
    SlotSet allowed = 0;
    for (std::uint8_t slot = 0; slot < record.braid.neighbourhood().neighbours; ++slot)
        if (is_allowed(thread, record.torus[slot]) && record.heard[slot].epoch >= record.urgent_after[slot])
            allowed |= static_cast<SlotSet>(1u << slot);
    return allowed;
}

// It needs the core for as long as it takes to leave: a call may be to be ended, its state to be stored.
void let_pass(Torus& torus, Thread& thread)
{
    torus.run_queue.let_pass(thread.entity);
    if (torus.current != nullptr)
        torus.current->attention |= attend_reschedule;
}

bool is_on_its_way(Torus const& torus, Thread const& thread)
{
    return thread.lending != nullptr && thread.lending->wanted != torus.number;
}

constexpr std::uint8_t most_let_in = 8; // a round

} // namespace

Thread* look_at_waiting(Torus& torus)
{
    constexpr unsigned most = 4; // pinned ones may stand before it
    if (!torus.run_queue.someone_waits()) [[likely]]
        return nullptr;
    SchedEntity* entity = torus.run_queue.first_real_time();
    if (entity == nullptr || !moves_by_rule(torus)) [[likely]]
        return nullptr;
    for (unsigned i = 0; entity != nullptr && i < most; ++i) {
        Thread& thread = owner_of<&Thread::entity>(*entity);
        if (may_leave(torus, thread))
            return &thread;
        entity = torus.run_queue.real_time_behind(*entity);
    }
    return nullptr;
}

void let_in(Torus& torus, Thread& thread)
{
    RunQueue const& queue = torus.run_queue;
    bool const waits = queue.current() != nullptr && queue.more_urgent(*queue.current(), thread.entity);
    LimbRecords& records = *torus.limbs;
    if (std::exchange(records.let_in_round, torus.rounds.epoch) != torus.rounds.epoch)
        records.let_in = 0;
    if (!waits || records.let_in == most_let_in)
        return;
    ++records.let_in;
    let_pass(torus, thread);
}

void send_urgent(Torus& torus, Thread& thread)
{
    BraidRecord& record = *torus.rounds.braid;
    if (is_on_its_way(torus, thread))
        return let_pass(torus, thread);
    auto const slots = static_cast<SlotSet>(record.braid.usable() & allowed_slots(record, thread));
    std::uint8_t const slot = place_for_urgent(record.state, record.glimpses(), slots);
    if (slot == no_slot)
        return;
    unsigned const to = record.torus[slot];
    record.urgent_after[slot] = record.heard[slot].epoch + 2; // the next one may be from before it has come
    if (is_limb(thread)) {
        ++torus.limbs->sent;
        return limb_leaves(thread, to);
    }
    if (!lend_by_itself(thread, to, torus.number, 0))
        return;
    ++torus.limbs->sent;
    let_pass(torus, thread);
}

} // namespace torc
