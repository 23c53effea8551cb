// SPDX-License-Identifier: MIT
// futex(2) without priority inheritance: who waits on a word, who is woken or sent to wait on another one.
#include "kernel/futex/futex.hpp"
#include "arch/clock.hpp"
#include "kernel/futex/far_word.hpp"
#include "kernel/futex/futex_operation.hpp"
#include "kernel/futex/futex_word.hpp"
#include "kernel/futex/inheriting_lock.hpp"
#include "kernel/futex/watched_word.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/tori/public_pages.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

constexpr std::uint32_t any_bit = ~0u;

// restart.step of a waiter
constexpr std::uint8_t step_waiting = 0, step_woken = 1;

FutexKey key_of(Thread const& thread)
{
    return {thread.restart.extra[0], thread.restart.extra[1]};
}

void set_key(Thread& thread, FutexKey key)
{
    thread.restart.extra[0] = key.word;
    thread.restart.extra[1] = key.space;
}

struct WaitRequest {
    Uaddr address;
    std::uint32_t operation, expected, bits;
    Uaddr timeout;
};

// WAIT's time is relative, WAIT_BITSET's absolute on the clock that the flag says.
Result<std::uint64_t> first_deadline(WaitRequest const& request)
{
    if (request.timeout.raw() != 0 && (request.operation & futex_command) == futex_wait)
        return deadline_after(TRY(to_ns(TRY(copy_in<TimeSpec>(request.timeout)))));
    return absolute_deadline(request.timeout, request.operation & futex_realtime);
}

// Before the word is looked at, and before somebody comes to wait without looking.
void announce(Thread const& thread, FutexKey key)
{
    if (PublicPages const* const pages = this_torus().pages)
        pages->page[this_torus().number]->awaited.announce(bucket_of(key),
            thread.space != nullptr && thread.space->walkers != 0 ? AwaitedBuckets::Limbs::Some
                                                                  : AwaitedBuckets::Limbs::None);
}

void take_back_if_empty(FutexKey key)
{
    Torus& torus = this_torus();
    if (torus.pages != nullptr && torus.futexes->queue(key).empty())
        torus.pages->page[torus.number]->awaited.take_back(bucket_of(key));
}

// The word of a WAIT or WAKE. Elsewhere: in a file of another torus.
Result<FutexWord> word_to_meet_at(Thread& thread, Uaddr address, std::uint32_t operation)
{
    if (thread.visiting)
        return word_of_visitor(thread);
    FutexWord const word = TRY(find_word(thread, address, operation));
    if (is_elsewhere(word)) [[unlikely]]
        return unexpected{meet_elsewhere(word)};
    return word;
}

// A private word is read where the program reads it; only a shared one needs its frame found.
Result<std::uint32_t> read_word(Thread& thread, WaitRequest const& request, FutexKey& key)
{
    if (request.operation & futex_private && request.address.aligned(4)) [[likely]] {
        key = private_key(*thread.space, request.address);
        announce(thread, key);
        return copy_in<std::uint32_t>(request.address);
    }
    FutexWord const word = TRY(word_to_meet_at(thread, request.address, request.operation));
    key = word.key;
    announce(thread, key);
    return word.value().load(std::memory_order_acquire);
}

// Other threads of the process run elsewhere, and this one has not looked there itself.
bool may_change_elsewhere(Thread const& thread, WaitRequest const& request)
{
    return request.operation & futex_private && thread.space->walkers != 0 && thread.lending == nullptr
        && request.address.aligned(4) && user_range(request.address, 4);
}

Outcome wait_on(Thread& thread, WaitRequest const& request)
{
    RestartRecord& record = thread.restart;
    bool const again = record.kind == CallKind::Futex;
    if (again && record.step == step_woken)
        return 0;
    if (request.bits == 0)
        return Status::BadArgument;
    Result<std::uint64_t> deadline = record.deadline_ticks;
    if (!again)
        deadline = first_deadline(request);
    if (!deadline)
        return deadline.error();
    bool const timed = *deadline != no_deadline;
    if (again && timed && arch::now_ticks() >= *deadline)
        return Status::TimedOut;
    if (!again && may_change_elsewhere(thread, request) && changes_soon(request.address, request.expected))
        return Status::WouldBlock; // before anything is said that makes wakers come here
    FutexKey key;
    auto const value = read_word(thread, request, key);
    if (!value)
        return value.error();
    if (*value != request.expected)
        return Status::WouldBlock;
    if (timed && arch::now_ticks() >= *deadline)
        return Status::TimedOut;
    OnSignal const how = timed ? OnSignal::RestartNoHandler : OnSignal::Restart;
    Outcome const outcome = block_until(thread, this_torus().futexes->queue(key), *deadline, how);
    record.kind = CallKind::Futex;
    record.step = step_waiting;
    record.small = request.bits;
    record.deadline_ticks = *deadline;
    set_key(thread, key);
    return outcome;
}

Result<FutexKey> key_for_wake(Thread& thread, Uaddr address, std::uint32_t operation)
{
    if (operation & futex_private && address.aligned(4) && user_range(address, 4))
        return private_key(*thread.space, address); // whether or not it is mapped
    FutexWord const word = TRY(word_to_meet_at(thread, address, operation));
    return word.key;
}

unsigned at_least_one(int count)
{
    return count > 1 ? static_cast<unsigned>(count) : 1;
}

