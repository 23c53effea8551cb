// SPDX-License-Identifier: MIT
#include "kernel/files/pipe.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/inode_create.hpp"
#include "kernel/files/kind_operations.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/block_loans.hpp"
#include <algorithm>
#include <bit>

namespace torc {
namespace {

constexpr std::uint64_t size_limit = std::uint64_t{PipeSlots::size} * page_size; // fs.pipe-max-size

std::byte* bytes_at(Pipe& pipe, std::uint64_t position)
{
    return static_cast<std::byte*>(FramePool::pointer(pipe.frame_of(position))) + position % page_size;
}

void give_frame_back(Paddr& frame)
{
    if (frame.raw() == 0)
        return;
    this_torus().frames.release(frame);
    frame = Paddr{};
}

// Drained: the one frame left serves the next message from its start.
void restart_ring(Pipe& pipe)
{
    std::uint64_t const last = pipe.tail == 0 ? 0 : pipe.tail - 1;
    Paddr& kept = pipe.frame_of(last);
    Paddr& first = pipe.frame_of(0);
    std::swap(kept, first);
    pipe.head = pipe.tail = 0;
}

// Bytes up to position `to` were read: frames that hold none any more go back.
void consume(Pipe& pipe, std::uint64_t to)
{
    for (std::uint64_t page = pipe.head / page_size; page < to / page_size; ++page) {
        bool const last = to == pipe.tail && to % page_size == 0 && page + 1 == to / page_size;
        if (!last)
            give_frame_back(pipe.frame_of(page * page_size));
    }
    pipe.head = to;
    if (pipe.head == pipe.tail)
        restart_ring(pipe);
}

Outcome pipe_read(Thread& thread, OpenFile& file, IoRequest& io)
{
    Pipe& pipe = *file.pipe;
    if (io.buffer.left() == 0)
        return io_result(io);
    if (pipe.used() == 0) {
        if (pipe.writers == 0 || io.done != 0)
            return io_result(io);
        return wait_for_file(thread, file, io, pipe.readable);
    }
    bool const was_full = pipe.room() < Pipe::atomic_size;
    bool good = true;
    bool yields = false;
    while (good && !yields && pipe.used() != 0 && io.buffer.left() != 0) {
        std::size_t const n = std::min({page_size - pipe.head % page_size, pipe.used(), io.buffer.left()});
        std::size_t const moved = io.buffer.put(bytes_at(pipe, pipe.head), n);
        good = moved == n;
        if (!good)
            break; // a piece that does not arrive whole stays in the pipe
        io.done += moved;
        consume(pipe, pipe.head + moved);
        yields = must_yield(thread);
    }
    // Not for every byte: a writer that waits wants at most PIPE_BUF of room.
    if (was_full && pipe.room() >= Pipe::atomic_size)
        pipe.writable.wake(~0u, poll_event::out | poll_event::write_normal);
    if (!good)
        return io_failed(io, Status::BadAddress);
    if (yields && pipe.used() != 0 && io.buffer.left() != 0)
        return yield_io(thread, io);
    return io_result(io); // what is there, as soon as some of it is there
}

Outcome broken(Thread& thread, IoRequest const& io)
{
    (void)signal_send(thread, user_signal(sig::pipe, signal_code::user, *thread.process));
    return io_failed(io, Status::BrokenPipe); // the signal comes even where some of it went
}

// One page's worth at most. Says how much; 0 for a bad address, and then nothing of the piece is in the pipe.
Result<std::size_t> put_in(Pipe& pipe, IoRequest& io)
{
    Paddr& frame = pipe.frame_of(pipe.tail);
    if (frame.raw() == 0)
        frame = TRY(this_torus().frames.take(FrameKind::File));
    std::size_t const n = std::min({page_size - pipe.tail % page_size, pipe.room(), io.buffer.left()});
    std::size_t const moved = io.buffer.take(bytes_at(pipe, pipe.tail), n);
    if (moved != n)
        return 0;
    pipe.tail += moved;
    io.done += moved;
    return moved;
}

Outcome pipe_write(Thread& thread, OpenFile& file, IoRequest& io)
{
    Pipe& pipe = *file.pipe;
    if (io.buffer.left() == 0)
        return io_result(io);
    if (pipe.readers == 0)
        return broken(thread, io);
    // Up to PIPE_BUF is all or nothing: it waits until all of it fits.
    bool const atomic = io.done + io.buffer.left() <= Pipe::atomic_size;
    std::size_t const whole = atomic ? io.buffer.left() : 1;
    if (pipe.room() < whole)
        return wait_for_file(thread, file, io, pipe.writable);
    Result<std::size_t> moved = 0;
    bool yields = false;
    while (!yields && pipe.room() != 0 && io.buffer.left() != 0) {
        moved = put_in(pipe, io);
        if (!moved || *moved == 0)
            break;
        yields = !atomic && must_yield(thread);
    }
    // Also when it was not empty: then nobody waits but epoll, where each write counts for who watches edges.
    if (pipe.used() != 0 && !pipe.readable.empty())
        pipe.readable.wake(~0u, poll_event::in | poll_event::read_normal);
    if (!moved && !io.in_kernel && frames_or(moved.error()) == Status::NotYet) {
        (void)yield_io(thread, io);
        return Status::NotYet;
    }
    if (!moved)
        return io_failed(io, moved.error());
    if (*moved == 0)
        return io_failed(io, Status::BadAddress);
    if (io.buffer.left() == 0)
        return io_result(io);
    if (pipe.room() != 0)
        return yield_io(thread, io);
    return wait_for_file(thread, file, io, pipe.writable);
}

std::uint32_t pipe_poll(OpenFile& file, PollTable* table)
{
    using namespace poll_event;
    Pipe& pipe = *file.pipe;
    std::uint32_t ready = 0;
    if (file.can_read) {
        if (table != nullptr)
            table->wait_in(pipe.readable, in | read_normal | hang_up);
        if (pipe.used() != 0)
            ready |= in | read_normal;
        if (pipe.writers == 0 && (pipe.writers_ever != 0))
            ready |= hang_up;
    }
    if (file.can_write) {
        if (table != nullptr)
            table->wait_in(pipe.writable, out | write_normal | error);
        if (pipe.room() >= Pipe::atomic_size)
            ready |= out | write_normal;
        if (pipe.readers == 0)
            ready |= error;
    }
    return ready;
}

Outcome pipe_ioctl(Thread&, OpenFile& file, std::uint32_t command, std::uint64_t argument)
{
    constexpr std::uint32_t bytes_to_read = 0x541b; // FIONREAD
    if (command != bytes_to_read)
        return Status::NotTerminal;
    TRY(copy_out(Uaddr{argument}, static_cast<std::int32_t>(file.pipe->used())));
    return 0;
}

void free_pipe(Pipe& pipe)
{
    pipe.readable.dissolve();
    pipe.writable.dissolve();
    for (unsigned slot = 0; slot < pipe.slots; ++slot)
        give_frame_back(pipe.frame_of(std::uint64_t{slot} * page_size));
    if (pipe.many != nullptr)
        file_records().pipe_slots.free(pipe.many);
    file_records().pipes.destroy(&pipe);
}

void pipe_release(OpenFile& file)
{
    Pipe* const pipe = file.pipe;
    if (pipe == nullptr)
        return;
    pipe->readers -= file.can_read;
    pipe->writers -= file.can_write;
    if ((pipe->readers == 0) != (pipe->writers == 0)) { // the other side has lost its last partner
        pipe->readable.wake_all();
        pipe->writable.wake_all();
    }
    if (pipe->readers != 0 || pipe->writers != 0)
        return;
    file.inode->body.pipe = nullptr;
    free_pipe(*pipe);
}

void enter(Pipe& pipe, OpenFile const& file)
{
    pipe.readers += file.can_read;
    pipe.writers += file.can_write;
    pipe.readers_ever += file.can_read;
    pipe.writers_ever += file.can_write;
}

Result<Pipe*> pipe_of(Inode& inode)
{
    if (inode.body.pipe == nullptr)
        inode.body.pipe = file_records().pipes.create();
    if (inode.body.pipe == nullptr)
        return unexpected{Status::NoMemory};
    return inode.body.pipe;
}

// A FIFO is joined; openat then waits for the other side (fifo_ready).
Result<void> open_fifo(Thread&, OpenFile& file)
{
    file.pipe = TRY(pipe_of(*file.inode));
    file.can_seek = false;
    bool const alone = file.can_write && !file.can_read && file.nonblocking() && file.pipe->readers == 0;
    if (alone) {
        if (file.pipe->readers == 0 && file.pipe->writers == 0) {
            file.inode->body.pipe = nullptr;
            free_pipe(*file.pipe);
        }
        file.pipe = nullptr;
        return unexpected{Status::NoDevice};
    }
    enter(*file.pipe, file);
    file.pipe->readable.wake_all();
    file.pipe->writable.wake_all();
    return {};
}

OpenFile* open_end(Inode& inode, Pipe& pipe, std::uint32_t flags)
{
    OpenFile* file = file_records().open_files.create();
    if (file == nullptr)
        return nullptr;
    file->kind = FileKind::Pipe;
    file->flags = flags;
    file->can_read = (flags & open_flag::access_mask) == open_flag::read_only;
    file->can_write = !file->can_read;
    file->inode = &inode;
    retain(inode);
    file->pipe = &pipe;
    enter(pipe, *file);
    return file;
}

} // namespace

Result<PipeEnds> create_pipe(std::uint32_t flags)
{
    Inode* inode = TRY(create_inode(*file_records().pipe_filesystem, InodeKind::Fifo, 0600));
    inode->links = 1;
    auto pipe = pipe_of(*inode);
    if (!pipe) {
        release(*inode);
        return unexpected{pipe.error()};
    }
    PipeEnds ends{open_end(*inode, **pipe, flags | open_flag::read_only), nullptr};
    if (ends.reader != nullptr)
        ends.writer = open_end(*inode, **pipe, flags | open_flag::write_only);
    else
        free_pipe(**pipe);
    release(*inode); // the ends hold it
    if (ends.writer != nullptr)
        return ends;
    if (ends.reader != nullptr)
        release(*ends.reader);
    return unexpected{Status::FileTableFull};
}

bool fifo_ready(OpenFile const& file, std::uint32_t partners_before)
{
    Pipe const& pipe = *file.pipe;
    if (file.nonblocking() || (file.can_read && file.can_write))
        return true;
    return file.can_read ? pipe.writers != 0 || pipe.writers_ever != partners_before
                         : pipe.readers != 0 || pipe.readers_ever != partners_before;
}

// The frames move to a ring of another size, the oldest to slot 0.
Result<std::uint64_t> resize_pipe(Pipe& pipe, std::uint64_t bytes, bool privileged)
{
    std::uint64_t const size = std::bit_ceil(std::max(bytes, std::uint64_t{page_size}));
    if (bytes > 0x8000'0000)
        return unexpected{Status::BadArgument};
    if (size > size_limit)
        return unexpected{privileged ? Status::NoMemory : Status::NotPermitted};
    auto const slots = static_cast<std::uint32_t>(size / page_size);
    if (slots == pipe.slots)
        return size;
    std::uint64_t const in_first = pipe.head % page_size;
    std::uint64_t const needed = (in_first + pipe.used() + page_size - 1) / page_size;
    if (needed > slots)
        return unexpected{Status::Busy};
    PipeSlots* many = nullptr;
    if (slots > Pipe::default_slots) {
        many = file_records().pipe_slots.create();
        if (many == nullptr)
            return unexpected{Status::NoMemory};
    }
    Pipe fresh;
    fresh.many = many;
    fresh.slots = slots;
    for (std::uint64_t page = 0; page < needed; ++page)
        std::swap(fresh.frame_of(page * page_size), pipe.frame_of(pipe.head + page * page_size));
    for (unsigned slot = 0; slot < pipe.slots; ++slot)
        give_frame_back(pipe.frame_of(std::uint64_t{slot} * page_size));
    if (pipe.many != nullptr)
        file_records().pipe_slots.free(pipe.many);
    std::copy(std::begin(fresh.few), std::end(fresh.few), pipe.few);
    pipe.tail = in_first + pipe.used();
    pipe.head = in_first;
    pipe.many = many;
    pipe.slots = slots;
    pipe.writable.wake_all();
    return size;
}

Outcome pipe_wait_for_room(Thread& thread, OpenFile& file)
{
    IoRequest nothing;
    if (file.pipe->readers == 0)
        return broken(thread, nothing);
    return file.pipe->room() != 0 ? Outcome{0} : wait_for_file(thread, file, nothing, file.pipe->writable);
}

std::uint64_t pipe_size(OpenFile const& file)
{
    return file.pipe->capacity();
}

constinit FileOperations const pipe_operations{.open = open_fifo,
    .release = pipe_release,
    .read = pipe_read,
    .write = pipe_write,
    .poll = pipe_poll,
    .ioctl = pipe_ioctl};

} // namespace torc
