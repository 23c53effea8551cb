// SPDX-License-Identifier: MIT
#include "kernel/process/wait_queue.hpp"
#include "kernel/poll/epoll_set.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/time/timer_file.hpp"
#include "substrate/owner_of.hpp"

namespace torc {

void WaitQueue::add(Waiter& waiter)
{
    waiters_.push_back(waiter);
    waiter.queue = this;
}

void WaitQueue::add_first(Waiter& waiter)
{
    waiters_.push_front(waiter);
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

// True: it is exclusive and has woken somebody.
static bool tell(Waiter& waiter, std::uint32_t events)
{
    switch (waiter.kind) {
    case WaiterKind::TimerFile:
        timer_file_clock_set(owner_of<&TimerFile::clock_watch>(waiter));
        return false;
    case WaiterKind::EpollItem:
        return epoll_item_woken(*waiter.item, events) && waiter.exclusive;
    case WaiterKind::Thread:
        break;
    }
    return false;
}

unsigned WaitQueue::wake(unsigned count, std::uint32_t events)
{
    unsigned woken = 0;
    bool served = false; // an exclusive one
    for (auto it = waiters_.begin(); it != waiters_.end() && woken < count;) {
        Waiter& waiter = *it;
        if (waiter.kind != WaiterKind::Thread) [[unlikely]] {
            if (!(waiter.exclusive && served))
                served |= tell(waiter, events);
            ++it; // not before: who is told may wake a thread that has its next place here
            continue;
        }
        ++it;
        if ((waiter.interest & events) == 0)
            continue;
        waiter.woken = true;
        // A poll may wait twice in one queue: skip its other places, which leave together with this one.
        // (Items are no threads' addresses.)
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
