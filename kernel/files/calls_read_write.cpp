// SPDX-License-Identifier: MIT
// read, write and their relatives, lseek, sendfile.
#include "kernel/files/descriptor.hpp"
#include "kernel/files/far_file.hpp"
#include "kernel/files/file_operations.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/kind_operations.hpp"
#include "kernel/files/pipe.hpp"
#include "kernel/files/send_between.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include <algorithm>

namespace torc {

[[gnu::noinline]] Outcome hold_while_waiting(Thread& thread, OpenFile& file, Outcome outcome)
{
    bool const waits = outcome.is_blocked() || outcome.is_again();
    if (waits && thread.held_file == nullptr) {
        retain(file);
        thread.held_file = &file;
    } else if (!waits && thread.held_file != nullptr) {
        thread.held_file = nullptr;
        release(file);
    }
    return outcome;
}

namespace {

enum class Direction : bool { Read, Write };
constexpr std::uint64_t own_offset = ~0ull; // use and move the description's

bool allowed(OpenFile const& file, Direction direction)
{
    return direction == Direction::Read ? file.can_read : file.can_write;
}

// One run of the operation, from where the last one stopped. Inlined where the direction is known: it is on
// the path of every read and write.
[[gnu::always_inline]] inline Outcome run(
    Thread& thread, OpenFile& file, Direction direction, IoRequest& io, std::uint64_t offset)
{
    FileOperations const& operations = operations_of(file);
    ReadOrWrite const operation = direction == Direction::Read ? operations.read : operations.write;
    if (operation == nullptr) [[unlikely]]
        return Status::BadArgument;
    if (thread.restart.kind != CallKind::None) [[unlikely]] {
        io.done = thread.restart.done;
        if (io.done != 0 && !io.buffer.skip(io.done))
            return io_failed(io, Status::BadAddress);
    }
    if (offset != own_offset) {
        io.positioned = true;
        io.offset = offset + io.done;
        return operation(thread, file, io);
    }
    io.offset = file.offset;
    Outcome const outcome = operation(thread, file, io);
    file.offset = io.offset;
    return outcome;
}

OpenFile* file_of_call(Thread const& thread, int fd)
{
    if (thread.held_file != nullptr) [[unlikely]]
        return thread.held_file;
    return thread.process->files->get(fd);
}

[[gnu::always_inline]] inline Outcome transfer_by(
    Thread& thread, OpenFile* file, Arguments const& arguments, Direction direction, std::uint64_t offset)
{
    if (file == nullptr || !allowed(*file, direction)) [[unlikely]]
        return refusal_of(file);
    IoRequest io;
    if (!io.buffer.set_user(Uaddr{arguments[1]}, arguments[2])) [[unlikely]]
        return Status::BadAddress; // the first time, or never
    Outcome const outcome = run(thread, *file, direction, io, offset);
    if (thread.held_file == nullptr) [[likely]] {
        if (outcome.finished()) [[likely]]
            return outcome;
        if (outcome.is_blocked()) { // as hold_while_waiting()
            retain(*file);
            thread.held_file = file;
            return outcome;
        }
    } else if (outcome.finished()) {
        thread.held_file = nullptr;
        release(*file);
        return outcome;
    }
    return hold_while_waiting(thread, *file, outcome);
}

[[gnu::always_inline]] inline Outcome transfer(
    Thread& thread, Arguments const& arguments, Direction direction, std::uint64_t offset)
{
    return transfer_by(thread, file_of_call(thread, arguments.as_int(0)), arguments, direction, offset);
}

Outcome transfer_vector(Thread& thread, Arguments const& arguments, Direction direction, std::uint64_t offset)
{
    OpenFile* const file = file_of_call(thread, arguments.as_int(0));
    if (file == nullptr || !allowed(*file, direction))
        return refusal_of(file);
    auto const buffer = IoBuffer::vector(Uaddr{arguments[1]}, arguments[2] & 0xffff'ffff);
    if (!buffer)
        return hold_while_waiting(thread, *file, buffer.error());
    IoRequest io{.buffer = *buffer};
    FileOperations const& operations = operations_of(*file);
    bool const possible = (direction == Direction::Read ? operations.read : operations.write) != nullptr;
    if (io.buffer.left() == 0 && possible)
        return hold_while_waiting(
            thread, *file, 0); // the file is not asked, unlike by a plain read or write of nothing
    return hold_while_waiting(thread, *file, run(thread, *file, direction, io, offset));
}

// pread and its kin: a negative offset, files that have none, and `count` bytes that end beyond all offsets.
Status check_position(Thread const& thread, Arguments const& arguments, std::uint64_t count)
{
    if (static_cast<std::int64_t>(arguments[3]) < 0)
        return Status::BadArgument;
    OpenFile const* const file = file_of_call(thread, arguments.as_int(0));
    if (file == nullptr || file->kind == FileKind::PathOnly || file->kind == FileKind::Far)
        return refusal_of(file);
    if (!file->can_seek)
        return Status::IllegalSeek;
    constexpr std::uint64_t last = ~0ull >> 1;
    if (!user_range(Uaddr{arguments[1]}, count))
        return Status::BadAddress;
    return count <= last - arguments[3] ? Status{} : Status::BadArgument;
}

} // namespace

Outcome read_by(Thread& thread, OpenFile& file, Arguments const& arguments)
{
    return transfer_by(thread, &file, arguments, Direction::Read, own_offset);
}

Outcome write_by(Thread& thread, OpenFile& file, Arguments const& arguments)
{
    return transfer_by(thread, &file, arguments, Direction::Write, own_offset);
}

namespace linux_abi {

Outcome call_read(Thread& thread, Arguments const& arguments)
{
    return transfer(thread, arguments, Direction::Read, own_offset);
}

Outcome call_write(Thread& thread, Arguments const& arguments)
{
    return transfer(thread, arguments, Direction::Write, own_offset);
}

Outcome call_readv(Thread& thread, Arguments const& arguments)
{
    return transfer_vector(thread, arguments, Direction::Read, own_offset);
}

Outcome call_writev(Thread& thread, Arguments const& arguments)
{
    return transfer_vector(thread, arguments, Direction::Write, own_offset);
}

Outcome call_pread64(Thread& thread, Arguments const& arguments)
{
    if (Status const status = check_position(thread, arguments, arguments[2]); status != Status{})
        [[unlikely]]
        return status;
    return transfer(thread, arguments, Direction::Read, arguments[3]);
}

Outcome call_pwrite64(Thread& thread, Arguments const& arguments)
{
    if (Status const status = check_position(thread, arguments, arguments[2]); status != Status{})
        [[unlikely]]
        return status;
    return transfer(thread, arguments, Direction::Write, arguments[3]);
}

Outcome call_preadv(Thread& thread, Arguments const& arguments)
{
    if (Status const status = check_position(thread, arguments, 0); status != Status{})
        return status;
    return transfer_vector(thread, arguments, Direction::Read, arguments[3]);
}

Outcome call_pwritev(Thread& thread, Arguments const& arguments)
{
    if (Status const status = check_position(thread, arguments, 0); status != Status{})
        return status;
    return transfer_vector(thread, arguments, Direction::Write, arguments[3]);
}

Outcome call_lseek(Thread& thread, Arguments const& arguments)
{
    OpenFile& file = *TRY(descriptor(thread, arguments.as_int(0)));
    if (arguments[2] > static_cast<unsigned>(Whence::Hole))
        return Status::BadArgument;
    if (operations_of(file).seek == nullptr)
        return Status::IllegalSeek;
    return operations_of(file).seek(
        file, static_cast<std::int64_t>(arguments[1]), static_cast<Whence>(arguments[2]));
}

} // namespace linux_abi

namespace {

// One page at a time from the page cache of `in` into `out`. restart.done counts all bytes sent.
class Sending {
public:
    Sending(Thread& thread, OpenFile& out, OpenFile& in, std::uint64_t offset, std::uint64_t count)
        : thread_{thread}
        , out_{out}
        , in_{in}
        , offset_{offset}
        , left_{count}
    {
    }

