// SPDX-License-Identifier: MIT
// What a dying thread leaves to others: the locks of its robust list (set_robust_list(2), linux/futex.h),
// those whose waiters it inherited priority from, and the word that says it is gone.
#include "kernel/futex/far_word.hpp"
#include "kernel/futex/futex.hpp"
#include "kernel/futex/futex_word.hpp"
#include "kernel/futex/inheriting_lock.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/process.hpp"

namespace torc {
namespace {

constexpr std::uint64_t most_robust_entries = 2048, robust_entries_a_step = 8, entry_inherits_priority = 1;

struct RobustHead {
    std::uint64_t next;
    std::int64_t word_offset; // of the futex, from its list entry
    std::uint64_t pending; // an entry that was being taken or given back
};
enum class Listed : std::uint8_t { Yes, Pending };
enum class Left : std::uint8_t {
    Done,
    Broken, // there is no such word: the list ends here
    Waits, // nothing has happened, the thread waits for room in a strand
};

// A lock that the thread holds: its owner has died, and somebody who waits may look.
Left leave_lock(Thread& thread, std::uint64_t entry, std::int64_t offset, Listed listed)
{
    bool const plain = (entry & entry_inherits_priority) == 0;
    Uaddr const address{(entry & ~entry_inherits_priority) + static_cast<std::uint64_t>(offset)};
    auto const word = find_word(thread, address, 0, Access::Write);
    if (!word)
        return Left::Broken;
    if (!may_wake_at_end(thread, *word))
        return Left::Waits;
    auto const lock = word->value();
    std::uint32_t value = lock.load(std::memory_order_acquire);
    if (listed == Listed::Pending && plain && value == 0) { // given back, but nobody was told yet
        wake_at_end(*word);
        return Left::Done;
    }
    do {
        if ((value & word_owner) != static_cast<std::uint32_t>(thread.id))
            return Left::Done;
    } while (!lock.compare_exchange_weak(value, (value & word_waiters) | word_owner_died));
    if (plain && (value & word_waiters))
        wake_at_end(*word);
    return Left::Done;
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
        record.cursor = entry;
        if (at == thread.robust_list || record.done >= most_robust_entries)
            return pending == 0
                || leave_lock(thread, head->pending, head->word_offset, Listed::Pending) != Left::Waits;
        auto const next = copy_in<std::uint64_t>(Uaddr{at});
        Left const left
            = at != pending ? leave_lock(thread, entry, head->word_offset, Listed::Yes) : Left::Done;
        if (left == Left::Waits)
            return false;
        if (left == Left::Broken || !next)
            return true;
        ++record.done;
        entry = *next;
    }
    record.cursor = entry;
    return false;
}

// False: as futex_exit_step().
bool clear_child_tid(Thread& thread)
{
    if (thread.clear_tid == 0)
        return true;
    Uaddr const address{thread.clear_tid};
    if (thread.space->last_reference() && thread.process->live_threads == 1) // nobody is left to see it
        return true;
    auto const word = find_word(thread, address, 0);
    if (word && !may_wake_at_end(thread, *word))
        return false;
    thread.clear_tid = 0;
    std::uint32_t const zero = 0;
    if (copy_out(address, zero) && word)
        wake_at_end(*word);
    return true;
}

} // namespace

bool futex_exit_step(Thread& thread)
{
    leave_awaited_lock(thread);
    if (thread.robust_list != 0 && !leave_locks_step(thread))
        return false;
    thread.robust_list = 0;
    thread.restart.done = thread.restart.cursor = 0;
    hand_locks_on(thread);
    return clear_child_tid(thread);
}

} // namespace torc
