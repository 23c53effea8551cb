// SPDX-License-Identifier: MIT
// truncate, ftruncate, fallocate; and the calls about storage that memory has none of (sync, fadvise64).
#include "arch/memory.hpp"
#include "kernel/files/descriptor.hpp"
#include "kernel/files/inode_create.hpp"
#include "kernel/files/page_cache.hpp"
#include "kernel/files/permission.hpp"
#include "kernel/files/walk.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/block_loans.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

Result<void> check_size(Thread& thread, Inode const& inode, std::uint64_t size)
{
    if (size > inode.size && size > thread.process->limits[Resource::FileSize].soft) {
        (void)signal_send(thread, user_signal(sig::xfsz, signal_code::user, *thread.process));
        return unexpected{Status::FileTooBig};
    }
    return {};
}

Outcome resize(Thread& thread, Inode& inode, std::uint64_t size)
{
    if (auto allowed = check_size(thread, inode, size); !allowed)
        return allowed;
    drop_set_id(inode, thread.process->credentials);
    return set_inode_size(thread, inode, size);
}

// Another torus may have a frame: then it goes on there.
Outcome no_page(Thread& thread, std::uint64_t page, Status failure)
{
    Status const status = frames_or(failure);
    if (status == Status::NotYet) {
        thread.restart.kind = CallKind::Other;
        thread.restart.cursor = page;
    }
    return status;
}

// Pages for [start, end) that are not there yet, a grain at a time. On failure those made stay (as holes
// filled with zeroes they change nothing).
Outcome fill_range(Thread& thread, Inode& inode, std::uint64_t start, std::uint64_t end)
{
    std::uint64_t page = thread.restart.kind == CallKind::Other ? thread.restart.cursor : start / page_size;
    for (; page < (end + page_size - 1) / page_size; ++page) {
        if (inode.file().pages.find(page).raw() == 0) {
            Result<Paddr> const frame = new_page(inode);
            if (!frame)
                return no_page(thread, page, frame.error());
            arch::page_clear(FramePool::pointer(*frame));
            TRY(add_page(inode, page, *frame));
        }
        if (must_yield(thread)) {
            thread.restart.kind = CallKind::Other;
            thread.restart.cursor = page + 1;
            return Outcome::again();
        }
    }
    return 0;
}

namespace fallocate_mode {
constexpr unsigned keep_size = 1, punch = 2;
}

Outcome allocate(Thread& thread, Inode& inode, unsigned mode, std::uint64_t start, std::uint64_t end)
{
    using namespace fallocate_mode;
    if (mode & punch)
        return punch_hole(thread, inode, start, end);
    if (!(mode & keep_size))
        if (auto allowed = check_size(thread, inode, end); !allowed)
            return allowed;
    Outcome const filled = fill_range(thread, inode, start, end);
    if (filled.finished() && !filled.failed()) {
        if (!(mode & keep_size) && end > inode.size)
            inode.size = end;
        inode.changed = file_time_now();
    }
    return filled;
}

} // namespace

namespace linux_abi {

Outcome call_truncate(Thread& thread, Arguments const& arguments)
{
    if (cutting(thread))
        return go_on_cutting(thread);
    auto const size = static_cast<std::int64_t>(arguments[1]);
    if (size < 0)
        return Status::BadArgument;
    PathHold const path = TRY(find_path(thread, at_flag::current_directory, Uaddr{arguments[0]}, 0));
    Inode& inode = path.inode();
    if (inode.is_directory())
        return Status::IsDirectory;
    if (inode.kind != InodeKind::Regular)
        return Status::BadArgument;
    TRY(check_writable_mount(path.mount()));
    TRY(check_permission(inode, thread.process->credentials, may_write));
    if (inode.dynamic)
        return Status::NotPermitted;
    if (inode.writers < 0)
        return Status::TextBusy;
    return resize(thread, inode, static_cast<std::uint64_t>(size));
}

Outcome call_ftruncate(Thread& thread, Arguments const& arguments)
{
    if (cutting(thread))
        return go_on_cutting(thread);
    auto const size = static_cast<std::int64_t>(arguments[1]);
    if (size < 0)
        return Status::BadArgument;
    OpenFile const& file = *TRY(descriptor(thread, arguments.as_int(0)));
    if (file.kind != FileKind::Regular || !file.can_write)
        return Status::BadArgument;
    return resize(thread, *file.inode, static_cast<std::uint64_t>(size));
}

Outcome call_fallocate(Thread& thread, Arguments const& arguments)
{
    using namespace fallocate_mode;
    if (cutting(thread))
        return go_on_cutting(thread);
    OpenFile const& file = *TRY(descriptor(thread, arguments.as_int(0)));
    auto const mode = static_cast<unsigned>(arguments[1]);
    auto const start = static_cast<std::int64_t>(arguments[2]);
    auto const length = static_cast<std::int64_t>(arguments[3]);
    std::int64_t end = 0;
    if (start < 0 || length <= 0)
        return Status::BadArgument;
    if ((mode & ~(keep_size | punch)) || mode == punch)
        return Status::NotSupported;
    if (!file.can_write)
        return Status::BadDescriptor;
    if (file.kind == FileKind::Pipe)
        return Status::IllegalSeek;
    if (file.kind == FileKind::Directory)
        return Status::IsDirectory;
    if (file.kind != FileKind::Regular)
        return Status::NoSuchDevice;
    if (__builtin_add_overflow(start, length, &end))
        return Status::FileTooBig;
    return allocate(
        thread, *file.inode, mode, static_cast<std::uint64_t>(start), static_cast<std::uint64_t>(end));
}

// Everything is in memory already: these only say whether the descriptor could be synchronised.
Outcome call_sync(Thread&, Arguments const&)
{
    return 0;
}

Outcome call_fsync(Thread& thread, Arguments const& arguments)
{
    OpenFile const& file = *TRY(descriptor(thread, arguments.as_int(0)));
    bool const stored = file.kind == FileKind::Regular || file.kind == FileKind::Directory;
    return stored ? Outcome{0} : Outcome{Status::BadArgument};
}

Outcome call_fdatasync(Thread& thread, Arguments const& arguments)
{
    return call_fsync(thread, arguments);
}

Outcome call_fadvise64(Thread& thread, Arguments const& arguments)
{
    constexpr unsigned last_advice = 5; // POSIX_FADV_NOREUSE
    OpenFile const& file = *TRY(descriptor(thread, arguments.as_int(0)));
    if (file.kind == FileKind::Pipe)
        return Status::IllegalSeek;
    if (static_cast<std::int64_t>(arguments[2]) < 0 || static_cast<std::uint32_t>(arguments[3]) > last_advice)
        return Status::BadArgument;
    return 0;
}

} // namespace linux_abi
} // namespace torc