    // What ended it is in `outcome`, unless everything was sent or the file is at its end.
    Outcome run()
    {
        while (left_ != 0) {
            std::uint64_t const in_page = page_size - offset_ % page_size;
            std::size_t const wanted = std::min(left_, in_page);
            Inode& inode = *in_.inode;
            if (offset_ >= inode.size)
                break;
            std::size_t const n = std::min(wanted, inode.size - offset_);
            std::size_t const moved = send_piece(n);
            sent_ += moved;
            offset_ += moved;
            left_ -= moved;
            if (moved < n)
                return stopped_;
            if (left_ != 0 && must_yield(thread_))
                return Outcome::again();
        }
        return static_cast<std::int64_t>(sent_);
    }
    std::uint64_t sent() const { return sent_; }
    std::uint64_t offset() const { return offset_; }

private:
    std::size_t send_piece(std::size_t n)
    {
        static constexpr std::byte hole[page_size]{};
        Paddr const frame = in_.inode->file().pages.find(offset_ / page_size);
        auto const* bytes = frame.raw()
            ? static_cast<std::byte const*>(FramePool::pointer(frame)) + offset_ % page_size
            : hole;
        RestartRecord const kept = thread_.restart; // the inner operation must not take it for its own
        thread_.restart.clear();
        IoRequest io{.buffer = IoBuffer::kernel(bytes, n), .offset = out_.offset, .in_kernel = true};
        stopped_ = operations_of(out_).write(thread_, out_, io);
        out_.offset = io.offset;
        thread_.restart = kept;
        return io.done;
    }

