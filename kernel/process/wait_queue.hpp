// SPDX-License-Identifier: MIT
// Threads that wait for something at the object that has it. A Waiter is one thread's place in one queue:
// each thread has one of its own for simple calls; poll and select take further ones from a pool. Waking
// takes a thread out of every queue it is in, makes it runnable and lets it run its call again: a wake-up is
// a hint, the handler looks for itself.
#pragma once
#include "substrate/intrusive_list.hpp"
#include <cstdint>

namespace torc {
struct Thread;
struct EpollItem; // kernel/poll/epoll_set.hpp
class WaitQueue;

// Who is told. All but threads stay in the queue until they leave it themselves.
enum class WaiterKind : std::uint8_t {
    Thread,
    EpollItem,
    TimerFile, // clock_watch of one
};

struct Waiter {
    ListHook link;
    WaitQueue* queue{nullptr};
    union {
        Thread* thread{nullptr};
        EpollItem* item; // EpollItem
    };
    Waiter* next_of_thread{nullptr}; // all of one thread's waiters, so that leaving is complete
    std::uint32_t interest{~0u}; // poll events (POLLIN, ...) that concern it
    bool woken{false}; // since it was made: a poll that looks by grains was running still
    WaiterKind kind{WaiterKind::Thread};
    bool exclusive{false}; // an item that is passed over when another one has woken somebody
};

class WaitQueue {
public:
    bool empty() const { return waiters_.empty(); }
    void add(Waiter& waiter);
    void add_first(Waiter& waiter);
    void remove(Waiter& waiter);
    // Wakes up to `count` threads whose interest meets `events`, oldest first. Returns how many. Those that
    // are no threads do not count.
    unsigned wake(unsigned count = ~0u, std::uint32_t events = ~0u);
    // The same for those that `chosen` says true of.
    template <typename Chosen> unsigned wake_if(unsigned count, Chosen&& chosen)
    {
        unsigned woken = 0;
        for (auto it = waiters_.begin(); it != waiters_.end() && woken < count;) {
            Waiter& waiter = *it++;
            if (!chosen(waiter))
                continue;
            wake_thread(*waiter.thread);
            ++woken;
        }
        return woken;
    }
    // Sends up to `count` of those that `chosen` says true of to wait at the end of another queue.
    template <typename Chosen> unsigned move_if(unsigned count, WaitQueue& target, Chosen&& chosen)
    {
        unsigned moved = 0;
        for (auto it = waiters_.begin(); it != waiters_.end() && moved < count;) {
            Waiter& waiter = *it++;
            if (!chosen(waiter))
                continue;
            if (&target != this) {
                remove(waiter);
                target.add(waiter);
            }
            ++moved;
        }
        return moved;
    }
    // The oldest of those that no other is better than.
    template <typename Better> Waiter const* best(Better&& better) const
    {
        Waiter const* best = nullptr;
        for (Waiter const& waiter : waiters_)
            if (best == nullptr || better(waiter, *best))
                best = &waiter;
        return best;
    }
    void wake_one() { wake(1); }
    void wake_all() { wake(); }
    // Its object goes: wakes all, and leaves nobody in it, also no poll that is still looking.
    void dissolve();

private:
    static void wake_thread(Thread& thread); // kernel/process/blocking.hpp: wake()
    List<Waiter, &Waiter::link> waiters_; // torus-local
};

} // namespace torc
