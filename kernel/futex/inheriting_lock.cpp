// SPDX-License-Identifier: MIT
#include "kernel/futex/inheriting_lock.hpp"
#include "arch/clock.hpp"
#include "kernel/futex/far_word.hpp"
#include "kernel/futex/futex.hpp"
#include "kernel/futex/futex_word.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/scheduling.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

// restart.step of a waiter
constexpr std::uint8_t step_waiting = 0, step_granted = 1, step_inherited = 2;
constexpr unsigned longest_chain = 64; // owners that wait for locks of owners that wait ...

InheritingLock* find_lock(FutexKey key)
{
    InheritingLock* lock = this_torus().futexes->lock_bucket(key);
    while (lock != nullptr && lock->key != key)
        lock = lock->next_in_bucket;
    return lock;
}

InheritingLock* make_lock(FutexKey key)
{
    FutexTable& table = *this_torus().futexes;
    InheritingLock* const lock = table.locks.create();
    if (lock == nullptr)
        return nullptr;
    lock->key = key;
    lock->next_in_bucket = table.lock_bucket(key);
    table.lock_bucket(key) = lock;
    return lock;
}

void take_out(InheritingLock*& first, InheritingLock& lock, InheritingLock* InheritingLock::* next)
{
    InheritingLock** link = &first;
    while (*link != &lock)
        link = &((*link)->*next);
    *link = lock.*next;
    lock.*next = nullptr;
}

void set_owner(InheritingLock& lock, Thread* owner)
{
    if (lock.owner != nullptr)
        take_out(lock.owner->held_locks, lock, &InheritingLock::next_of_owner);
    lock.owner = owner;
    if (owner == nullptr)
        return;
    lock.next_of_owner = owner->held_locks;
    owner->held_locks = &lock;
}

Waiter const* most_urgent(WaitQueue const& queue)
{
    return queue.best([](Waiter const& a, Waiter const& b) {
        return is_more_urgent(a.thread->entity.parameters(), b.thread->entity.parameters());
    });
}

// Whom the owner of a lock waits for in turn. (One that has inherited a lock is its owner before it has
// stopped waiting for it.)
Thread* awaited_owner(Thread const& thread)
{
    InheritingLock const* const lock = thread.awaited_lock;
    return lock != nullptr && lock->owner != &thread ? lock->owner : nullptr;
}

// What a thread should run as: the most urgent of itself and of who waits for its locks.
SchedParameters urgency_of(Thread const& thread)
{
    // A deadline is inherited as it is; a reservation is not.
    auto const lent = [](SchedEntity const& entity) {
        SchedParameters urgency = entity.parameters();
        if (urgency.policy == SchedPolicy::deadline && urgency.deadline_ticks == 0)
            urgency.deadline_ticks = entity.job_deadline() | 1;
        return urgency;
    };
    SchedParameters best = own_parameters(thread);
    for (InheritingLock* lock = thread.held_locks; lock != nullptr; lock = lock->next_of_owner)
        if (Waiter const* const waiter = most_urgent(lock->waiting))
            if (is_more_urgent(waiter->thread->entity.parameters(), best))
                best = lent(waiter->thread->entity);
    return best;
}

// After waiters of `thread`'s locks have come or gone: along the chain of owners, as far as it changes.
void settle_urgency(Thread* thread)
{
    for (unsigned i = 0; thread != nullptr && i < longest_chain; ++i) {
        if (!lift(*thread, urgency_of(*thread)))
            return;
        thread = awaited_owner(*thread);
    }
}

void free_if_unused(InheritingLock& lock)
{
    if (lock.users != 0 || lock.owner_died)
        return;
    Thread* const owner = lock.owner;
    set_owner(lock, nullptr);
    FutexTable& table = *this_torus().futexes;
    take_out(table.lock_bucket(lock.key), lock, &InheritingLock::next_in_bucket);
    table.locks.destroy(&lock);
    settle_urgency(owner);
}

void stop_waiting(Thread& thread)
{
    InheritingLock& lock = *thread.awaited_lock;
    thread.awaited_lock = nullptr;
    --lock.users;
    settle_urgency(lock.owner);
    free_if_unused(lock);
}

// The most urgent waiter owns the lock from now on; nullptr: nobody is in the queue.
Thread* grant(InheritingLock& lock, std::uint8_t step)
{
    Waiter const* const waiter = most_urgent(lock.waiting);
    Thread* const next = waiter != nullptr ? waiter->thread : nullptr;
    set_owner(lock, next);
    if (next == nullptr)
        return nullptr;
    next->restart.step = step;
    wake(*next);
    return next;
}

bool would_deadlock(Thread const& thread, Thread const* owner)
{
    for (unsigned i = 0; owner != nullptr; ++i) {
        if (owner == &thread || i == longest_chain)
            return true;
        owner = awaited_owner(*owner);
    }
    return false;
}

// It has given back, or is past giving back, what it held.
bool is_gone(Thread const& owner)
{
    return owner.state == ThreadState::Dead || (owner.exiting && owner.held_locks_left);
}

enum class Attempt : std::uint8_t { Taken, Owned };
struct Found {
    Attempt attempt;
    Thread* owner;
};

