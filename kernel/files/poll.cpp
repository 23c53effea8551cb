// SPDX-License-Identifier: MIT
// ppoll and pselect6. A run looks at every descriptor; if none is ready it leaves a waiter in the queues of
// all of them and blocks. A wake-up is a hint: the next run looks at everything again. The deadline is
// absolute and kept in the restart record, together with the waiters, which belong to the call.
#include "kernel/files/descriptor.hpp"
#include "kernel/files/file_operations.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/time/clock.hpp"
#include <algorithm>

namespace torc {

void PollTable::wait_in(WaitQueue& queue, std::uint32_t events)
{
    Waiter* waiter = file_records().waiters.create();
    if (waiter == nullptr) {
        failed_ = true;
        return;
    }
    waiter->thread = &thread_;
    waiter->interest = events;
    waiter->next_of_thread = first_;
    first_ = waiter;
    queue.add(*waiter);
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

namespace {

using namespace poll_event;

// What one file has, of what is asked; errors and hang-ups always.
std::uint32_t events_of(OpenFile& file, std::uint32_t wanted, PollTable* table)
{
    if (operations_of(file).poll == nullptr)
        return (in | out | read_normal | write_normal) & wanted;
    return operations_of(file).poll(file, table) & (wanted | error | hang_up);
}

// ---- around both calls: deadline, signal mask (the run loop puts the old one back), waiting
// ------------------------------------------

// First run: notes the deadline and puts the given mask in place.
Result<void> begin(Thread& thread, Uaddr timeout, Uaddr mask, std::uint64_t mask_size)
{
    RestartRecord& record = thread.restart;
    std::uint64_t deadline = no_deadline;
    if (timeout.raw() != 0) {
        auto const spec = TRY(copy_in<TimeSpec>(timeout));
        if (spec.seconds < 0 || spec.nanoseconds < 0 || spec.nanoseconds >= 1'000'000'000)
            return unexpected{Status::BadArgument};
        deadline = deadline_after(TRY(to_ns(spec)));
    }
    if (mask.raw() != 0) {
        if (mask_size != sizeof(SignalSet))
            return unexpected{Status::BadArgument};
        replace_mask(thread, TRY(copy_in<SignalSet>(mask)));
    }
    record.kind = CallKind::Poll;
    record.deadline_ticks = deadline;
    record.object = 0;
    return {};
}

// Later runs: the waiters of the last one go.
void drop_waiters(Thread& thread)
{
    free_waiters(reinterpret_cast<Waiter*>(thread.restart.object)); // SAFETY: put there by wait()
    thread.restart.object = 0;
}

bool time_is_over(Thread const& thread)
{
    return thread.restart.deadline_ticks != no_deadline && arch::now_ticks() >= thread.restart.deadline_ticks;
}

// Nothing is ready yet: blocks in what the table collected.
Outcome wait(Thread& thread, PollTable const& table)
{
    if (table.failed()) {
        free_waiters(table.first());
        return Status::NoMemory;
    }
    Outcome const outcome
        = block_on(thread, table.first(), thread.restart.deadline_ticks, OnSignal::RestartNoHandler);
    if (outcome.is_blocked())
        thread.restart.object
            = reinterpret_cast<std::uint64_t>(table.first()); // SAFETY: freed by drop_waiters
    else
        free_waiters(table.first());
    return outcome;
}

// The time that is left goes back to the caller, as Linux does it (a bad address there is ignored).
void give_time_back(Thread const& thread, Uaddr timeout)
{
    if (timeout.raw() == 0)
        return;
    std::uint64_t const now = arch::now_ticks();
    std::uint64_t const left = thread.restart.deadline_ticks > now ? thread.restart.deadline_ticks - now : 0;
    (void)copy_out(timeout, to_timespec(arch::ticks_to_ns(left)));
}

// ---- ppoll ------------------------------------------------------------------------------------------------

struct PollEntry { // struct pollfd
    std::int32_t fd;
    std::int16_t events, revents;
};

// Looks at every entry and writes back what it finds. With a table, waits are registered until one is ready.
Result<std::uint64_t> look(Thread& thread, Uaddr entries, std::uint64_t count, PollTable* table)
{
    constexpr std::uint64_t group = 16;
    std::uint64_t ready = 0;
    for (std::uint64_t start = 0; start < count; start += group) {
        PollEntry part[group];
        std::size_t const n = std::min(group, count - start);
        Uaddr const at = entries + start * sizeof(PollEntry);
        TRY(copy_in(part, at, n * sizeof(PollEntry)));
        for (PollEntry& entry : std::span{part, n}) {
            OpenFile* const file = entry.fd < 0 ? nullptr : thread.process->files->get(entry.fd);
            bool const bad = entry.fd >= 0 && (file == nullptr || file->kind == FileKind::PathOnly);
            std::uint32_t const wanted = static_cast<std::uint16_t>(entry.events);
            std::uint32_t const found = bad ? invalid
                : file == nullptr           ? 0
                                            : events_of(*file, wanted, ready == 0 ? table : nullptr);
            entry.revents = static_cast<std::int16_t>(found);
            ready += found != 0;
        }
        TRY(copy_out(at, part, n * sizeof(PollEntry)));
    }
    return ready;
}

Outcome poll_once(Thread& thread, Uaddr entries, std::uint64_t count)
{
    drop_waiters(thread);
    bool const over = time_is_over(thread);
    PollTable table{thread};
    auto const ready = look(thread, entries, count, over ? nullptr : &table);
    if (ready && *ready == 0 && !over)
        return wait(thread, table);
    free_waiters(table.first());
    return ready;
}

// ---- pselect6
// -------------------------------------------------------------------------------------------------

constexpr std::uint32_t select_read = in | read_normal | read_band | hang_up | error;
constexpr std::uint32_t select_write = out | write_normal | write_band | error;
constexpr std::uint32_t select_except = priority;

// Three sets of descriptors, a word of 64 at a time.
struct Sets {
    std::uint64_t address[3]; // read, write, except; 0: none

    Result<void> load(std::uint64_t word, std::uint64_t (&bits)[3]) const
    {
        for (unsigned i = 0; i < 3; ++i)
            bits[i] = address[i] ? TRY(copy_in<std::uint64_t>(Uaddr{address[i] + word * 8})) : 0;
        return {};
    }
    Result<void> store(std::uint64_t word, std::uint64_t const (&bits)[3]) const
    {
        for (unsigned i = 0; i < 3; ++i)
            if (address[i] != 0)
                TRY(copy_out(Uaddr{address[i] + word * 8}, bits[i]));
        return {};
    }
};

std::uint32_t interest(std::uint64_t const (&bits)[3], unsigned bit)
{
    return (bits[0] >> bit & 1 ? select_read : 0) | (bits[1] >> bit & 1 ? select_write : 0)
        | (bits[2] >> bit & 1 ? select_except : 0);
}

// One descriptor: clears the bits of what is not ready, says how many stay.
Result<unsigned> select_one(Thread& thread, unsigned fd, std::uint64_t const (&wanted)[3],
    std::uint64_t (&found)[3], PollTable* table)
{
    unsigned const bit = fd % 64;
    std::uint32_t const events = interest(wanted, bit);
    if (events == 0)
        return 0u;
    OpenFile& file = *TRY(descriptor(thread, static_cast<int>(fd)));
    std::uint32_t const ready = events_of(file, events, table);
    constexpr std::uint32_t of[3] = {select_read, select_write, select_except};
    unsigned count = 0;
    for (unsigned i = 0; i < 3; ++i)
        if ((wanted[i] >> bit & 1) && (ready & of[i])) {
            found[i] |= 1ull << bit;
            ++count;
        }
    return count;
}

// Goes over all sets; with Store::Yes writes the result back (only once it is known that the call ends).
enum class Store : bool { No, Yes };
Result<std::uint64_t> scan(Thread& thread, Sets const& sets, unsigned limit, PollTable* table, Store store)
{
    std::uint64_t ready = 0;
    for (unsigned word = 0; word * 64 < limit; ++word) {
        std::uint64_t wanted[3], found[3]{};
        TRY(sets.load(word, wanted));
        for (unsigned fd = word * 64; fd < std::min(limit, word * 64 + 64); ++fd)
            ready += TRY(select_one(thread, fd, wanted, found, ready == 0 ? table : nullptr));
        if (store == Store::Yes)
            TRY(sets.store(word, found));
    }
    return ready;
}

Outcome select_once(Thread& thread, Sets const& sets, unsigned limit)
{
    drop_waiters(thread);
    bool const over = time_is_over(thread);
    PollTable table{thread};
    auto ready = scan(thread, sets, limit, over ? nullptr : &table, Store::No);
    if (ready && *ready == 0 && !over)
        return wait(thread, table);
    free_waiters(table.first());
    return ready ? scan(thread, sets, limit, nullptr, Store::Yes) : ready;
}

} // namespace

namespace linux_abi {

Outcome call_ppoll(Thread& thread, Arguments const& arguments)
{
    if (thread.restart.kind != CallKind::Poll)
        TRY(begin(thread, Uaddr{arguments[2]}, Uaddr{arguments[3]}, arguments[4]));
    std::uint64_t const count = arguments[1] & 0xffff'ffff;
    if (count > thread.process->limits[Resource::Files].soft)
        return Status::BadArgument;
    Outcome const outcome = poll_once(thread, Uaddr{arguments[0]}, count);
    if (!outcome.is_blocked())
        give_time_back(thread, Uaddr{arguments[2]});
    return outcome;
}

Outcome call_pselect6(Thread& thread, Arguments const& arguments)
{
    if (thread.restart.kind != CallKind::Poll) {
        std::uint64_t mask[2] = {};
        if (arguments[5] != 0)
            TRY(copy_in(mask, Uaddr{arguments[5]}, sizeof mask));
        TRY(begin(thread, Uaddr{arguments[4]}, Uaddr{mask[0]}, mask[1]));
    }
    int const limit = arguments.as_int(0);
    if (limit < 0)
        return Status::BadArgument;
    Sets const sets{{arguments[1], arguments[2], arguments[3]}};
    Outcome const outcome = select_once(thread, sets, std::min(static_cast<unsigned>(limit), FdTable::limit));
    if (!outcome.is_blocked())
        give_time_back(thread, Uaddr{arguments[4]});
    return outcome;
}

} // namespace linux_abi
} // namespace torc
