// SPDX-License-Identifier: MIT
#include "kernel/tori/lending.hpp"
#include "arch/clock.hpp"
#include "arch/cpu.hpp"
#include "kernel/futex/futex_word.hpp"
#include "kernel/memory/memory_records.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/run_loop.hpp"
#include "kernel/random.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/time/interval_timers.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/limb_records.hpp"
#include "kernel/tori/limbs.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/moving.hpp"
#include "kernel/tori/placement.hpp"
#include "kernel/tori/sharing.hpp"
#include "kernel/tori/takers.hpp"
#include "kernel/tori/urgency.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"
#include <algorithm>
#include <new>
#include <utility>

namespace torc {
namespace {

Lending& lending_of(OutItem& item)
{
    return owner_of<&Lending::out>(item);
}

Link& link_of(Torus& torus, Lending const& lending)
{
    return *torus.links->links[lending.torus]; // lend() has made it
}

Result<LimbRoom*> take_room(Torus& torus)
{
    Paddr const frame = TRY(torus.frames.take(FrameKind::Special));
    return new (FramePool::pointer(frame)) LimbRoom;
}

// What was to be said is not true any more.
void take_out(Torus& torus, Lending& lending)
{
    if (lending.out.waits())
        link_of(torus, lending).outbox.erase(link_of(torus, lending).outbox.iterator_to(lending.out));
}

void come_home(Thread& thread)
{
    return_home(thread);
    this_torus().limbs->backs.wake_all();
}

// ---- registers ------------------------------------------------------------------------------------------

[[gnu::noinline]] void write_float(Thread& thread, LimbRoom& room)
{
    arch::save_float(thread);
    arch::discard_float(thread);
    room.float_used = thread.float_used;
    if (thread.float_used)
        copy_state(room.float_state, thread.float_state);
}

void write_room(Thread& thread, Lending& lending)
{
    LimbRoom& room = *lending.room;
    copy_state(room.frame, thread.frame);
    room.float_changed = !std::exchange(lending.float_in_room, true);
    if (room.float_changed)
        write_float(thread, room);
    room.thread_pointer = thread.thread_pointer = arch::thread_pointer(thread);
    room.sequence_area = thread.sequence_area;
    room.sequence = lending.sequence;
    room.parameters = thread.entity.parameters();
}

// What a limb asks only once.
void introduce(Torus& torus, Thread const& thread, LimbRoom& room)
{
    room.thread = torus.processes->threads.handle_of(&thread);
    room.space = torus.memory->spaces.handle_of(thread.space);
    room.root = thread.space->table().root();
    room.futex_space = private_key(*thread.space, Uaddr{0}).space;
    room.pid = thread.process->pid;
    room.affinity = thread.affinity;
    room.tid = thread.id;
    __builtin_memcpy(room.name, thread.name, sizeof room.name);
}

void read_room(Thread& thread, LimbRoom const& room)
{
    copy_state(thread.frame, room.frame);
    thread.thread_pointer = room.thread_pointer;
    thread.user_ticks += room.used_ticks;
    thread.process->use.user_ticks += room.used_ticks;
}

void follow_sequence(Thread& thread)
{
    if (thread.sequence_area != 0)
        thread.attention |= attend_sequence;
}

// There is more room elsewhere. Only the home knows where it may go.
void follow_wish(Thread& thread, Lending& lending)
{
    Torus& torus = this_torus();
    unsigned const wish = lending.room->wish;
    if (!lending.by_itself)
        return; // since it was told that it may
    lending.wanted = is_allowed(thread, wish) ? wish : torus.number;
    if (wish == torus.number)
        thread_has_come(torus, lending.torus, weight_in_books(thread));
}

void take_reason(Thread& thread, Lending& lending)
{
    switch (lending.room->reason) {
    case BackReason::Call:
        thread.in_call = true;
        if (std::uint64_t const deadline = lending.room->sleeps_until) { // it goes on with it
            thread.restart.kind = CallKind::Sleep;
            thread.restart.deadline_ticks = deadline;
        }
        return;
    case BackReason::Trapped:
        lending.trap = lending.room->trap;
        lending.trapped = true;
        thread.attention |= attend_start;
        return;
    case BackReason::Refused:
        lending.wanted = this_torus().number;
        lending.known = false;
        return;
    case BackReason::Crowded:
        follow_wish(thread, lending);
        [[fallthrough]];
    case BackReason::Recalled:
    case BackReason::Preempted:
        return follow_sequence(thread);
    }
}

// A trip costs as much as a dozen calls at home (docs/limbs.md): more than 24 in a millisecond do not pay.
bool pays(Lending& lending)
{
    constexpr std::uint32_t trips_looked_at = 32, most_per_ms = 24;
    if (++lending.trips < trips_looked_at)
        return true;
    std::uint64_t const now = arch::now_ticks();
    std::uint64_t const passed = now - std::exchange(lending.counted_from, now);
    lending.trips = 0;
    return passed * 1000 * most_per_ms >= arch::ticks_per_second() * trips_looked_at;
}

// Who writes to one new page after the other makes a trip for twice as many each time.
void go_ahead(Thread& thread, Lending& lending)
{
    constexpr std::uint32_t most = 64;
    if (lending.trap.access != Access::Write)
        return;
    std::uint64_t const page = Uaddr{lending.trap.address}.page().raw();
    lending.ahead = page == lending.next_page ? std::min(lending.ahead * 2 + 1, most) : 0;
    std::uint64_t const got
        = lending.ahead != 0 ? thread.space->bring_ahead(Uaddr{page + page_size}, lending.ahead) : 0;
    lending.next_page = page + (1 + got) * page_size;
}

unsigned draw(Torus& torus, Thread const& thread, LimbRule const& rule)
{
    unsigned const drawn = rule.which == LimbRule::Which::Fixed
        ? rule.torus
        : static_cast<unsigned>(torus.random->next() % torus.tori);
    return is_allowed(thread, drawn) ? drawn : runs_on(thread);
}

} // namespace

// A reservation is this torus's, and so is the time that a limit or a timer of the process counts.
bool may_be_lent(Thread const& thread)
{
    return thread.process->processor_check_ticks == never
        && class_of(thread.entity.parameters().policy) != SchedClass::deadline;
}

bool is_asleep(Thread const& thread)
{
    return thread.state == ThreadState::Lent
        && arch::now_ticks() < thread.lending->room->asleep_until.load(std::memory_order_relaxed);
}

unsigned runs_on(Thread const& thread)
{
    return thread.lending != nullptr ? thread.lending->torus : this_torus().number;
}

Result<void> lend(Thread& thread, unsigned to)
{
    Torus& torus = this_torus();
    if (to == torus.number)
        return call_home(thread), Result<void>{};
    if (torus.limbs == nullptr)
        return unexpected{Status::NoSuchDevice};
    if (thread.space == nullptr || thread.exiting || !may_be_lent(thread))
        return unexpected{Status::Busy};
    if (Lending* const lending = thread.lending) {
        lending->wanted = to;
        if (to != lending->torus)
            recall(thread);
        return {};
    }
    (void)TRY(link_to(torus, to));
    Lending* const lending = torus.limbs->lendings.create();
    if (lending == nullptr)
        return unexpected{Status::NoMemory};
    Result<LimbRoom*> const room = take_room(torus);
    if (!room) {
        torus.limbs->lendings.destroy(lending);
        return unexpected{room.error()};
    }
    lending->thread = &thread;
    lending->room = *room;
    lending->torus = lending->wanted = to;
    introduce(torus, thread, **room);
    lending->name = (*room)->thread;
    thread.lending = lending;
    thread.leaving |= leaves_to_limb;
    thread.space->gains_walker();
    follow_sequence(thread);
    if (torus.current == &thread)
        thread.attention |= attend_reschedule;
    return {};
}

Result<void> lend_by_itself(Thread& thread, unsigned to, unsigned from, std::uint32_t weight)
{
    Torus& torus = this_torus();
    if (thread.lending != nullptr)
        return unexpected{Status::Busy};
    TRY(lend(thread, to));
    Lending& lending = *thread.lending;
    lending.by_itself = lending.room->movable = true;
    lending.counted_from = arch::now_ticks();
    lending.moved_weight = weight;
    lending.moved_from = from;
    thread.conduct.stay_until(settled_at(torus));
    sent_program_arrived(torus, thread.process->pid);
    return {};
}

void call_home(Thread& thread)
{
    Lending* const lending = thread.lending;
    if (lending == nullptr)
        return;
    lending->wanted = this_torus().number;
    recall(thread);
}

void fetch_float(Thread& thread)
{
    if (thread.lending == nullptr || !std::exchange(thread.lending->float_in_room, false))
        return;
    LimbRoom const& room = *thread.lending->room;
    thread.float_used = room.float_used;
    if (room.float_used)
        copy_state(thread.float_state, room.float_state);
}

void end_lending(Thread& thread)
{
    Torus& torus = this_torus();
    fetch_float(thread);
    Lending* const lending = std::exchange(thread.lending, nullptr);
    if (lending == nullptr)
        return;
    thread.leaving &= static_cast<std::uint8_t>(~leaves_to_limb);
    thread.space->loses_walker();
    follow_sequence(thread);
    torus.frames.release(FramePool::frame_of(lending->room));
    lending->room = nullptr;
    lending->thread = nullptr;
    if (lending->by_itself)
        sent_program_ended(torus, thread.process->pid);
    if (!lending->known)
        return torus.limbs->lendings.destroy(lending);
    lending->out.kind = OutKind::Drop;
    send_from(torus, link_of(torus, *lending), lending->out);
}

// Or it stays here.
static void change_limb(Thread& thread, unsigned to)
{
    bool const by_itself = thread.lending->by_itself;
    unsigned const from = thread.lending->torus;
    end_lending(thread);
    (void)(by_itself && to != this_torus().number ? lend_by_itself(thread, to, from, weight_in_books(thread))
                                                  : lend(thread, to));
}

void go_to_limb(Thread& thread)
{
    Torus& torus = this_torus();
    Lending& lending = *thread.lending;
    LimbRule const& rule = torus.limbs->rule;
    if (rule.which == LimbRule::Which::Random && torus.random->next() % 8 == 0)
        lending.wanted = draw(torus, thread, rule);
    if (!may_be_lent(thread)) [[unlikely]]
        lending.wanted = torus.number;
    if (lending.by_itself && !pays(lending)) [[unlikely]] {
        lending.wanted = torus.number;
        thread.conduct.stay_until(arch::now_ticks() + arch::ticks_per_second() / 2);
    }
    if (lending.wanted != lending.torus) [[unlikely]]
        return change_limb(thread, lending.wanted);
    lending.sequence = ++torus.limbs->last_sequence;
    lending.recalled = false;
    charge_current();
    write_room(thread, lending);
    torus.run_queue.dequeue(thread.entity);
    thread.state = ThreadState::Lent;
    torus.current = nullptr;
    lending.out.kind = OutKind::Run;
    send_from(torus, link_of(torus, lending), lending.out);
}

bool settle_trap(Thread& thread)
{
    Lending* const lending = thread.lending;
    if (lending == nullptr || !std::exchange(lending->trapped, false))
        return true;
    Trap const& trap = lending->trap;
    bool goes_on = true;
    if (trap.kind == Trap::Kind::Page) {
        goes_on = settle_page_fault(thread, Uaddr{trap.address}, trap.access, trap.syndrome);
        if (goes_on)
            go_ahead(thread, *lending);
    } else {
        force_fault(thread, trap.signal, trap.code, trap.address, trap.syndrome);
    }
    if (!goes_on || thread.attention & ~attend_slice)
        follow_sequence(thread);
    return goes_on;
}

void recall(Thread& thread)
{
    if (thread.state != ThreadState::Lent)
        return;
    Torus& torus = this_torus();
    Lending& lending = *thread.lending;
    if (std::exchange(lending.recalled, true))
        return;
    if (lending.out.waits()) { // has not even gone
        take_out(torus, lending);
        follow_sequence(thread);
        return come_home(thread);
    }
    lending.out.kind = OutKind::Recall;
    send_from(torus, link_of(torus, lending), lending.out);
}

void run_fails(OutItem& item)
{
    Lending& lending = lending_of(item);
    if (lending.thread == nullptr)
        return;
    lending.wanted = this_torus().number;
    come_home(*lending.thread);
}

bool any_away_since(Thread const& caller, std::uint32_t sequence)
{
    for (Thread const& thread : caller.process->threads)
        if (thread.state == ThreadState::Lent
            && static_cast<std::int32_t>(thread.lending->sequence - sequence) <= 0)
            return true;
    return false;
}

void follow_affinity(Thread& thread)
{
    Torus& torus = this_torus();
    if (torus.limbs == nullptr)
        return;
    if (is_allowed(thread, torus.number) && torus.limbs->rule.which == LimbRule::Which::None)
        return call_home(thread); // from where it goes where there is room
    if (!is_allowed(thread, torus.number)) {
        torus.lends_new_threads = true; // children inherit it
        if (thread.lending != nullptr)
            thread.lending->by_itself = false;
    }
    if (!is_allowed(thread, runs_on(thread)))
        (void)lend(thread, is_allowed(thread, torus.number) ? torus.number : first_allowed(torus, thread));
}

void lend_by_rule(Thread& thread)
{
    Torus& torus = this_torus();
    mark_new_thread(torus, thread);
    if (!is_allowed(thread, torus.number))
        return follow_affinity(thread);
    LimbRule const& rule = torus.limbs->rule;
    if (rule.which != LimbRule::Which::None && (&thread != thread.process->leader() || rule.first_too))
        (void)lend(thread, draw(torus, thread, rule));
}

// ---- events ---------------------------------------------------------------------------------------------

static void name_run(Lending const& lending, EventType type, Event& event)
{
    event.type = static_cast<std::uint32_t>(type);
    event.sequence = lending.sequence;
    event.source = lending.name;
}

void make_run_event(Torus&, OutItem& item, Event& event)
{
    Lending& lending = lending_of(item);
    name_run(lending, EventType::Run, event);
    event.arguments[0] = reinterpret_cast<std::uint64_t>(lending.room);
    event.arguments[1] = std::exchange(lending.moved_weight, 0u);
    event.arguments[2] = lending.moved_from;
    lending.known = true;
}

void make_recall_event(Torus&, OutItem& item, Event& event)
{
    name_run(lending_of(item), EventType::Recall, event);
}

void make_drop_event(Torus& torus, OutItem& item, Event& event)
{
    Lending& lending = lending_of(item);
    name_run(lending, EventType::Drop, event);
    torus.limbs->lendings.destroy(&lending);
}

void take_back(Torus& torus, Link&, Event const& event)
{
    Thread* const thread = torus.processes->threads.find(event.target);
    if (thread == nullptr || thread->state != ThreadState::Lent
        || thread->lending->sequence != event.sequence)
        return; // never: it is away until this very event
    Lending& lending = *thread->lending;
    take_out(torus, lending); // a recall that comes too late
    if (lending.room->reason != BackReason::Refused)
        read_room(*thread, *lending.room);
    take_reason(*thread, lending);
    come_home(*thread);
    if (thread->entity.sched_class() == SchedClass::real_time) [[unlikely]]
        let_in(torus, *thread);
}

} // namespace torc
