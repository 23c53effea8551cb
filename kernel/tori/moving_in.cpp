// SPDX-License-Identifier: MIT
// The target's side of a move at rest: the embryo maps what was mapped, copies what was its own, and waits
// for the old torus's consent. The document, its lists and the pages are the old torus's, which keeps them
// until it has been told. A file that is taken is crossed out in the list: what is not goes back there.
#include "kernel/files/file_api.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/exec_space.hpp"
#include "kernel/process/process.hpp"
#include "kernel/signals/signal_records.hpp"
#include "kernel/tori/far_inode.hpp"
#include "kernel/tori/moving.hpp"
#include "kernel/tori/travel.hpp"
#include "kernel/torus.hpp"
#include <algorithm>
#include <utility>

namespace torc {
namespace {

enum Step : std::uint8_t { opens, maps, copies, waits };

TravelRest& rest_of(RestartRecord const& record)
{
    return *at_frame<TravelRest>(record.object);
}

// The file of the mapping before, counted.
OpenFile*& last_file(RestartRecord& record)
{
    return reinterpret_cast<OpenFile*&>(record.extra[0]); // SAFETY: nothing else is ever stored there
}

void drop_last_file(RestartRecord& record)
{
    if (OpenFile* const file = std::exchange(last_file(record), nullptr))
        release(*file);
}

Result<OpenFile*> take(Lent& file)
{
    OpenFile* const taken = TRY(receive(file));
    file.handle = Handle{};
    return taken;
}

Result<void> take_executable(Process& process, TravelRest& rest)
{
    if (!rest.executable.handle.is_null())
        process.executable = TRY(take(rest.executable));
    return {};
}

// nullptr: none. NotYet: its owner has to be asked what it is.
Result<OpenFile*> backing_of(Process const& process, RestartRecord& record, TravelMapping& entry)
{
    if (entry.backing == TravelMapping::Backing::None)
        return nullptr;
    if (!entry.file.handle.is_null()) {
        drop_last_file(record);
        last_file(record) = TRY(take(entry.file));
    }
    OpenFile* const file
        = entry.backing == TravelMapping::Backing::Executable ? process.executable : last_file(record);
    if (file->kind == FileKind::Far)
        TRY(learn_far_file(*file));
    if (file->inode == nullptr)
        return unexpected{Status::Stale};
    return file;
}

Result<void> map_one(Thread& thread, TravelMapping& entry)
{
    OpenFile* const file = TRY(backing_of(*thread.process, thread.restart, entry));
    constexpr std::uint16_t found_here = Mapping::borrowed | Mapping::private_pages;
    TRY(thread.space->map({.address = entry.start,
        .length = entry.end - entry.start,
        .protection = entry.protection,
        .flags = static_cast<std::uint16_t>(entry.flags & ~found_here),
        .place = MapRequest::Place::Fixed,
        .source = entry.source,
        .file = file,
        .inode = file != nullptr ? file->inode : nullptr,
        .offset = entry.offset}));
    return {};
}

// An entry of a list. True: it was the last.
template <typename List, typename Take> Result<bool> list_step(RestartRecord& record, Take&& take_entry)
{
    if (record.cursor == 0)
        return true;
    List& list = *at_frame<List>(record.cursor);
    if (record.small < list.count)
        TRY(take_entry(list.entries[record.small++]));
    if (record.small >= list.count) {
        record.cursor = list.next;
        record.small = 0;
    }
    return record.cursor == 0;
}

Result<bool> map_step(Thread& thread)
{
    RestartRecord& record = thread.restart;
    auto const before = record.small;
    Result<bool> const mapped
        = list_step<MappingList>(record, [&](TravelMapping& entry) { return map_one(thread, entry); });
    if (!mapped)
        record.small = before; // NotYet: once more
    return mapped;
}

Result<bool> copy_step(Thread& thread)
{
    return list_step<PageList>(thread.restart, [&](Space::PrivatePage const& page) {
        return thread.space->adopt_page(Uaddr{page.address}, at_frame<std::byte const>(page.frame));
    });
}

// What would have consequences if it failed before.
void settle(Thread& thread, TravelRest const& rest)
{
    Space& space = *thread.space;
    set_space_limits(space, thread.process->limits);
    space.set_recent_gap(rest.recent_gap);
    space.locked_pages = rest.locked_pages;
    space.lock_future = rest.lock_future;
    space.peak_resident = std::max(space.peak_resident, rest.peak_resident);
    space.peak_mapped = std::max(space.peak_mapped, rest.peak_mapped);
    copy_user_words(rest, thread);
}

Result<bool> step(Thread& thread)
{
    RestartRecord& record = thread.restart;
    TravelRest& rest = rest_of(record);
    switch (record.step) {
    case opens:
        TRY(take_executable(*thread.process, rest));
        record.cursor = rest.mappings;
        return true;
    case maps:
        if (!TRY(map_step(thread)))
            return false;
        drop_last_file(record);
        record.cursor = rest.pages;
        return true;
    default:
        if (!TRY(copy_step(thread)))
            return false;
        settle(thread, rest);
        return true;
    }
}

} // namespace

Result<void> open_at_rest(TravelDocument const& from, Thread& thread)
{
    auto const& rest = *at_frame<TravelRest const>(from.rest);
    FramePool const& frames = this_torus().frames;
    if (rest.page_count + frames.reserve_pages() > frames.free_pages())
        return unexpected{Status::NoMemory}; // rather than copy for nothing
    Process& process = *thread.process;
    Space* const space = TRY(Space::create());
    process.space = thread.space = space;
    space->layout = rest.layout;
    space->barrier_registrations = rest.barrier_registrations;
    std::copy_n(rest.actions, signal_count, process.actions);
    process.dumpable = rest.dumpable;
    process.executed = rest.executed;
    copy_registers(rest, thread);
    thread.restart.kind = CallKind::Arrive;
    thread.restart.object = from.rest;
    return {};
}

Outcome arrive_resume(Thread& thread)
{
    RestartRecord& record = thread.restart;
    while (record.step < waits) {
        Result<bool> const done = step(thread);
        if (!done && done.error() == Status::NotYet)
            return Status::NotYet;
        if (!done) {
            drop_last_file(record);
            embryo_failed(thread, Outcome{done.error()}, false);
            return Outcome::again();
        }
        if (*done) {
            ++record.step;
            record.small = 0;
        }
        if (must_yield(thread))
            return Outcome::again();
    }
    Outcome const may_go_on = await_departure(thread);
    if (!may_go_on.finished())
        return may_go_on;
    record.clear();
    if (thread.sequence_area != 0)
        thread.attention |= attend_sequence;
    return Outcome::no_return();
}

} // namespace torc
