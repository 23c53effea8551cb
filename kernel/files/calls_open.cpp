// SPDX-License-Identifier: MIT
// openat: finds or makes the file, truncates it, waits for a FIFO's other side, and takes a descriptor.
#include "kernel/files/descriptor.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/nameless.hpp"
#include "kernel/files/open_path.hpp"
#include "kernel/files/page_cache.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/poll/epoll_set.hpp"
#include <utility>

namespace torc {
namespace {

CloseOnExec close_on_exec(std::uint32_t flags)
{
    return flags & open_flag::close_on_exec ? CloseOnExec::Yes : CloseOnExec::No;
}

Outcome install(Thread& thread, OpenFile& file, std::uint32_t flags)
{
    auto const fd = thread.process->files->install(file, close_on_exec(flags), descriptor_limit(thread));
    if (!fd) {
        release(file);
        return fd.error();
    }
    return *fd;
}

// The open file waits in the restart record; a signal takes it back.
Outcome wait_for_partner(Thread& thread, OpenFile& file, std::uint32_t flags)
{
    RestartRecord& record = thread.restart;
    Pipe& pipe = *file.pipe;
    if (record.kind != CallKind::OpenFifo)
        record.small = file.can_read ? pipe.writers_ever : pipe.readers_ever;
    if (fifo_ready(file, record.small)) {
        record.clear();
        return install(thread, file, flags);
    }
    Outcome const outcome = block(thread, file.can_read ? pipe.readable : pipe.writable, OnSignal::Restart);
    if (outcome.is_blocked()) {
        record.kind = CallKind::OpenFifo;
        record.object = reinterpret_cast<std::uint64_t>(&file); // SAFETY: this call's own reference
        return outcome;
    }
    record.clear();
    release(file);
    return outcome;
}

Outcome open_now(Thread& thread, int fd, std::string_view text, OpenHow how)
{
    FdTable& files = *thread.process->files;
    unsigned const free = files.lowest_free(0);
    if (free >= descriptor_limit(thread))
        return Status::TooManyFiles;
    OpenTarget target = TRY(find_or_create(thread, fd, text, how));
    Inode& inode = target.path.inode();
    if ((how.flags & open_flag::truncate) && inode.kind == InodeKind::Regular && !inode.dynamic
        && !target.created) {
        Outcome const outcome = set_inode_size(thread, inode, 0);
        if (!outcome.finished() || outcome.failed())
            return outcome; // run again it finds an empty file
    }
    OpenFile& file = *TRY(open_target(thread, std::move(target), how));
    if (file.kind == FileKind::Pipe)
        return wait_for_partner(thread, file, how.flags);
    if (auto const installed = files.install_at(file, close_on_exec(how.flags), free); !installed) {
        release(file);
        return installed.error();
    }
    return free;
}

} // namespace

Outcome reopen_file(Thread& thread, OpenFile& file, std::uint32_t flags, std::uint32_t mode)
{
    OpenHow const how = TRY(normalise({flags, mode}));
    if (thread.restart.kind == CallKind::OpenFifo) // SAFETY: wait_for_partner put it there
        return wait_for_partner(thread, *reinterpret_cast<OpenFile*>(thread.restart.object), how.flags);
    PathHold path = file.path ? PathHold{file.path} : PathHold::adopt(TRY(path_of_nameless(file)));
    TRY(check_reopening(thread, path, how));
    OpenFile& again = *TRY(open_target(thread, {std::move(path), false}, how));
    return again.kind == FileKind::Pipe ? wait_for_partner(thread, again, how.flags)
                                        : install(thread, again, how.flags);
}

Outcome linux_abi::call_openat(Thread& thread, Arguments const& arguments)
{
    OpenHow const how = TRY(
        normalise({static_cast<std::uint32_t>(arguments[2]), static_cast<std::uint32_t>(arguments[3])}));
    if (thread.restart.kind == CallKind::OpenFifo) // SAFETY: wait_for_partner put it there
        return wait_for_partner(thread, *reinterpret_cast<OpenFile*>(thread.restart.object), how.flags);
    if (cutting(thread)) {
        Outcome const outcome = go_on_cutting(thread);
        if (!outcome.finished())
            return outcome;
    }
    std::string_view const text = TRY(copy_path(Uaddr{arguments[1]}, PathBuffer::First));
    return open_now(thread, arguments.as_int(0), text, how);
}

static void give_up_turn(Thread& thread)
{
    Inode& inode = *reinterpret_cast<Inode*>(thread.restart.object); // SAFETY: regular_write put it there
    inode.file().turn.give_up();
    release(inode);
}

void abandon_file_call(Thread& thread)
{
    RestartRecord& record = thread.restart;
    if (OpenFile* const held = std::exchange(thread.held_file, nullptr)) {
        epoll_pass_on(*held);
        release(*held);
    }
    switch (record.kind) {
    case CallKind::Truncate:
        abandon_cutting(thread);
        break;
    case CallKind::OpenFifo:
        release(*reinterpret_cast<OpenFile*>(record.object)); // SAFETY: wait_for_partner put it there
        break;
    case CallKind::WriteTurn:
        give_up_turn(thread);
        break;
    case CallKind::Poll:
    case CallKind::SendBetween:
        free_waiters(reinterpret_cast<Waiter*>(record.object)); // SAFETY: the poll's own
        break;
    default:
        return;
    }
    record.clear();
}

} // namespace torc
