// SPDX-License-Identifier: MIT
#include "kernel/tori/limbs.hpp"
#include "arch/cpu.hpp"
#include "kernel/memory/memory_records.hpp"
#include "kernel/memory/record_backing.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/run_loop.hpp"
#include "kernel/process/sequences.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/time/interval_timers.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/limb_calls.hpp"
#include "kernel/tori/limb_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/sharing.hpp"
#include "kernel/tori/takers.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"
#include <utility>

namespace torc {
namespace {

Limb& limb_of(Thread& thread)
{
    return owner_of<&Limb::thread>(thread);
}

std::size_t bucket_of(Handle home)
{
    return (home.cell().number ^ home.torus().number * 7u) % LimbRecords::buckets;
}

// ---- records --------------------------------------------------------------------------------------------

Shadow* make_shadow(Torus& torus, LimbRoom const& room)
{
    LimbRecords& records = *torus.limbs;
    Shadow* const shadow = records.shadows.create();
    Space* const space = shadow != nullptr ? torus.memory->spaces.create() : nullptr;
    if (space == nullptr) {
        if (shadow != nullptr)
            records.shadows.destroy(shadow);
        return nullptr;
    }
    space->table().borrow(room.root);
    shadow->space = space;
    shadow->home = room.space;
    shadow->process.pid = room.pid;
    records.shadows_by_home[bucket_of(room.space)].push_back(*shadow);
    return shadow;
}

Shadow* shadow_for(Torus& torus, LimbRoom const& room)
{
    for (Shadow& shadow : torus.limbs->shadows_by_home[bucket_of(room.space)])
        if (shadow.home == room.space)
            return &shadow;
    return make_shadow(torus, room);
}

void leave_shadow(Torus& torus, Shadow& shadow)
{
    if (--shadow.limbs > 0)
        return;
    auto& bucket = torus.limbs->shadows_by_home[bucket_of(shadow.home)];
    bucket.erase(bucket.iterator_to(shadow));
    torus.memory->spaces.destroy(shadow.space);
    torus.limbs->shadows.destroy(&shadow);
}

Limb* find_limb(Torus& torus, Handle home)
{
    for (Limb& limb : torus.limbs->limbs_by_home[bucket_of(home)])
        if (limb.home == home)
            return &limb;
    return nullptr;
}

Limb* make_limb(Torus& torus, unsigned home, LimbRoom& room)
{
    LimbRecords& records = *torus.limbs;
    Shadow* const shadow = shadow_for(torus, room);
    if (shadow == nullptr)
        return nullptr;
    ++shadow->limbs;
    Limb* const limb = records.limbs.create();
    if (limb == nullptr)
        return leave_shadow(torus, *shadow), nullptr;
    limb->shadow = shadow;
    limb->room = &room;
    limb->home = room.thread;
    limb->torus = home;
    Thread& thread = limb->thread;
    thread.process = &shadow->process;
    thread.space = shadow->space;
    thread.id = room.tid;
    thread.state = ThreadState::Blocked;
    thread.affinity = room.affinity;
    thread.conduct.stay_until(settled_at(torus));
    __builtin_memcpy(thread.name, room.name, sizeof room.name);
    records.limbs_by_home[bucket_of(room.thread)].push_back(*limb);
    return limb;
}

// ---- having the thread ----------------------------------------------------------------------------------

[[gnu::noinline]] void read_float(Thread& thread, LimbRoom const& room)
{
    arch::discard_float(thread);
    thread.float_used = room.float_used;
    if (room.float_used)
        copy_state(thread.float_state, room.float_state);
}

void read_room(Torus& torus, Limb& limb)
{
    Thread& thread = limb.thread;
    LimbRoom const& room = *limb.room;
    copy_state(thread.frame, room.frame);
    thread.thread_pointer = room.thread_pointer;
    if (room.float_changed) [[unlikely]]
        read_float(thread, room);
    thread.attention = 0;
    if (thread.entity.parameters() != room.parameters) [[unlikely]]
        torus.run_queue.set_parameters(thread.entity, room.parameters);
}

[[gnu::noinline]] void write_float(Thread& thread, LimbRoom& room)
{
    thread.float_newer = false;
    copy_state(room.float_state, thread.float_state);
}

void write_room(Limb& limb)
{
    Thread& thread = limb.thread;
    LimbRoom& room = *limb.room;
    copy_state(room.frame, thread.frame);
    room.thread_pointer = arch::thread_pointer(thread);
    room.float_used = thread.float_used;
    if (!arch::save_float_to(thread, room.float_state) && thread.float_newer) [[unlikely]]
        write_float(thread, room);
    room.used_ticks = std::exchange(thread.user_ticks, 0);
}

// The core has left the tables when the home hears of it: they may go then.
void give_back(Limb& limb, BackReason reason)
{
    Torus& torus = this_torus();
    Thread& thread = limb.thread;
    bool const in_core = torus.current == &thread;
    if (in_core)
        charge_current();
    if (thread.state == ThreadState::Blocked) { // recalled from its sleep
        leave_limb_sleep(limb);
        reason = BackReason::Call;
    }
    write_room(limb);
    suspend_limb(thread);
    if (in_core) {
        arch::leave_user_space();
        torus.current = nullptr;
    }
    limb.out = false;
    limb.room->reason = reason;
    send_from(torus, *torus.links->links[limb.torus], limb.room->back);
}

void refuse(Torus& torus, Link& link, LimbRoom& room)
{
    room.reason = BackReason::Refused;
    send_from(torus, link, room.back);
}

} // namespace

arch::Frame* on_limb_svc(arch::Frame* frame)
{
    Limb& limb = limb_of(Thread::of(frame));
    if (arch::Frame* const next = settle_limb_call(limb))
        return next;
    ++limb.thread.voluntary_switches;
    give_back(limb, BackReason::Call);
    return run_next();
}

bool is_limb(Thread const& thread)
{
    return thread.space != nullptr && thread.process->space == nullptr;
}

bool limb_may_move(Thread const& thread)
{
    return limb_of(const_cast<Thread&>(thread)).room->movable;
}

void limb_wishes(Thread& thread, unsigned torus)
{
    Limb& limb = limb_of(thread);
    limb.room->wish = torus;
    limb.crowded = true;
    thread.attention |= attend_reschedule;
}

void limb_leaves(Thread& thread, unsigned torus)
{
    Limb& limb = limb_of(thread);
    limb.room->wish = torus;
    give_back(limb, BackReason::Crowded);
}

arch::Frame* limb_trapped(Thread& thread, Trap const& trap)
{
    Limb& limb = limb_of(thread);
    limb.room->trap = trap;
    give_back(limb, BackReason::Trapped);
    return run_next();
}

arch::Frame* limb_interrupted(Thread& thread)
{
    arch::take_interrupts();
    Torus& torus = this_torus();
    if (torus.bell)
        take_events(torus);
    if (torus.current != &thread) // recalled; perhaps there is no limb any more
        return run_next();
    Limb& limb = limb_of(thread);
    bool const crowded = std::exchange(limb.crowded, false);
    if (thread.attention & attend_reschedule && (crowded || may_be_in_sequence(limb.room->sequence_area))) {
        give_back(limb, crowded ? BackReason::Crowded : BackReason::Preempted);
        return run_next();
    }
    return leave_kernel(thread);
}

// ---- events ---------------------------------------------------------------------------------------------

void take_run(Torus& torus, Link& link, Event const& event)
{
    auto& room = *reinterpret_cast<LimbRoom*>(event.arguments[0]); // SAFETY: ours until it goes back
    Limb* limb = torus.limbs != nullptr ? find_limb(torus, event.source) : nullptr;
    if (limb == nullptr && torus.limbs != nullptr)
        limb = make_limb(torus, link.torus, room);
    if (limb == nullptr)
        return refuse(torus, link, room);
    if (event.arguments[1] != 0) [[unlikely]]
        thread_has_come(
            torus, static_cast<unsigned>(event.arguments[2]), static_cast<std::uint32_t>(event.arguments[1]));
    limb->sequence = event.sequence;
    limb->out = true;
    room.asleep_until.store(0, std::memory_order_relaxed);
    room.sleeps_until = 0;
    read_room(torus, *limb);
    wake(limb->thread);
}

void take_recall(Torus& torus, Link&, Event const& event)
{
    Limb* const limb = torus.limbs != nullptr ? find_limb(torus, event.source) : nullptr;
    if (limb != nullptr && limb->out && limb->sequence == event.sequence)
        give_back(*limb, BackReason::Recalled);
}

void take_drop(Torus& torus, Link&, Event const& event)
{
    Limb* const limb = torus.limbs != nullptr ? find_limb(torus, event.source) : nullptr;
    if (limb == nullptr)
        return; // it was refused
    arch::discard_float(limb->thread);
    torus.run_queue.forget(limb->thread.entity);
    auto& bucket = torus.limbs->limbs_by_home[bucket_of(limb->home)];
    bucket.erase(bucket.iterator_to(*limb));
    leave_shadow(torus, *limb->shadow);
    torus.limbs->limbs.destroy(limb);
}

void make_back_event(Torus&, OutItem& item, Event& event)
{
    LimbRoom const& room = owner_of<&LimbRoom::back>(item);
    event.type = static_cast<std::uint32_t>(EventType::Back);
    event.sequence = room.sequence;
    event.target = room.thread;
}

Result<void> start_limbs(Torus& torus, LimbRule const& rule)
{
    LimbRecords* const records = create_for_ever<LimbRecords>();
    if (records == nullptr)
        return unexpected{Status::NoMemory};
    constexpr std::uint32_t most = 8192;
    open_pool(records->lendings, most);
    open_pool(records->limbs, most);
    open_pool(records->shadows, most);
    records->rule = rule;
    torus.limbs = records;
    torus.lends_new_threads = rule.which != LimbRule::Which::None;
    return {};
}

} // namespace torc
