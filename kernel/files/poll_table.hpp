// SPDX-License-Identifier: MIT
// The places of one poll in the queues of everything it waits for: waiters from a pool, linked by
// next_of_thread, which the call owns (restart.object) until it ends.
#pragma once
#include "kernel/process/wait_queue.hpp"
#include "kernel/result.hpp"
#include <cstdint>

namespace torc {
struct Thread;

class PollTable final {
public:
    explicit PollTable(Thread& thread)
        : thread_{thread}
    {
    }
    // Called by an operation's poll: a wake-up of `queue` with one of `events` may change what it said.
    void wait_in(WaitQueue& queue, std::uint32_t events);
    Waiter* first() const { return first_; }
    bool failed() const { return failed_; } // no memory for a waiter

private:
    Thread& thread_;
    Waiter* first_{nullptr};
    bool failed_{false};
};

// Takes them out of their queues, if they still are in any, and frees them.
void free_waiters(Waiter* first);

} // namespace torc