Outcome wake_on(Thread& thread, Uaddr address, std::uint32_t operation, int count, std::uint32_t bits)
{
    if (bits == 0)
        return Status::BadArgument;
    Result<FutexKey> const key = key_for_wake(thread, address, operation);
    return key ? Outcome{wake_waiters(*key, bits, at_least_one(count))} : Outcome{key.error()};
}

struct RequeueRequest {
    Uaddr from, to;
    std::uint32_t operation;
    int wakes, moves;
    std::uint32_t expected; // CMP_REQUEUE
};

// Those beyond the woken ones wait for the other word from now on; the record says which.
unsigned move_waiters(FutexKey from, FutexKey to, unsigned count)
{
    FutexTable& table = *this_torus().futexes;
    return table.queue(from).move_if(count, table.queue(to), [&](Waiter& waiter) {
        if (key_of(*waiter.thread) != from)
            return false;
        set_key(*waiter.thread, to);
        return true;
    });
}

Outcome requeue(Thread& thread, RequeueRequest const& request)
{
    if (request.wakes < 0 || request.moves < 0)
        return Status::BadArgument;
    FutexWord const from = TRY(word_here(thread, request.from, request.operation, Access::Read));
    FutexWord const to = TRY(word_here(thread, request.to, request.operation, Access::Read));
    if ((request.operation & futex_command) == futex_compare_requeue
        && from.value().load(std::memory_order_acquire) != request.expected)
        return Status::WouldBlock;
    announce(thread, to.key);
    unsigned const woken = wake_waiters(from.key, any_bit, static_cast<unsigned>(request.wakes));
    if (from.key == to.key)
        return woken;
    return woken + move_waiters(from.key, to.key, static_cast<unsigned>(request.moves));
}

// WAKE_OP: changes the second word, wakes on the first, and on the second too if what was there compares.
Outcome wake_and_change(Thread& thread, RequeueRequest const& request)
{
    Result<FutexKey> const first = key_for_wake(thread, request.from, request.operation);
    if (!first)
        return first.error();
    FutexWord const second = TRY(word_here(thread, request.to, request.operation, Access::Write));
    FutexChange const change = FutexChange::decode(request.expected);
    if (!change.is_known())
        return Status::NotImplemented;
    std::uint32_t old = second.value().load(std::memory_order_acquire);
    while (!second.value().compare_exchange_weak(old, change.apply(old))) { }
    unsigned woken = wake_waiters(*first, any_bit, at_least_one(request.wakes));
    if (change.compares(old))
        woken += wake_waiters(second.key, any_bit, at_least_one(request.moves));
    return woken;
}

} // namespace

unsigned wake_waiters(FutexKey key, std::uint32_t bits, unsigned count)
{
    unsigned const woken = this_torus().futexes->queue(key).wake_if(count, [key, bits](Waiter& waiter) {
        RestartRecord& record = waiter.thread->restart;
        if (key_of(*waiter.thread) != key || (record.small & bits) == 0)
            return false;
        record.step = step_woken;
        return true;
    });
    take_back_if_empty(key);
    return woken;
}

Result<std::uint64_t> absolute_deadline(Uaddr at, bool realtime)
{
    if (at.raw() == 0)
        return no_deadline;
    std::uint64_t const ns = TRY(to_ns(TRY(copy_in<TimeSpec>(at))));
    if (!realtime)
        return arch::ns_to_ticks(ns);
    std::uint64_t const now = realtime_ns();
    return deadline_after(ns > now ? ns - now : 0);
}

namespace linux_abi {

// futex(address, operation, value, timeout or second value, second address, third value)
Outcome call_futex(Thread& thread, Arguments const& arguments)
{
    Uaddr const address{arguments[0]};
    auto const operation = static_cast<std::uint32_t>(arguments[1]);
    auto const value = static_cast<std::uint32_t>(arguments[2]),
               third = static_cast<std::uint32_t>(arguments[5]);
    std::uint32_t const command = operation & futex_command;
    if ((operation & futex_realtime) && command != futex_wait_bitset && command != futex_lock_pi2)
        return Status::NotImplemented;
    RequeueRequest const two{
        address, Uaddr{arguments[4]}, operation, static_cast<int>(value), arguments.as_int(3), third};
    switch (command) {
    case futex_wait:
        return wait_on(thread, {address, operation, value, any_bit, Uaddr{arguments[3]}});
    case futex_wait_bitset:
        return wait_on(thread, {address, operation, value, third, Uaddr{arguments[3]}});
    case futex_wake:
        return wake_on(thread, address, operation, static_cast<int>(value), any_bit);
    case futex_wake_bitset:
        return wake_on(thread, address, operation, static_cast<int>(value), third);
    case futex_requeue:
    case futex_compare_requeue:
        return requeue(thread, two);
    case futex_wake_op:
        return wake_and_change(thread, two);
    case futex_lock_pi:
        return lock_inheriting(thread, address, operation | futex_realtime, Uaddr{arguments[3]});
    case futex_lock_pi2:
        return lock_inheriting(thread, address, operation, Uaddr{arguments[3]});
    case futex_try_lock_pi:
        return try_lock_inheriting(thread, address, operation);
    case futex_unlock_pi:
        return unlock_inheriting(thread, address, operation);
    default:
        return Status::NotImplemented;
    }
}

} // namespace linux_abi
} // namespace torc
