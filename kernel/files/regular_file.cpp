// SPDX-License-Identifier: MIT
// Reading and writing regular files in memory: a page at a time through the page cache. A page is a grain; a
// write that has to yield keeps the inode's turn, so that other writers see it whole.
#include "kernel/files/file_operations.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/inode_create.hpp"
#include "kernel/files/kind_operations.hpp"
#include "kernel/files/page_cache.hpp"
#include "kernel/files/permission.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/block_loans.hpp"
#include <algorithm>

namespace torc {
namespace {

constexpr std::uint64_t size_limit = ~0ull >> 1; // s_maxbytes

std::byte* bytes_of(Paddr frame)
{
    return static_cast<std::byte*>(FramePool::pointer(frame));
}

Outcome regular_read(Thread& thread, OpenFile& file, IoRequest& io)
{
    Inode& inode = *file.inode;
    while (io.buffer.left() != 0 && io.offset < inode.size) {
        std::size_t const in_page = io.offset % page_size;
        std::size_t const n = std::min({page_size - in_page, inode.size - io.offset, io.buffer.left()});
        Paddr const frame = inode.file().pages.find(io.offset / page_size);
        std::size_t const moved
            = frame.raw() != 0 ? io.buffer.put(bytes_of(frame) + in_page, n) : io.buffer.put_zeroes(n);
        io.offset += moved;
        io.done += moved;
        if (moved < n) [[unlikely]]
            return io_failed(io, Status::BadAddress);
        if (io.buffer.left() != 0 && must_yield(thread))
            return yield_io(thread, io);
    }
    if (io.offset > size_limit - io.buffer.left()) [[unlikely]]
        return io_failed(io, Status::BadArgument); // as lseek can make it
    touch_accessed(file);
    return io_result(io);
}

// A page that is not there yet: filled from the caller, the rest cleared, then put in place.
Result<std::size_t> write_new_page(Inode& inode, IoRequest& io, std::size_t in_page, std::size_t n)
{
    Paddr const frame = TRY(new_page(inode));
    std::byte* const bytes = bytes_of(frame);
    std::size_t const moved = io.buffer.take(bytes + in_page, n);
    std::uint64_t const index = io.offset / page_size;
    Paddr const other = inode.file().pages.find(index); // the copy's own faults may have made it
    if (moved == 0 || other.raw() != 0) {
        if (moved != 0)
            __builtin_memcpy(bytes_of(other) + in_page, bytes + in_page, moved);
        this_torus().frames.release(frame);
        return moved;
    }
    __builtin_memset(bytes, 0, in_page);
    __builtin_memset(bytes + in_page + moved, 0, page_size - in_page - moved);
    TRY(add_page(inode, index, frame));
    return moved;
}

Result<std::size_t> write_page(Inode& inode, IoRequest& io, std::size_t n)
{
    std::size_t const in_page = io.offset % page_size;
    Paddr const frame = inode.file().pages.find(io.offset / page_size);
    if (frame.raw() == 0)
        return write_new_page(inode, io, in_page, n);
    return io.buffer.take(bytes_of(frame) + in_page, n);
}

// How many bytes may be written from here on: RLIMIT_FSIZE and the largest offset.
Result<std::uint64_t> allowed_size(Thread& thread, IoRequest const& io)
{
    std::uint64_t const limit = thread.process->limits[Resource::FileSize].soft;
    if (io.offset >= limit) {
        if (io.done == 0)
            (void)signal_send(thread, user_signal(sig::xfsz, signal_code::user, *thread.process));
        return unexpected{Status::FileTooBig};
    }
    if (io.offset >= size_limit) // nothing can end there
        return unexpected{Status::BadArgument};
    return std::min(limit, size_limit) - io.offset;
}

Outcome end_write(Thread& thread, Inode& inode, Outcome outcome)
{
    inode.modified = inode.changed = file_time_now();
    drop_set_id(inode, thread.process->credentials);
    if (inode.file().turn.holder == &thread) [[unlikely]] {
        inode.file().turn.give_up();
        release(inode);
    }
    return outcome;
}

Outcome yield_write(Thread& thread, Inode& inode, IoRequest& io)
{
    if (inode.file().turn.holder != &thread) {
        inode.file().turn.holder = &thread;
        retain(inode);
        thread.restart.kind = CallKind::WriteTurn;
        thread.restart.object
            = reinterpret_cast<std::uint64_t>(&inode); // SAFETY: for abandon_file_call; counted
    }
    return yield_io(thread, io);
}

// Other tori are asked for one; the turn is kept meanwhile.
Outcome wait_for_frame(Thread& thread, Inode& inode, IoRequest& io)
{
    (void)yield_write(thread, inode, io);
    return Status::NotYet;
}

Outcome regular_write(Thread& thread, OpenFile& file, IoRequest& io)
{
    Inode& inode = *file.inode;
    if (!inode.file().turn.free_for(thread)) [[unlikely]]
        return wait_for_turn(thread, inode);
    if (file.appends())
        io.offset = inode.size;
    if (io.buffer.left() == 0)
        return io_result(io);
    auto const allowed = allowed_size(thread, io);
    if (!allowed)
        return end_write(thread, inode, io_failed(io, allowed.error()));
    std::uint64_t const end = io.offset + std::min(io.buffer.left(), static_cast<std::size_t>(*allowed));
    while (io.offset < end) {
        std::size_t const n = std::min(page_size - io.offset % page_size, end - io.offset);
        auto const moved = write_page(inode, io, n);
        if (!moved && !io.in_kernel && frames_or(moved.error()) == Status::NotYet)
            return wait_for_frame(thread, inode, io);
        if (!moved)
            return end_write(thread, inode, io_failed(io, moved.error()));
        io.offset += *moved;
        io.done += *moved;
        inode.size = std::max(inode.size, io.offset);
        if (*moved < n) [[unlikely]]
            return end_write(thread, inode, io_failed(io, Status::BadAddress));
        if (io.offset < end && !io.in_kernel && must_yield(thread) && !(thread.attention & attend_kill))
            return yield_write(thread, inode, io);
    }
    return end_write(thread, inode, io_result(io));
}

// SEEK_DATA and SEEK_HOLE. A file of one long run costs a look at each of its pages; there is no yield in
// lseek.
Result<std::uint64_t> seek_run(Inode const& inode, std::uint64_t offset, Whence whence)
{
    if (offset >= inode.size)
        return unexpected{Status::NoDevice};
    PageTree const& pages = inode.body.file.pages;
    std::uint64_t page = offset / page_size;
    if (whence == Whence::Data)
        page = pages.next_present(page);
    else
        while (page * page_size < inode.size && pages.find(page).raw() != 0)
            ++page;
    if (whence == Whence::Data && page >= (inode.size + page_size - 1) / page_size)
        return unexpected{Status::NoDevice};
    return std::min(std::max(offset, page * page_size), inode.size);
}

Outcome regular_seek(OpenFile& file, std::int64_t offset, Whence whence)
{
    Inode& inode = *file.inode;
    if (whence == Whence::Data || whence == Whence::Hole) {
        file.offset = TRY(seek_run(inode, static_cast<std::uint64_t>(offset), whence));
        return file.offset;
    }
    return seek_plain(file, offset, whence, inode.size);
}

} // namespace

Outcome seek_plain(OpenFile& file, std::int64_t offset, Whence whence, std::uint64_t size)
{
    std::int64_t const base = whence == Whence::Set
        ? 0
        : static_cast<std::int64_t>(whence == Whence::Current ? file.offset : size);
    std::int64_t place = 0;
    if (whence > Whence::End || __builtin_add_overflow(base, offset, &place) || place < 0)
        return Status::BadArgument;
    file.offset = static_cast<std::uint64_t>(place);
    return place;
}

// relatime: once after each change is enough. (Linux's further rule, once a day, would cost a look at the
// clock in every read.)
void touch_accessed(OpenFile& file)
{
    Inode& inode = *file.inode;
    if (inode.accessed > inode.modified && inode.accessed > inode.changed) [[likely]]
        return;
    constexpr std::uint32_t quiet = Mount::no_atime | Mount::read_only;
    if ((file.flags & open_flag::no_atime)
        || (file.path.mount != nullptr && (file.path.mount->flags & quiet)))
        return;
    inode.accessed = file_time_now();
}

std::size_t read_pages(OpenFile& file, std::uint64_t offset, void* to, std::size_t size)
{
    Inode& inode = *file.inode;
    std::size_t done = 0;
    while (done < size && offset + done < inode.size) {
        std::uint64_t const at = offset + done;
        std::size_t const n = std::min({page_size - at % page_size, inode.size - at, size - done});
        Paddr const frame = inode.file().pages.find(at / page_size);
        auto* const out = static_cast<std::byte*>(to) + done;
        if (frame.raw() != 0)
            __builtin_memcpy(out, bytes_of(frame) + at % page_size, n);
        else
            __builtin_memset(out, 0, n);
        done += n;
    }
    return done;
}

constinit FileOperations const regular_operations{
    .read = regular_read, .write = regular_write, .seek = regular_seek};

} // namespace torc
