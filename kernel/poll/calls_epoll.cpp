// SPDX-License-Identifier: MIT
// epoll_create1, epoll_ctl, epoll_pwait, epoll_pwait2.
//
// A wait keeps in its restart record: deadline_ticks and timed, saved_mask and mask_saved. The file is held
// by the thread.
#include "arch/clock.hpp"
#include "kernel/files/anonymous_file.hpp"
#include "kernel/files/descriptor.hpp"
#include "kernel/files/file_operations.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/poll/epoll_set.hpp"
#include "kernel/poll/poll_table.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/tori/far_inode.hpp"
#include "kernel/tori/watch.hpp"

namespace torc {
namespace {

// ---- changing a set ---------------------------------------------------------------------------------------

enum class Change : std::uint32_t { Add = 1, Remove = 2, Modify = 3 };

bool may_be_exclusive(OpenFile const& target, Change change, std::uint32_t events)
{
    using namespace poll_event;
    constexpr std::uint32_t fitting
        = in | out | error | hang_up | epoll_event::wake_up | epoll_event::edge | epoll_event::exclusive;
    if (change == Change::Modify)
        return false;
    return change != Change::Add || (target.kind != FileKind::Epoll && (events & ~fitting) == 0);
}

// What another torus's file is; NotYet.
Result<void> check_far_target(OpenFile& target)
{
    TRY(learn_far_file(target));
    auto const kind = static_cast<FileKind>(far_facts(target).kind);
    if (kind == FileKind::PathOnly)
        return unexpected{Status::BadDescriptor};
    if (file_operations[static_cast<unsigned>(kind)]->poll == nullptr)
        return unexpected{Status::NotPermitted};
    return {};
}

Outcome change_set(EpollSet& set, OpenFile& target, std::int32_t fd, Change change, EpollEvent const& event)
{
    EpollItem* const item = find_item(set, target, fd);
    switch (change) {
    case Change::Add:
        return item != nullptr ? Outcome{Status::Exists} : add_item(set, target, fd, event);
    case Change::Remove:
        if (item == nullptr)
            return Status::NotFound;
        remove_item(*item);
        return 0;
    case Change::Modify:
        if (item == nullptr)
            return Status::NotFound;
        if (item->events & epoll_event::exclusive)
            return Status::BadArgument;
        change_item(*item, event);
        return 0;
    }
    return Status::BadArgument;
}

// ---- waiting ----------------------------------------------------------------------------------------------

// Another torus's file is asked there. `asks`: its answer makes the item one that may be ready.
std::uint32_t ask_for(Thread& thread, EpollItem& item, bool& asks)
{
    if (item.file->kind != FileKind::Far) [[likely]]
        return ask(item);
    bool const edge = item.events & epoll_event::edge;
    if (edge && item.edges == edges_of(*item.file))
        return 0; // woken for others
    PollTable table{thread, nullptr};
    table.want(item.events);
    if (edge || thread.restart.small != 0)
        table.look_anew();
    std::uint32_t const found = operations_of(*item.file).poll(*item.file, &table) & item.events;
    free_waiters(table.first()); // the item has its own
    asks |= table.asks();
    if (edge && !table.asks())
        item.edges = edges_of(*item.file);
    return found;
}

// Takes what may be ready from the front of the list, those that were there when it began: what is ready
// still is told, and goes to the end if its level counts. As many as fit, or fewer after a grain.
Outcome tell_ready(Thread& thread, EpollSet& set, Uaddr events, std::int32_t most, bool& asks)
{
    constexpr unsigned grain = 4;
    std::int32_t told = 0;
    unsigned looked = 0;
    EpollItem const* const last = set.ready.empty() ? nullptr : &set.ready.back();
    bool more = last != nullptr;
    while (more && told < most) {
        EpollItem& item = set.ready.front();
        more = &item != last;
        std::uint32_t const found = ask_for(thread, item, asks);
        if (found != 0) {
            EpollEvent const event{found, 0, item.data};
            if (!copy_out(events + static_cast<std::uint64_t>(told) * sizeof event, event))
                return told != 0 ? Outcome{told} : Outcome{Status::BadAddress};
        }
        set.ready.pop_front();
        if (found != 0) {
            ++told;
            if (item.events & epoll_event::one_shot)
                item.events &= epoll_event::own;
            else if (!(item.events & epoll_event::edge))
                set.ready.push_back(item);
        }
        if (more && ++looked % grain == 0 && must_yield(thread))
            return told != 0 ? Outcome{told} : Outcome::again();
    }
    return told;
}

struct WaitRequest {
    std::uint64_t events, mask, mask_size;
    std::int32_t fd, most;
};

// Ready comes before the end of the time, and that before a signal.
Outcome wait_in(Thread& thread, EpollSet& set, WaitRequest const& request)
{
    RestartRecord& record = thread.restart;
    bool asks = false;
    Outcome const told = tell_ready(thread, set, Uaddr{request.events}, request.most, asks);
    if (!set.ready.empty() && !set.waiters.empty()) // there is something for others too
        set.waiters.wake_one();
    if (!told.finished() || told.value() != 0)
        return told;
    if (record.timed && !asks && arch::now_ticks() >= record.deadline_ticks)
        return 0;
    std::uint64_t const deadline = record.timed && !asks ? record.deadline_ticks : no_deadline;
    return block_until(thread, set.waiters, deadline, OnSignal::Interrupt);
}

Outcome check_and_wait(Thread& thread, WaitRequest const& request)
{
    constexpr std::int32_t limit = 0x7fff'ffff / static_cast<std::int32_t>(sizeof(EpollEvent));
    if (request.most <= 0 || request.most > limit)
        return Status::BadArgument;
    if (!user_range(Uaddr{request.events}, static_cast<std::uint64_t>(request.most) * sizeof(EpollEvent)))
        return Status::BadAddress;
    OpenFile* const held = thread.held_file;
    OpenFile& file = *(held != nullptr ? held : TRY(descriptor(thread, request.fd)));
    if (file.kind != FileKind::Epoll)
        return Status::BadArgument;
    return hold_while_waiting(thread, file, wait_in(thread, *file.epoll, request));
}

// The first run notes when the time is over and replaces the mask.
Result<void> begin(Thread& thread, WaitRequest const& request, std::uint64_t deadline)
{
    RestartRecord& record = thread.restart;
    if (request.mask != 0) {
        if (request.mask_size != sizeof(SignalSet))
            return unexpected{Status::BadArgument};
        replace_mask(thread, TRY(copy_in<SignalSet>(Uaddr{request.mask})));
    }
    record.kind = CallKind::Epoll;
    record.deadline_ticks = deadline;
    record.timed = deadline != no_deadline;
    record.small = record.timed && deadline <= arch::now_ticks();
    return {};
}

Outcome epoll_wait(Thread& thread, WaitRequest const& request)
{
    Outcome const outcome = check_and_wait(thread, request);
    if (!outcome.finished())
        return outcome;
    // Here, not at the run loop's end: a signal that the mask let in did not end the call, and stays pending.
    if (thread.restart.mask_saved)
        restore_saved_mask(thread);
    return outcome;
}

} // namespace

namespace linux_abi {

Outcome call_epoll_create1(Thread& thread, Arguments const& arguments)
{
    auto const flags = static_cast<std::uint32_t>(arguments[0]);
    if (flags & ~open_flag::close_on_exec)
        return Status::BadArgument;
    OpenFile& file = *TRY(create_anonymous_file(FileKind::Epoll, 0));
    file.epoll = file_records().epoll_sets.create();
    if (file.epoll == nullptr) {
        release(file);
        return Status::NoMemory;
    }
    file.epoll->file = &file;
    return give_descriptor(thread, file, flags);
}

Outcome call_epoll_ctl(Thread& thread, Arguments const& arguments)
{
    auto const change = static_cast<Change>(static_cast<std::uint32_t>(arguments[1]));
    EpollEvent event{};
    if (change != Change::Remove)
        event = TRY(copy_in<EpollEvent>(Uaddr{arguments[3]}));
    OpenFile& file = *TRY(descriptor(thread, arguments.as_int(0)));
    OpenFile& target = *TRY(descriptor_here(thread, arguments.as_int(2)));
    if (target.kind == FileKind::PathOnly)
        return Status::BadDescriptor;
    if (target.kind == FileKind::Far)
        TRY(check_far_target(target));
    if (operations_of(target).poll == nullptr)
        return Status::NotPermitted;
    if (!thread.process->credentials.capable(Capability::BlockSuspend))
        event.events &= ~epoll_event::wake_up;
    if (&file == &target || file.kind != FileKind::Epoll)
        return Status::BadArgument;
    bool const exclusive = change != Change::Remove && (event.events & epoll_event::exclusive);
    if (exclusive && !may_be_exclusive(target, change, event.events))
        return Status::BadArgument;
    return change_set(*file.epoll, target, arguments.as_int(2), change, event);
}

Outcome call_epoll_pwait(Thread& thread, Arguments const& arguments)
{
    WaitRequest const request{
        arguments[1], arguments[4], arguments[5], arguments.as_int(0), arguments.as_int(2)};
    if (thread.restart.kind != CallKind::Epoll) {
        std::int32_t const timeout_ms = arguments.as_int(3);
        std::uint64_t const deadline = timeout_ms < 0
            ? no_deadline
            : deadline_after(static_cast<std::uint64_t>(timeout_ms) * 1'000'000);
        TRY(begin(thread, request, deadline));
    }
    return epoll_wait(thread, request);
}

Outcome call_epoll_pwait2(Thread& thread, Arguments const& arguments)
{
    WaitRequest const request{
        arguments[1], arguments[4], arguments[5], arguments.as_int(0), arguments.as_int(2)};
    if (thread.restart.kind != CallKind::Epoll) {
        std::uint64_t const deadline = TRY(deadline_from_user(arguments[3]));
        TRY(begin(thread, request, deadline));
    }
    return epoll_wait(thread, request);
}

} // namespace linux_abi
} // namespace torc
