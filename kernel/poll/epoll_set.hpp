// SPDX-License-Identifier: MIT
// epoll: a set of items, each an open file and a descriptor that named it. An item has waiters in the queues
// of its file that stay there; a wake-up puts it into the list of those that may be ready. What is told is
// asked of the file again, so the list may hold too many, never too few. Torus-local. docs/readiness.md.
#pragma once
#include "kernel/process/wait_queue.hpp"
#include "kernel/result.hpp"
#include "substrate/intrusive_list.hpp"
#include <boost/intrusive/set.hpp>
#include <cstdint>

namespace torc {
struct EpollSet;
struct OpenFile;

namespace epoll_event { // linux/eventpoll.h; the others are poll's
inline constexpr std::uint32_t exclusive = 1u << 28, wake_up = 1u << 29, one_shot = 1u << 30, edge = 1u << 31,
                               own = exclusive | wake_up | one_shot | edge; // no events of the file's
}

struct EpollItem { // pool record
    using Hook = boost::intrusive::set_member_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>,
        boost::intrusive::optimize_size<true>>;

    Hook in_set;
    ListHook in_ready; // linked: may be ready
    EpollSet* set{nullptr};
    OpenFile* file{nullptr}; // not counted: the item goes with it
    EpollItem* next_of_file{nullptr}; // all items of one file
    EpollItem* previous_of_file{nullptr};
    Waiter* waiters{nullptr}; // of its own, linked by next_of_thread
    std::uint64_t data{0};
    std::uint32_t events{0}; // none but epoll_event::own: off
    std::int32_t fd{0};
    std::uint32_t edges{0}; // another torus's file: those that had come when it was last told
};

struct EpollSet { // pool record, of one open file
    struct Order {
        bool operator()(EpollItem const& a, EpollItem const& b) const
        {
            return a.fd != b.fd ? a.fd < b.fd : a.file < b.file;
        }
    };
    using Items = boost::intrusive::set<EpollItem,
        boost::intrusive::member_hook<EpollItem, EpollItem::Hook, &EpollItem::in_set>,
        boost::intrusive::compare<Order>, boost::intrusive::constant_time_size<false>>;

    Items items;
    List<EpollItem, &EpollItem::in_ready> ready;
    WaitQueue waiters; // threads in epoll_wait: one for each item that becomes ready
    WaitQueue pollers; // who polls the set itself, and items of sets that watch it
    OpenFile* file{nullptr}; // nullptr: closed, the items go by grains
    ListHook dying; // in FileRecords::dying_sets then
    std::uint32_t nested{0}; // items that are sets themselves
    std::uint32_t depth{0}; // found by the search `mark`
    std::uint64_t mark{0};
};

struct EpollEvent { // struct epoll_event; the hole is not written
    std::uint32_t events;
    std::uint32_t hole;
    std::uint64_t data;
};
static_assert(sizeof(EpollEvent) == 16);

EpollItem* find_item(EpollSet& set, OpenFile& file, std::int32_t fd);
// NoSpace, NoMemory; Loop, BadArgument: sets that watch sets too deep or in too many ways.
Result<void> add_item(EpollSet& set, OpenFile& file, std::int32_t fd, EpollEvent event);
void change_item(EpollItem& item, EpollEvent event);
void remove_item(EpollItem& item);
// The first of the file's items; their next_of_file leads to the others.
EpollItem* first_item(OpenFile const& file);
// What the file has of what the item wants, now.
std::uint32_t ask(EpollItem& item);

// A queue of its file was woken. True: it is exclusive, and somebody was woken who looks for these events.
bool epoll_item_woken(EpollItem& item, std::uint32_t events);
// The open file goes: so do its items.
void epoll_file_closed(OpenFile& file);
// A grain of freeing the items of a closed set; true when it is gone.
bool free_set_step(EpollSet& set);
// Somebody who was woken for this set did not come to look: another one is.
void epoll_pass_on(OpenFile& file);

// May `set` watch `inner`?
Result<void> check_nesting(EpollSet& set, EpollSet& inner);
// Are there, with the item that is in its place, few enough ways from the file to those who are told?
Result<void> check_ways(EpollItem const& item);

} // namespace torc
