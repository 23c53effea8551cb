// SPDX-License-Identifier: MIT
// The places of one poll in the queues of everything it waits for: waiters from a pool, linked by
// next_of_thread, which the call owns (restart.object) until it ends.
#pragma once
#include "kernel/process/wait_queue.hpp"
#include <cstdint>

namespace torc {
struct Thread;

class PollTable final {
public:
    PollTable(Thread& thread, Waiter* first)
        : thread_{&thread}
        , first_{first}
    {
    }
    // The item waits in all queues, for any event: it looks at them itself.
    explicit PollTable(EpollItem& item)
        : item_{&item}
    {
    }
    // Called by an operation's poll: a wake-up of `queue` with one of `events` may change what it said.
    void wait_in(WaitQueue& queue, std::uint32_t events);
    // What the poll wants of the next file: queues that never say that are left out.
    void want(std::uint32_t events) { wanted_ = events; }
    std::uint32_t wanted() const { return wanted_; }
    Thread& thread() const { return *thread_; } // of a poll, not an item
    bool is_item() const { return item_ != nullptr; }
    // The caller will not wait: what is known of another torus's file from earlier will not do.
    void look_anew() { anew_ = true; }
    bool looks_anew() const { return anew_; }
    // The file is another torus's, which has been asked: nothing is known until its answer wakes the thread.
    void must_ask() { asks_ = true; }
    bool asks() const { return asks_; }
    Waiter* first() const { return first_; }
    bool failed() const { return failed_; } // no memory for a waiter

private:
    void watch(WaitQueue& queue, Waiter& waiter);
    Thread* thread_{nullptr};
    EpollItem* item_{nullptr};
    Waiter* first_{nullptr};
    std::uint32_t wanted_{~0u};
    bool failed_{false};
    bool asks_{false}, anew_{false};
};

// Takes them out of their queues, if they still are in any, and frees them.
void free_waiters(Waiter* first);
// One of their queues was woken while the thread ran: what it saw before may have changed.
bool any_woken(Waiter const* first);

} // namespace torc
