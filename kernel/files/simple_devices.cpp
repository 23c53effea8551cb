// SPDX-License-Identifier: MIT
// null, zero, full, random and urandom; and what O_PATH and devices that nobody drives answer.
#include "kernel/files/kind_operations.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/thread.hpp"
#include "kernel/random.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc {
namespace {

Outcome read_nothing(Thread&, OpenFile&, IoRequest& io)
{
    return io_result(io);
}

Outcome swallow(Thread&, OpenFile&, IoRequest& io)
{
    io.done += io.buffer.left();
    return io_result(io);
}

Outcome refuse_write(Thread&, OpenFile&, IoRequest&)
{
    return Status::NoSpace;
}

Outcome read_zeroes(Thread& thread, OpenFile&, IoRequest& io)
{
    while (io.buffer.left() != 0) {
        std::size_t const n = std::min(io.buffer.left(), page_size);
        std::size_t const moved = io.buffer.put_zeroes(n);
        io.done += moved;
        if (moved < n)
            return io_failed(io, Status::BadAddress);
        if (io.buffer.left() != 0 && must_yield(thread))
            return yield_io(thread, io);
    }
    return io_result(io);
}

// As Linux: a signal ends it after the first page or so, else it goes on to the end.
Outcome fill_randomly(Thread& thread, IoRequest& io)
{
    while (io.buffer.left() != 0) {
        std::uint8_t bytes[32]; // one block of the cipher a grain
        std::size_t const n = std::min(io.buffer.left(), sizeof bytes);
        this_torus().random->fill({bytes, n});
        std::size_t const moved = io.buffer.put(bytes, n);
        io.done += moved;
        if (moved < n)
            return io_failed(io, Status::BadAddress);
        if (io.buffer.left() != 0 && must_yield(thread))
            return yield_io(thread, io);
    }
    return io_result(io);
}

Outcome read_random(Thread& thread, OpenFile&, IoRequest& io)
{
    return fill_randomly(thread, io);
}

Outcome write_random(Thread& thread, OpenFile&, IoRequest& io)
{
    while (io.buffer.left() != 0) {
        std::uint8_t bytes[256];
        std::size_t const n = std::min(io.buffer.left(), sizeof bytes);
        std::size_t const moved = io.buffer.take(bytes, n);
        this_torus().random->mix({bytes, moved});
        io.done += moved;
        if (moved < n)
            return io_failed(io, Status::BadAddress);
        if (io.buffer.left() != 0 && must_yield(thread))
            return yield_io(thread, io);
    }
    return io_result(io);
}

// The first three say that any seek leads to where one is (Linux: null_lseek); random refuses nothing either.
Outcome seek_anywhere(OpenFile& file, std::int64_t, Whence)
{
    file.offset = 0;
    return 0;
}

Result<void> no_device(Thread&, OpenFile&)
{
    return unexpected{Status::NoDevice};
}

} // namespace

constinit FileOperations const null_operations{.read = read_nothing, .write = swallow, .seek = seek_anywhere};
constinit FileOperations const zero_operations{.read = read_zeroes, .write = swallow, .seek = seek_anywhere};
constinit FileOperations const full_operations{
    .read = read_zeroes, .write = refuse_write, .seek = seek_anywhere};
constinit FileOperations const random_operations{
    .read = read_random, .write = write_random, .seek = seek_anywhere};
constinit FileOperations const path_only_operations{};
constinit FileOperations const no_device_operations{.open = no_device};

namespace linux_abi {

Outcome call_getrandom(Thread& thread, Arguments const& arguments)
{
    constexpr std::uint64_t nonblock = 1, from_random = 2, insecure = 4;
    std::uint64_t const flags = arguments[2] & 0xffff'ffff;
    if ((flags & ~(nonblock | from_random | insecure))
        || (flags & (from_random | insecure)) == (from_random | insecure))
        return Status::BadArgument;
    IoRequest io;
    if (!io.buffer.set_user(Uaddr{arguments[0]}, std::min<std::uint64_t>(arguments[1], 0x7fff'ffff)))
        return Status::BadAddress;
    if (thread.restart.kind == CallKind::Read) {
        io.done = thread.restart.done;
        if (!io.buffer.skip(io.done))
            return io_result(io);
    }
    return fill_randomly(thread, io);
}

} // namespace linux_abi
} // namespace torc
