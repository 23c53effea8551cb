// SPDX-License-Identifier: MIT
// The birth torus's side of a move at rest: whether it can be, the lists of mappings and pages, the
// departure.
#include "kernel/tori/moving.hpp"
#include "arch/cpu.hpp"
#include "kernel/files/fd_table.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/exit.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/random.hpp"
#include "kernel/signals/pending.hpp"
#include "kernel/signals/signal_records.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/machine_sums.hpp"
#include "kernel/tori/placement.hpp"
#include "kernel/tori/roles.hpp"
#include "kernel/tori/travel.hpp"
#include "kernel/torus.hpp"
#include "substrate/projection.hpp"
#include <algorithm>
#include <bit>
#include <span>

namespace torc {
namespace {

using Phase = MoveState::Phase;
using Backing = TravelMapping::Backing;

MoveState& state_of(RestartRecord const& record)
{
    return *reinterpret_cast<MoveState*>(record.object); // SAFETY: begin_move put it there
}

// ---- whether, and where to ------------------------------------------------------------------------------

// What is in such a file is about the process that has it, or about its other files: the process stays with
// them.
bool has_bound_files(FdTable const& files)
{
    for (unsigned fd = files.next_used(0); fd < FdTable::limit; fd = files.next_used(fd + 1)) {
        FileKind const kind = files.get(static_cast<int>(fd))->kind;
        if (kind == FileKind::Epoll || kind == FileKind::Signals)
            return true;
    }
    return false;
}

bool can_move_at_rest(Thread const& thread)
{
    Process const& process = *thread.process;
    return can_move(thread) && process.executed && process.vfork_parent == nullptr
        && process.space->last_reference() && process.space->turn.holder == nullptr
        && thread.held_locks == nullptr && thread.pending.set == 0 && !has_bound_files(*process.files);
}

constexpr unsigned traps_between_moves = 50; // by lot, on average

bool may_be_on(Torus const& torus, Thread const& thread, unsigned number)
{
    return is_allowed(thread, number) && policy_of(torus, number) == TorusPolicy::open;
}

// This torus's number: nowhere, for now.
unsigned draw_place(Torus& torus, Thread const& thread)
{
    if (torus.random->next() % traps_between_moves != 0)
        return torus.number;
    auto const drawn = static_cast<unsigned>(torus.random->next() % torus.tori);
    return may_move_to(*thread.process, drawn) && may_be_on(torus, thread, drawn) ? drawn : torus.number;
}

// Who finds none is not asked again until its torus's policy changes, or it is found asleep where it does not
// suit.
unsigned find_place(Torus& torus, Thread& thread)
{
    unsigned const place = torus.rounds.policy == TorusPolicy::open
        ? place_for_sleeper(torus, thread)
        : choose_place(torus, thread, {.weight = thread.entity.weight()});
    if (place == torus.number)
        thread.leaving &= static_cast<std::uint8_t>(~leaves_for_good);
    return place;
}

// ---- lists ----------------------------------------------------------------------------------------------

// The frame that has room for `more` entries; a new one behind it if need be.
template <typename List> Result<List*> list_with_room(FrameChain& chain, unsigned more)
{
    List* const last = chain.last != 0 ? at_frame<List>(chain.last) : nullptr;
    if (last != nullptr && last->count + more <= List::limit)
        return last;
    std::uint64_t const frame = TRY(this_torus().frames.take(FrameKind::Special)).raw();
    List* const fresh = at_frame<List>(frame);
    fresh->next = fresh->count = 0;
    chain.last = frame;
    (last != nullptr ? last->next : chain.first) = frame;
    return fresh;
}

// The file behind a mapping; Stale: it must not be moved, NoMemory.
Result<void> list_backing(Process const& process, Mapping& m, TravelMapping& to)
{
    to.backing = Backing::None;
    to.file = {};
    if (m.source != MapSource::File)
        return {};
    if (m.file == nullptr)
        return unexpected{Status::Stale};
    Mapping const* const before = process.space->before(m);
    if (m.file == process.executable) {
        to.backing = Backing::Executable;
    } else if (before != nullptr && before->file == m.file) {
        to.backing = Backing::Last;
    } else {
        to.backing = Backing::Own;
        to.file = lend(*m.file);
        if (to.file.handle.is_null())
            return unexpected{Status::NoMemory};
    }
    return {};
}

// Futexes in such memory meet on the torus that its users are on.
bool is_shared_with_others(Mapping const& m)
{
    constexpr std::uint8_t writable = 2;
    return m.is_shared() && m.protection & writable;
}

// One mapping; true: it was the last.
Result<bool> list_mapping(Process const& process, MoveState& state)
{
    Mapping* const m = process.space->first_at_or_after(state.at);
    if (m == nullptr)
        return true;
    if (is_shared_with_others(*m))
        return unexpected{Status::Stale};
    auto& list = *TRY(list_with_room<MappingList>(state.mappings, 1));
    TravelMapping& entry = list.entries[list.count];
    TRY(list_backing(process, *m, entry));
    entry.start = m->start;
    entry.end = m->end;
    entry.offset = m->offset;
    entry.flags = m->flags;
    entry.protection = m->protection;
    entry.source = m->source;
    ++list.count;
    state.at = m->end;
    return false;
}

// A grain of pages; true: they were the last.
Result<bool> list_pages(Process const& process, MoveState& state)
{
    Mapping const* const m = process.space->first_at_or_after(state.at);
    if (m == nullptr)
        return true;
    if (!(m->flags & Mapping::private_pages)) {
        state.at = m->end;
        return false;
    }
    auto& list = *TRY(list_with_room<PageList>(state.pages, Space::private_grain));
    state.at = process.space->private_pages_step(*m, state.at, list.entries, list.count);
    return false;
}

Result<void> list_step(Process const& process, MoveState& state)
{
    bool const done
        = TRY(state.phase == Phase::Mappings ? list_mapping(process, state) : list_pages(process, state));
    if (!done)
        return {};
    state.at = 0;
    state.phase = state.phase == Phase::Mappings ? Phase::Pages : Phase::Travel;
    return {};
}

// Files that nobody has taken are ours again. In the order they were lent in, so that each is at its mapping.
void take_files_back(Process const& process, MappingList& list)
{
    for (TravelMapping const& entry : std::span{list.entries, list.count})
        if (entry.backing == Backing::Own && !entry.file.handle.is_null())
            take_back(entry.file.weight, *process.space->find(Uaddr{entry.start})->file);
}

// A grain of giving the lists back; true when nothing is left of them.
bool drop_lists_step(Process const& process, MoveState& state)
{
    FramePool& frames = this_torus().frames;
    if (std::uint64_t const frame = state.mappings.first) {
        auto& list = *at_frame<MappingList>(frame);
        take_files_back(process, list);
        state.mappings.first = list.next;
        frames.release(Paddr{frame});
    } else if (std::uint64_t const of_pages = state.pages.first) {
        state.pages.first = at_frame<PageList>(of_pages)->next;
        frames.release(Paddr{of_pages});
    }
    return state.mappings.first == 0 && state.pages.first == 0;
}

// ---- the document ---------------------------------------------------------------------------------------

void write_space(Space& space, TravelRest& to)
{
    to.layout = space.layout;
    to.recent_gap = space.recent_gap();
    to.locked_pages = space.locked_pages;
    to.lock_future = space.lock_future;
    to.peak_resident = space.peak_resident;
    to.peak_mapped = space.peak_mapped;
    to.barrier_registrations = space.barrier_registrations;
}

Result<void> write_rest(Thread& thread, MoveState& state)
{
    Process& process = *thread.process;
    Lent executable{};
    if (process.executable != nullptr) {
        executable = lend(*process.executable);
        if (executable.handle.is_null())
            return unexpected{Status::NoMemory};
    }
    Result<void> const written = write_document(thread, state.travel, Descriptors::All);
    if (!written) {
        if (process.executable != nullptr)
            take_back(executable.weight, *process.executable);
        return written;
    }
    auto& rest = *at_frame<TravelRest>(state.travel.frames[2]);
    copy_registers(thread, rest);
    copy_user_words(thread, rest);
    write_space(*process.space, rest);
    std::copy_n(process.actions, signal_count, rest.actions);
    rest.dumpable = process.dumpable;
    rest.executed = process.executed;
    rest.executable = executable;
    rest.mappings = state.mappings.first;
    rest.pages = state.pages.first;
    rest.page_count = process.space->resident_pages() - process.space->resident_file_pages();
    at_frame<TravelDocument>(state.travel.frames[0])->rest = state.travel.frames[2];
    return {};
}

void drop_rest(Thread& thread, MoveState& state)
{
    if (state.travel.frames[2] == 0)
        return;
    Lent const& executable = at_frame<TravelRest>(state.travel.frames[2])->executable;
    if (!executable.handle.is_null())
        take_back(executable.weight, *thread.process->executable);
    drop_document(thread, state.travel);
}

// ---- the end --------------------------------------------------------------------------------------------

// Whoever looks at these, it is not the end of the thread.
void forget_user_words(Thread& thread)
{
    thread.clear_tid = thread.robust_list = thread.sequence_area = 0;
}

// What came for the thread meanwhile is its process's from now on: there is no other thread.
void pass_signals_on(Thread& thread)
{
    Process& process = *thread.process;
    while (thread.pending.set != 0) {
        auto const signal = static_cast<unsigned>(std::countr_zero(thread.pending.set)) + 1;
        SignalInfo scratch;
        SignalInfo info = pending_take(thread.pending, process, signal, scratch);
        info.signo = static_cast<std::int32_t>(signal);
        (void)pending_add(process.pending, process, info);
    }
}

Outcome end_move(Thread& thread, MoveState& state)
{
    Torus& torus = this_torus();
    bool const gone = has_gone(state.travel);
    Handle const home = state.travel.home;
    torus.processes->moves.destroy(&state);
    thread.restart.clear();
    if (!gone) {
        sent_program_ended(torus, thread.process->pid);
        thread.leaving &= static_cast<std::uint8_t>(~leaves_for_good);
        return Outcome::no_return();
    }
    forget_user_words(thread);
    pass_signals_on(thread);
    return depart(thread, home);
}

Outcome travel_step(Thread& thread, MoveState& state)
{
    TravelState& travel = state.travel;
    switch (travel.step) {
    case TravelState::begins:
        if (travel.frames[0] == 0 && !write_rest(thread, state))
            return 0;
        return send_document(thread, travel);
    case TravelState::sent:
        return sleep_until(thread, no_deadline, OnSignal::Never);
    default:
        return has_gone(travel) && !tell_new_home(thread, travel) ? Outcome::blocked() : 0;
    }
}

} // namespace

bool begin_move(Thread& thread)
{
    Torus& torus = this_torus();
    if (thread.process->pid == 1 || torus.far == nullptr) {
        thread.leaving &= leaves_to_limb; // never
        return false;
    }
    if (!can_move_at_rest(thread)) {
        if (torus.rounds.policy == TorusPolicy::open) // only a wish
            thread.leaving &= static_cast<std::uint8_t>(~leaves_for_good);
        return false;
    }
    if (thread.leaving & leaves_by_lot)
        thread.attention |= attend_reschedule; // it comes here again after its next trap
    unsigned const target
        = thread.leaving & leaves_by_lot ? draw_place(torus, thread) : find_place(torus, thread);
    if (target == torus.number)
        return false;
    MoveState* const state = link_to(torus, target) ? torus.processes->moves.create() : nullptr;
    if (state == nullptr)
        return sent_program_ended(torus, thread.process->pid), false;
    state->travel.target = target;
    end_lending(thread);
    arch::save_float(thread);
    thread.thread_pointer = arch::thread_pointer(thread);
    thread.restart.kind = CallKind::Move;
    thread.restart.object = reinterpret_cast<std::uint64_t>(state);
    thread.in_call = true;
    return true;
}

Outcome move_resume(Thread& thread)
{
    MoveState& state = state_of(thread.restart);
    while (state.phase < Phase::Travel) {
        if (!list_step(*thread.process, state))
            state.phase = Phase::Over;
        if (must_yield(thread))
            return Outcome::again();
    }
    if (state.phase == Phase::Travel) {
        Outcome const outcome = travel_step(thread, state);
        if (!outcome.finished())
            return outcome;
        drop_rest(thread, state);
        state.phase = Phase::Over;
    }
    if (!make_steps(thread, [&] { return drop_lists_step(*thread.process, state); }))
        return Outcome::again();
    return end_move(thread, state);
}

bool move_abandon_step(Thread& thread)
{
    MoveState& state = state_of(thread.abandoned);
    if (state.travel.step == TravelState::sent)
        return (void)sleep_until(thread, no_deadline, OnSignal::Never), false;
    if (has_gone(state.travel) && !tell_new_home(thread, state.travel))
        return false;
    drop_rest(thread, state);
    if (!drop_lists_step(*thread.process, state))
        return false;
    if (has_gone(state.travel)) {
        forget_user_words(thread);
        die_elsewhere(*thread.process, state.travel.home);
    }
    this_torus().processes->moves.destroy(&state);
    return true;
}

namespace {

void ask_to_leave(Torus const& torus, Thread& thread)
{
    bool const is_pinned = torus.number < 64 && (thread.affinity & ~(1ull << torus.number)) == 0;
    if (is_pinned)
        return;
    thread.leaving |= leaves_for_good;
    if (torus.current == &thread)
        thread.attention |= attend_reschedule;
    recall(thread);
}

// Who has several threads cannot move.
void ask_to_leave(Torus const& torus, Process& process)
{
    if (process.home.is_null() && !process.embryo && process.live_threads == 1)
        for (Thread& thread : process.threads)
            ask_to_leave(torus, thread);
}

} // namespace

void ask_all_to_leave(Torus& torus)
{
    torus.lends_new_threads = torus.limbs != nullptr;
    std::int32_t pid = 0;
    while (Process* const process = next_process(pid))
        ask_to_leave(torus, *process);
    for (auto& arrivals : torus.processes->arrivals)
        for (Process& process : arrivals)
            ask_to_leave(torus, process);
}

void mark_new_thread(Torus const& torus, Thread& thread)
{
    if (torus.rounds.policy != TorusPolicy::open)
        ask_to_leave(torus, thread);
    if (!torus.links->moves_at_random)
        return;
    thread.leaving |= leaves_by_lot;
    thread.attention |= attend_reschedule;
}

} // namespace torc
