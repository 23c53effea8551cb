// SPDX-License-Identifier: MIT
#include "kernel/poll/poll_table.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/poll/epoll_set.hpp"
#include <utility>

namespace torc {

void PollTable::wait_in(WaitQueue& queue, std::uint32_t events)
{
    if ((events & wanted_) == 0)
        return;
    Waiter* const waiter = file_records().waiters.create();
    if (waiter == nullptr) {
        failed_ = true;
        return;
    }
    waiter->next_of_thread = first_;
    first_ = waiter;
    if (item_ != nullptr)
        return watch(queue, *waiter);
    waiter->thread = thread_;
    waiter->interest = events & wanted_;
    queue.add(*waiter);
}

// Before the threads, whom it does not keep from being woken; an exclusive one takes its turn with them.
void PollTable::watch(WaitQueue& queue, Waiter& waiter)
{
    waiter.kind = WaiterKind::EpollItem;
    waiter.item = item_;
    waiter.exclusive = item_->events & epoll_event::exclusive;
    if (waiter.exclusive)
        queue.add(waiter);
    else
        queue.add_first(waiter);
}

void free_waiters(Waiter* first)
{
    while (first != nullptr) {
        Waiter* const waiter = std::exchange(first, first->next_of_thread);
        if (waiter->queue != nullptr)
            waiter->queue->remove(*waiter);
        file_records().waiters.destroy(waiter);
    }
}

bool any_woken(Waiter const* first)
{
    for (; first != nullptr; first = first->next_of_thread)
        if (first->woken)
            return true;
    return false;
}

} // namespace torc