// Takes a free lock, or says whose it is, with WAITERS set so that the owner comes to the kernel with it.
Result<Found> try_word(Thread& thread, FutexWord const& word, InheritingLock const* lock)
{
    auto const value = word.value();
    std::uint32_t old = value.load(std::memory_order_acquire);
    for (;;) {
        std::uint32_t const tid = old & word_owner;
        if (tid == static_cast<std::uint32_t>(thread.id))
            return unexpected{Status::Deadlock};
        if (lock != nullptr && lock->owner != nullptr) {
            if (!lock->owner_died && tid != static_cast<std::uint32_t>(lock->owner->id))
                return unexpected{Status::BadArgument};
            return Found{Attempt::Owned, lock->owner};
        }
        if (tid == 0) {
            std::uint32_t const mine = (old & word_owner_died) | static_cast<std::uint32_t>(thread.id)
                | (lock != nullptr ? word_waiters : 0);
            if (value.compare_exchange_strong(old, mine))
                return Found{Attempt::Taken, nullptr};
            continue;
        }
        Thread* const owner = find_thread(static_cast<std::int32_t>(tid));
        if (owner == nullptr || is_gone(*owner))
            return unexpected{Status::NoProcess};
        if ((old & word_waiters) != 0 || value.compare_exchange_strong(old, old | word_waiters))
            return Found{Attempt::Owned, owner};
    }
}

// The lock came from an owner that ended: the word says so, and whose it is now.
Outcome take_inherited(Thread& thread, FutexWord const& word)
{
    InheritingLock& lock = *thread.awaited_lock;
    lock.owner_died = false;
    word.value().store(static_cast<std::uint32_t>(thread.id) | word_waiters | word_owner_died);
    stop_waiting(thread);
    return 0;
}

Outcome wait_for(Thread& thread, FutexWord const& word, Thread& owner, std::uint64_t deadline)
{
    InheritingLock* lock = find_lock(word.key);
    if (would_deadlock(thread, &owner))
        return Status::Deadlock;
    if (arch::now_ticks() >= deadline)
        return Status::TimedOut;
    if (lock == nullptr)
        lock = make_lock(word.key);
    if (lock == nullptr)
        return Status::NoMemory;
    if (lock->owner == nullptr)
        set_owner(*lock, &owner);
    RestartRecord& record = thread.restart;
    record.kind = CallKind::FutexLock;
    record.step = step_waiting;
    record.deadline_ticks = deadline;
    Outcome const outcome = block_until(thread, lock->waiting, deadline, OnSignal::RestartAlways);
    if (outcome.is_blocked()) {
        thread.awaited_lock = lock;
        ++lock->users;
        settle_urgency(&owner);
    } else {
        free_if_unused(*lock);
    }
    return outcome;
}

} // namespace

Outcome lock_inheriting(Thread& thread, Uaddr address, std::uint32_t operation, Uaddr timeout)
{
    RestartRecord& record = thread.restart;
    bool const again = record.kind == CallKind::FutexLock;
    if (again && record.step == step_granted)
        return 0;
    Result<std::uint64_t> deadline = record.deadline_ticks;
    if (!again)
        deadline = absolute_deadline(timeout, operation & futex_realtime);
    if (!deadline)
        return deadline.error();
    auto const word = word_here(thread, address, operation, Access::Write);
    if (again && record.step == step_inherited && word)
        return take_inherited(thread, *word);
    if (again && thread.awaited_lock != nullptr)
        stop_waiting(thread);
    if (!word)
        return word.error();
    Result<Found> const found = try_word(thread, *word, find_lock(word->key));
    if (!found)
        return found.error();
    return found->attempt == Attempt::Taken ? Outcome{0} : wait_for(thread, *word, *found->owner, *deadline);
}

Outcome try_lock_inheriting(Thread& thread, Uaddr address, std::uint32_t operation)
{
    FutexWord const word = TRY(word_here(thread, address, operation, Access::Write));
    Found const found = TRY(try_word(thread, word, find_lock(word.key)));
    return found.attempt == Attempt::Taken ? Outcome{0} : Outcome{Status::WouldBlock};
}

Outcome unlock_inheriting(Thread& thread, Uaddr address, std::uint32_t operation)
{
    FutexWord const word = TRY(word_here(thread, address, operation, Access::Write));
    auto const value = word.value();
    std::uint32_t old = value.load(std::memory_order_acquire);
    if ((old & word_owner) != static_cast<std::uint32_t>(thread.id))
        return Status::NotPermitted;
    InheritingLock* const lock = find_lock(word.key);
    if (lock == nullptr || lock->owner == nullptr) {
        while (!value.compare_exchange_weak(old, 0)) { }
        return 0;
    }
    if (lock->owner != &thread)
        return Status::BadArgument;
    Thread* const next = grant(*lock, step_granted);
    value.store(next != nullptr ? static_cast<std::uint32_t>(next->id) | word_waiters : 0);
    if (next != nullptr)
        stop_waiting(*next);
    settle_urgency(next);
    settle_urgency(&thread);
    return 0;
}

void urgency_changed(Thread& thread)
{
    lift(thread, urgency_of(thread));
    settle_urgency(awaited_owner(thread));
}

void leave_awaited_lock(Thread& thread)
{
    if (thread.awaited_lock != nullptr)
        stop_waiting(thread);
}

void hand_locks_on(Thread& thread)
{
    thread.held_locks_left = true;
    while (InheritingLock* const lock = thread.held_locks) {
        lock->owner_died = true;
        Thread* const next = grant(*lock, step_inherited);
        lock->owner_died = next != nullptr;
        settle_urgency(next);
        free_if_unused(*lock);
    }
    if (thread.lifted)
        lift(thread, own_parameters(thread));
}

} // namespace torc
