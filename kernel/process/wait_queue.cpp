// SPDX-License-Identifier: MIT
#include "kernel/process/wait_queue.hpp"
#include "kernel/process/blocking.hpp"

namespace torc {

void WaitQueue::add(Waiter& waiter)
{
    waiters_.push_back(waiter);
    waiter.queue = this;
}

void WaitQueue::remove(Waiter& waiter)
{
    waiters_.erase(waiters_.iterator_to(waiter));
    waiter.queue = nullptr;
}

void WaitQueue::wake_thread(Thread& thread)
{
    torc::wake(thread);
}

unsigned WaitQueue::wake(unsigned count, std::uint32_t events)
{
    unsigned woken = 0;
    for (auto it = waiters_.begin(); it != waiters_.end() && woken < count;) {
        Waiter& waiter = *it++;
        if ((waiter.interest & events) == 0)
            continue;
        waiter.woken = true;
        // A poll may wait twice in one queue: skip its other places, which leave together with this one.
        while (it != waiters_.end() && it->thread == waiter.thread)
            ++it;
        torc::wake(*waiter.thread);
        ++woken;
    }
    return woken;
}

void WaitQueue::dissolve()
{
    wake_all();
    while (!waiters_.empty()) {
        waiters_.front().woken = true;
        remove(waiters_.front());
    }
}

} // namespace torc
