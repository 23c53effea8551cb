// SPDX-License-Identifier: MIT
// futex(2): WAIT and WAKE with their BITSET forms. Other operations are answered ENOSYS until there are
// threads. The word is read through the direct map of its frame, so the answer is the memory's and not a
// copy's.
#include "kernel/futex/futex.hpp"
#include "arch/clock.hpp"
#include "arch/memory.hpp"
#include "kernel/futex/futex_table.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/torus.hpp"
#include <atomic>

namespace torc {
namespace {

enum Operation : std::uint32_t { wait = 0, wake_ = 1, wait_bitset = 9, wake_bitset = 10 };
constexpr std::uint32_t flag_private = 128, flag_realtime = 256, any_bit = ~0u;

// restart.step of a waiter
constexpr std::uint8_t step_waiting = 0, step_woken = 1;

struct Word {
    FutexKey key;
    std::uint32_t* alias; // through the direct map
};

FutexKey private_key(Space const& space, Uaddr address)
{
    return {address.raw(), reinterpret_cast<std::uint64_t>(&space)}; // SAFETY: a number to tell spaces apart
}

// The frame behind a user page that EL0 may read, or write.
Result<Paddr> frame_of(Space& space, Uaddr address, Access access)
{
    arch::Pte const* entry = space.table().find(address);
    bool const allowed = entry != nullptr && entry->valid() && entry->readable()
        && (access == Access::Read || entry->writable());
    if (!allowed) {
        TRY(space.resolve(address, access));
        entry = space.table().find(address);
    }
    return entry->frame() + address.page_offset();
}

Result<Word> find_word(Thread& thread, Uaddr address, std::uint32_t operation, Access access = Access::Read)
{
    if (!address.aligned(4))
        return unexpected{Status::BadArgument};
    if (!user_range(address, 4))
        return unexpected{Status::BadAddress};
    Space& space = *thread.space;
    Paddr const frame = TRY(frame_of(space, address, access));
    auto* const alias = static_cast<std::uint32_t*>(arch::direct(frame));
    Mapping const* const mapping = operation & flag_private ? nullptr : space.find(address);
    if (mapping != nullptr && mapping->is_shared())
        return Word{{frame.raw(), 0}, alias};
    constexpr std::uint8_t writable = 2;
    if (mapping != nullptr && mapping->source == MapSource::Anonymous && !(mapping->protection & writable))
        return unexpected{Status::BadAddress}; // nobody can ever change it, as Linux says
    return Word{private_key(space, address), alias};
}

FutexKey key_of(Thread const& thread)
{
    return {thread.restart.extra[0], thread.restart.extra[1]};
}

unsigned wake_waiters(FutexKey key, std::uint32_t bits, unsigned count)
{
    return this_torus().futexes->queue(key).wake_if(count, [key, bits](Waiter& waiter) {
        RestartRecord& record = waiter.thread->restart;
        if (key_of(*waiter.thread) != key || (record.small & bits) == 0)
            return false;
        record.step = step_woken;
        return true;
    });
}

// WAIT's time is relative, WAIT_BITSET's absolute on the clock that the flag says.
Result<std::uint64_t> first_deadline(std::uint32_t operation, Uaddr at)
{
    if (at.raw() == 0)
        return no_deadline;
    std::uint64_t const ns = TRY(to_ns(TRY(copy_in<TimeSpec>(at))));
    if ((operation & 127) == wait)
        return deadline_after(ns);
    if ((operation & flag_realtime) == 0)
        return arch::ns_to_ticks(ns);
    std::uint64_t const now = realtime_ns();
    return deadline_after(ns > now ? ns - now : 0);
}

struct WaitRequest {
    Uaddr address;
    std::uint32_t operation, expected, bits;
    Uaddr timeout;
};

Outcome futex_wait(Thread& thread, WaitRequest const& request)
{
    RestartRecord& record = thread.restart;
    bool const again = record.kind == CallKind::Futex;
    if (again && record.step == step_woken)
        return 0;
    if (request.bits == 0)
        return Status::BadArgument;
    Result<std::uint64_t> deadline = record.deadline_ticks;
    if (!again)
        deadline = first_deadline(request.operation, request.timeout);
    if (!deadline)
        return deadline.error();
    if (again && arch::now_ticks() >= *deadline)
        return Status::TimedOut;
    auto const word = find_word(thread, request.address, request.operation);
    if (!word)
        return word.error();
    if (std::atomic_ref{*word->alias}.load(std::memory_order_acquire) != request.expected)
        return Status::WouldBlock;
    if (arch::now_ticks() >= *deadline)
        return Status::TimedOut;
    OnSignal const how = *deadline == no_deadline ? OnSignal::Restart : OnSignal::RestartNoHandler;
    Outcome const outcome = block_until(thread, this_torus().futexes->queue(word->key), *deadline, how);
    record.kind = CallKind::Futex;
    record.step = step_waiting;
    record.small = request.bits;
    record.deadline_ticks = *deadline;
    record.extra[0] = word->key.word;
    record.extra[1] = word->key.space;
    return outcome;
}

Outcome futex_wake(Thread& thread, Uaddr address, std::uint32_t operation, int count, std::uint32_t bits)
{
    if (bits == 0)
        return Status::BadArgument;
    unsigned const most = count > 1 ? static_cast<unsigned>(count) : 1;
    if (operation & flag_private && address.aligned(4) && user_range(address, 4))
        return wake_waiters(private_key(*thread.space, address), bits, most); // whether or not it is mapped
    auto const word = find_word(thread, address, operation);
    if (!word)
        return word.error();
    return wake_waiters(word->key, bits, most);
}

// ---- what a dying thread leaves (set_robust_list(2), linux/futex.h)

constexpr std::uint32_t word_waiters = 0x8000'0000, word_owner_died = 0x4000'0000, word_owner = 0x3fff'ffff;
constexpr std::uint64_t most_robust_entries = 2048, robust_entries_a_step = 8, entry_inherits_priority = 1;

struct RobustHead {
    std::uint64_t next;
    std::int64_t word_offset; // of the futex, from its list entry
    std::uint64_t pending; // an entry that was being taken or given back
};
enum class Listed : std::uint8_t { Yes, Pending };

// A lock that the thread holds: its owner has died, and somebody who waits may look. False: the list is
// broken.
bool leave_lock(Thread& thread, std::uint64_t entry, std::int64_t offset, Listed listed)
{
    bool const plain = (entry & entry_inherits_priority) == 0;
    Uaddr const address{(entry & ~entry_inherits_priority) + static_cast<std::uint64_t>(offset)};
    auto const word = find_word(thread, address, wake_, Access::Write);
    if (!word)
        return false;
    std::atomic_ref<std::uint32_t> lock{*word->alias};
    std::uint32_t value = lock.load(std::memory_order_acquire);
    if (listed == Listed::Pending && plain && value == 0) { // given back, but nobody was told yet
        wake_waiters(word->key, any_bit, 1);
        return true;
    }
    do {
        if ((value & word_owner) != static_cast<std::uint32_t>(thread.id))
            return true;
    } while (!lock.compare_exchange_weak(value, (value & word_waiters) | word_owner_died));
    if (plain && (value & word_waiters))
        wake_waiters(word->key, any_bit, 1);
    return true;
}

// Some entries of the list; restart.cursor is the next one, restart.done how many there were. True: finished.
bool leave_locks_step(Thread& thread)
{
    RestartRecord& record = thread.restart;
    auto const head = copy_in<RobustHead>(Uaddr{thread.robust_list});
    if (!head)
        return true;
    std::uint64_t const pending = head->pending & ~entry_inherits_priority;
    std::uint64_t entry = record.cursor != 0 ? record.cursor : head->next;
    for (unsigned i = 0; i < robust_entries_a_step; ++i) {
        std::uint64_t const at = entry & ~entry_inherits_priority;
        if (at == thread.robust_list || record.done++ >= most_robust_entries) {
            if (pending != 0)
                leave_lock(thread, head->pending, head->word_offset, Listed::Pending);
            return true;
        }
        auto const next = copy_in<std::uint64_t>(Uaddr{at});
        if (at != pending && !leave_lock(thread, entry, head->word_offset, Listed::Yes))
            return true;
        if (!next)
            return true;
        entry = *next;
    }
    record.cursor = entry;
    return false;
}

void clear_child_tid(Thread& thread)
{
    if (thread.clear_tid == 0)
        return;
    Uaddr const address{thread.clear_tid};
    thread.clear_tid = 0;
    if (thread.space->last_reference() && thread.process->live_threads == 1) // nobody is left to see it
        return;
    std::uint32_t const zero = 0;
    if (!copy_out(address, zero))
        return;
    if (auto const word = find_word(thread, address, wake_))
        wake_waiters(word->key, any_bit, 1);
}

} // namespace

bool futex_exit_step(Thread& thread)
{
    if (thread.robust_list != 0 && !leave_locks_step(thread))
        return false;
    thread.robust_list = 0;
    thread.restart.done = thread.restart.cursor = 0;
    clear_child_tid(thread);
    return true;
}

namespace linux_abi {

Outcome call_futex(Thread& thread, Arguments const& arguments)
{
    Uaddr const address{arguments[0]};
    auto const operation = static_cast<std::uint32_t>(arguments[1]);
    auto const value = static_cast<std::uint32_t>(arguments[2]),
               bits = static_cast<std::uint32_t>(arguments[5]);
    if ((operation & flag_realtime) && (operation & 127) != wait_bitset)
        return Status::NotImplemented;
    switch (operation & ~(flag_private | flag_realtime)) {
    case wait:
        return futex_wait(thread, {address, operation, value, any_bit, Uaddr{arguments[3]}});
    case wait_bitset:
        return futex_wait(thread, {address, operation, value, bits, Uaddr{arguments[3]}});
    case wake_:
        return futex_wake(thread, address, operation, static_cast<int>(value), any_bit);
    case wake_bitset:
        return futex_wake(thread, address, operation, static_cast<int>(value), bits);
    default:
        return Status::NotImplemented;
    }
}

} // namespace linux_abi
} // namespace torc