    Thread& thread_;
    OpenFile& out_;
    OpenFile& in_;
    std::uint64_t offset_, left_, sent_{0};
    Outcome stopped_{0};
};

// Bytes went: they are the result, unless the call only pauses.
Outcome end_sending(Thread& thread, std::uint64_t total, Outcome outcome)
{
    if (outcome.is_blocked() || outcome.is_again()) {
        thread.restart.kind = CallKind::SendFile;
        thread.restart.done = total;
        return outcome;
    }
    return total != 0 ? Outcome{total} : outcome;
}

// A pipe has to have room, and somebody who reads, before what is sent is looked at. Only what has pages can
// be sent; the offset of an appending file is not ours to choose, and Linux has no way into /dev/full and
// /dev/zero.
Outcome check_sending(Thread& thread, OpenFile& out, OpenFile const& in, std::uint64_t count)
{
    if (out.kind == FileKind::Pipe) {
        Outcome const room = pipe_wait_for_room(thread, out);
        if (!room.finished() || room.failed())
            return room;
    } else if (out.appends() || !in.can_seek) {
        return Status::BadArgument;
    } else if (count == 0) {
        return 0;
    } else if (out.kind == FileKind::Full || out.kind == FileKind::Zero) {
        return Status::BadArgument;
    }
    return in.kind == FileKind::Regular && operations_of(out).write ? Outcome{0} : Status::BadArgument;
}

} // namespace

// Two files that are not both this torus's, nor both another one's.
static bool crosses(Thread const& thread, Arguments const& arguments)
{
    OpenFile const* const out = thread.process->files->get(arguments.as_int(0));
    OpenFile const* const in = thread.process->files->get(arguments.as_int(1));
    bool const out_far = out != nullptr && out->kind == FileKind::Far;
    bool const in_far = in != nullptr && in->kind == FileKind::Far;
    if (out_far && in_far)
        return far_handle(*out).torus().number != far_handle(*in).torus().number;
    return out_far || in_far;
}

Outcome linux_abi::call_sendfile(Thread& thread, Arguments const& arguments)
{
    if (thread.restart.kind == CallKind::SendBetween)
        return send_between(thread, arguments);
    Uaddr const place{arguments[2]};
    std::uint64_t offset = place.raw() ? static_cast<std::uint64_t>(TRY(copy_in<std::int64_t>(place))) : 0;
    if (crosses(thread, arguments)) [[unlikely]]
        return send_between(thread, arguments);
    OpenFile& out = *TRY(descriptor(thread, arguments.as_int(0)));
    OpenFile& in = *TRY(descriptor(thread, arguments.as_int(1)));
    if (!in.can_read || !out.can_write)
        return Status::BadDescriptor;
    if (place.raw() == 0)
        offset = in.offset;
    if (static_cast<std::int64_t>(offset) < 0 || static_cast<std::int64_t>(arguments[3]) < 0)
        return Status::BadArgument;
    std::uint64_t const before = thread.restart.kind == CallKind::SendFile ? thread.restart.done : 0;
    std::uint64_t count = std::min<std::uint64_t>(arguments[3], IoBuffer::transfer_limit) - before;
    Outcome const possible = check_sending(thread, out, in, count);
    if (!possible.finished() || possible.failed() || count == 0)
        return end_sending(thread, before, possible);
    if (out.kind == FileKind::Pipe) // as on Linux: what fits now
        count = std::min<std::uint64_t>(count, out.pipe->room());
    Sending sending{thread, out, in, offset, count};
    Outcome const outcome = sending.run();
    if (place.raw() == 0)
        in.offset = sending.offset();
    else if (sending.sent() != 0)
        TRY(copy_out(place, sending.offset()));
    return end_sending(thread, before + sending.sent(), outcome);
}

} // namespace torc
