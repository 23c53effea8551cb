// SPDX-License-Identifier: MIT
#include "kernel/files/event_counter.hpp"
#include "kernel/files/anonymous_file.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/kind_operations.hpp"
#include "kernel/format.hpp"
#include "kernel/linux/calls.hpp"

namespace torc {
namespace {

Outcome counter_read(Thread& thread, OpenFile& file, IoRequest& io)
{
    EventCounter& counter = *file.counter;
    std::uint64_t const value = counter.next();
    if (io.buffer.left() < sizeof value) [[unlikely]]
        return Status::BadArgument;
    if (counter.count == 0)
        return wait_for_file(thread, file, io, counter.readable);
    if (io.buffer.put(&value, sizeof value) != sizeof value) [[unlikely]]
        return Status::BadAddress;
    counter.count -= value;
    // Every read counts as news for who watches edges, also where there was room before.
    if (!counter.writable.empty())
        counter.writable.wake(~0u, poll_event::out);
    return sizeof value;
}

[[gnu::always_inline]] inline Outcome add(Thread& thread, OpenFile& file, IoRequest& io)
{
    EventCounter& counter = *file.counter;
    if (io.buffer.piece() < sizeof(std::uint64_t)) [[unlikely]]
        return Status::BadArgument;
    std::uint64_t more;
    if (io.buffer.take(&more, sizeof more) != sizeof more) [[unlikely]]
        return Status::BadAddress;
    if (more == EventCounter::limit) [[unlikely]]
        return Status::BadArgument;
    if (!counter.has_room(more)) [[unlikely]]
        return wait_for_file(thread, file, io, counter.writable); // takes the number again
    counter.count += more;
    if (!counter.readable.empty())
        counter.readable.wake(~0u, poll_event::in);
    return sizeof more;
}

// writev: each piece is a write of its own, and one that is longer than a number is the last.
[[gnu::noinline]] Outcome add_pieces(Thread& thread, OpenFile& file, IoRequest& io)
{
    while (io.buffer.left() != 0) {
        std::size_t const piece = io.buffer.piece();
        Outcome const outcome = add(thread, file, io);
        if (!outcome.finished())
            return outcome;
        if (outcome.failed())
            return io.done != 0 ? io_result(io) : outcome;
        io.done += sizeof(std::uint64_t);
        if (piece != sizeof(std::uint64_t))
            break;
    }
    return io_result(io);
}

Outcome counter_write(Thread& thread, OpenFile& file, IoRequest& io)
{
    bool const whole = io.buffer.piece() == io.buffer.left();
    return whole ? add(thread, file, io) : add_pieces(thread, file, io);
}

std::uint32_t counter_poll(OpenFile& file, PollTable* table)
{
    EventCounter& counter = *file.counter;
    if (table != nullptr) {
        table->wait_in(counter.readable, poll_event::in);
        table->wait_in(counter.writable, poll_event::out);
    }
    return (counter.count != 0 ? poll_event::in : 0) | (counter.has_room(1) ? poll_event::out : 0);
}

void counter_release(OpenFile& file)
{
    if (file.counter == nullptr)
        return;
    file.counter->readable.dissolve();
    file.counter->writable.dissolve();
    file_records().event_counters.destroy(file.counter);
}

bool describe_counter(OpenFile& file, std::uint64_t&, FormatSink& out)
{
    EventCounter const& counter = *file.counter;
    format_to(out, "eventfd-count: {:>16x}\neventfd-id: {}\n", counter.count,
        file_records().event_counters.index_of(&counter));
    return false;
}

} // namespace

constinit FileOperations const event_counter_operations{.release = counter_release,
    .read = counter_read,
    .write = counter_write,
    .poll = counter_poll,
    .seek = seek_nowhere,
    .describe = describe_counter};

Outcome linux_abi::call_eventfd2(Thread& thread, Arguments const& arguments)
{
    constexpr std::uint32_t semaphore = 1;
    auto const flags = static_cast<std::uint32_t>(arguments[1]);
    if (flags & ~(semaphore | open_flag::nonblock | open_flag::close_on_exec))
        return Status::BadArgument;
    OpenFile& file = *TRY(create_anonymous_file(FileKind::EventCounter, flags));
    file.counter = file_records().event_counters.create();
    if (file.counter == nullptr) {
        release(file);
        return Status::NoMemory;
    }
    file.counter->count = static_cast<std::uint32_t>(arguments[0]);
    file.counter->takes_one = flags & semaphore;
    return give_descriptor(thread, file, flags);
}

} // namespace torc
