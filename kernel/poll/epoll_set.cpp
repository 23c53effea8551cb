// SPDX-License-Identifier: MIT
#include "kernel/poll/epoll_set.hpp"
#include "kernel/files/anonymous_file.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/kind_operations.hpp"
#include "kernel/format.hpp"
#include "kernel/poll/poll_table.hpp"
#include "kernel/tori/watch.hpp"

namespace torc {
namespace {

constexpr std::uint32_t readable = poll_event::in | poll_event::read_normal;

void tell_watchers(EpollSet& set)
{
    set.waiters.wake_one();
    if (!set.pollers.empty())
        set.pollers.wake(~0u, readable);
}

void note_ready(EpollItem& item)
{
    if (!item.in_ready.is_linked())
        item.set->ready.push_back(item);
    tell_watchers(*item.set);
}

// It is to be asked for at the next look, whatever has happened.
void start_edges(EpollItem& item)
{
    if (item.file->kind == FileKind::Far)
        item.edges = edges_of(*item.file) - 1;
}

// The open file has four bytes for it: the item's number in the pool.
void set_first_item(OpenFile& file, EpollItem const* item)
{
    file.first_item = item != nullptr ? file_records().epoll_items.index_of(item) + 1 : 0;
}

void join_file(EpollItem& item)
{
    item.next_of_file = first_item(*item.file);
    if (item.next_of_file != nullptr)
        item.next_of_file->previous_of_file = &item;
    set_first_item(*item.file, &item);
}

void leave_file(EpollItem& item)
{
    if (item.next_of_file != nullptr)
        item.next_of_file->previous_of_file = item.previous_of_file;
    if (item.previous_of_file != nullptr)
        item.previous_of_file->next_of_file = item.next_of_file;
    else
        set_first_item(*item.file, item.next_of_file);
}

Result<EpollItem*> create_item()
{
    auto& items = file_records().epoll_items;
    EpollItem* const item = items.create();
    if (item == nullptr)
        return unexpected{items.live() >= items.limit() ? Status::NoSpace : Status::NoMemory};
    return item;
}

std::uint32_t poll_set(OpenFile& file, PollTable* table)
{
    EpollSet& set = *file.epoll;
    if (table != nullptr)
        table->wait_in(set.pollers, readable);
    while (!set.ready.empty()) {
        EpollItem& item = set.ready.front();
        if (item.file->kind == FileKind::Far) // not asked for this: who waits in the set asks
            return readable;
        if (ask(item) != 0)
            return readable;
        set.ready.pop_front();
    }
    return 0;
}

void release_set(OpenFile& file)
{
    EpollSet* const set = file.epoll;
    if (set == nullptr)
        return;
    set->file = nullptr;
    set->waiters.dissolve();
    set->pollers.dissolve();
    if (!free_set_step(*set)) {
        file_records().dying_sets.push_back(*set);
        file_records().something_dies = true;
    }
}

// The items of one descriptor a record: mostly one.
bool describe_set(OpenFile& file, std::uint64_t& cursor, FormatSink& out)
{
    EpollSet& set = *file.epoll;
    EpollItem probe;
    probe.fd = static_cast<std::int32_t>(cursor);
    auto it = set.items.lower_bound(probe);
    if (it == set.items.end())
        return false;
    std::int32_t const fd = it->fd;
    for (; it != set.items.end() && it->fd == fd; ++it) {
        Inode const* const inode = it->file->inode; // nullptr: another torus's
        format_to(out, "tfd: {:>8} events: {:>8x} data: {:>16x}  pos:{} ino:{:x} sdev:{:x}\n", it->fd,
            it->events, it->data, it->file->can_seek ? it->file->offset : 0,
            inode != nullptr ? inode->number : 0, inode != nullptr ? inode->filesystem->device : 0);
    }
    cursor = static_cast<std::uint64_t>(fd) + 1;
    return it != set.items.end();
}

} // namespace

EpollItem* first_item(OpenFile const& file)
{
    return file.first_item != 0 ? file_records().epoll_items.at(file.first_item - 1) : nullptr;
}

EpollItem* find_item(EpollSet& set, OpenFile& file, std::int32_t fd)
{
    EpollItem probe;
    probe.fd = fd;
    probe.file = &file;
    auto const found = set.items.find(probe);
    return found == set.items.end() ? nullptr : &*found;
}

std::uint32_t ask(EpollItem& item)
{
    return operations_of(*item.file).poll(*item.file, nullptr) & item.events;
}

Result<void> add_item(EpollSet& set, OpenFile& file, std::int32_t fd, EpollEvent event)
{
    bool const is_set = file.kind == FileKind::Epoll;
    if (is_set)
        TRY(check_nesting(set, *file.epoll));
    EpollItem& item = *TRY(create_item());
    item.set = &set;
    item.file = &file;
    item.fd = fd;
    item.data = event.data;
    item.events = event.events | poll_event::error | poll_event::hang_up;
    start_edges(item);
    set.items.insert(item);
    set.nested += is_set;
    join_file(item);
    if (is_set || set.file->first_item != 0)
        if (auto const few = check_ways(item); !few) {
            remove_item(item);
            return few;
        }
    PollTable table{item};
    std::uint32_t const found = operations_of(file).poll(file, &table);
    item.waiters = table.first();
    if (table.failed()) {
        remove_item(item);
        return unexpected{Status::NoMemory};
    }
    if ((found & item.events) != 0)
        note_ready(item);
    return {};
}

void change_item(EpollItem& item, EpollEvent event)
{
    item.events = event.events | poll_event::error | poll_event::hang_up;
    item.data = event.data;
    start_edges(item);
    if (item.file->kind == FileKind::Far || ask(item) != 0)
        note_ready(item);
}

void remove_item(EpollItem& item)
{
    EpollSet& set = *item.set;
    free_waiters(item.waiters);
    if (item.in_ready.is_linked())
        set.ready.erase(set.ready.iterator_to(item));
    set.items.erase(set.items.iterator_to(item));
    set.nested -= item.file->kind == FileKind::Epoll;
    leave_file(item);
    file_records().epoll_items.destroy(&item);
}

bool epoll_item_woken(EpollItem& item, std::uint32_t events)
{
    constexpr std::uint32_t directions = poll_event::in | poll_event::out;
    EpollSet& set = *item.set;
    bool const is_off = (item.events & ~epoll_event::own) == 0;
    if (is_off || (item.events & events) == 0 || set.file == nullptr)
        return false;
    bool const somebody = !set.waiters.empty();
    note_ready(item);
    std::uint32_t const told = events & directions;
    return somebody && (told == 0 || told == directions || (item.events & told) != 0);
}

void epoll_file_closed(OpenFile& file)
{
    while (EpollItem* const item = first_item(file))
        remove_item(*item);
}

bool free_set_step(EpollSet& set)
{
    constexpr unsigned grain = 16;
    for (unsigned i = 0; i < grain && !set.items.empty(); ++i)
        remove_item(*set.items.begin());
    if (!set.items.empty())
        return false;
    file_records().epoll_sets.destroy(&set);
    return true;
}

void epoll_pass_on(OpenFile& file)
{
    if (file.kind == FileKind::Epoll && !file.epoll->ready.empty())
        file.epoll->waiters.wake_one();
}

constinit FileOperations const epoll_operations{
    .release = release_set, .poll = poll_set, .seek = seek_nowhere, .describe = describe_set};

} // namespace torc
