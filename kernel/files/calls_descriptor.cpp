// SPDX-License-Identifier: MIT
// Descriptors: close, dup, fcntl, flock, ioctl, pipe2.
#include "kernel/files/descriptor.hpp"
#include "kernel/files/far_file.hpp"
#include "kernel/files/file_operations.hpp"
#include "kernel/files/file_owner.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/tori/far_closing.hpp"

namespace torc {
namespace {

// The descriptor is gone; what it held goes too.
void close_file(FdTable& table, OpenFile& file)
{
    if (file.kind == FileKind::Far && table.has_locks()) [[unlikely]]
        drop_far_locks(file);
    if (file.inode != nullptr && file.inode->locks != nullptr)
        drop_locks(
            *file.inode, &table); // POSIX: closing any descriptor of the file drops the process's records
    release(file);
}

} // namespace

bool reaping(Thread const& thread)
{
    return thread.restart.kind == CallKind::Reap;
}

Outcome go_on_reaping(Thread& thread)
{
    if (!make_steps(thread, [] { return !reap_step(); }))
        return Outcome::again();
    return static_cast<std::int64_t>(thread.restart.extra[0]);
}

Outcome reap_and_return(Thread& thread, Outcome outcome)
{
    if (closed_elsewhere(*thread.process)) [[unlikely]]
        return await_closing(thread, outcome); // nothing of it lies here
    FileRecords const& records = file_records();
    if (records.dying.empty() && records.dying_filesystems.empty() && records.dying_sets.empty()) [[likely]]
        return outcome;
    thread.restart.kind = CallKind::Reap;
    thread.restart.extra[0] = static_cast<std::uint64_t>(outcome.value());
    return go_on_reaping(thread);
}

std::uint64_t close_step(FdTable& table, std::uint64_t cursor)
{
    constexpr unsigned grain = 8;
    if (reap_step())
        return cursor;
    unsigned fd = table.next_used(static_cast<unsigned>(cursor));
    for (unsigned i = 0; i < grain && fd < FdTable::limit; ++i) {
        close_file(table, *table.remove(fd));
        fd = table.next_used(fd + 1);
    }
    return fd < FdTable::limit || reap_step() ? fd : ~0ull;
}

std::uint64_t close_on_exec_step(FdTable& table, std::uint64_t cursor)
{
    constexpr unsigned grain = 8;
    unsigned fd = table.next_used(static_cast<unsigned>(cursor));
    for (unsigned i = 0; i < grain && fd < FdTable::limit; ++i) {
        if (table.close_on_exec(fd) == CloseOnExec::Yes)
            close_file(table, *table.remove(fd));
        fd = table.next_used(fd + 1);
    }
    return fd < FdTable::limit ? fd : ~0ull;
}

namespace {

constexpr CloseOnExec closing(std::uint64_t flags)
{
    return flags & open_flag::close_on_exec ? CloseOnExec::Yes : CloseOnExec::No;
}

Outcome duplicate(Thread& thread, OpenFile& file, unsigned from, CloseOnExec close)
{
    int const fd = TRY(thread.process->files->install(file, close, descriptor_limit(thread), from));
    retain(file);
    return fd;
}

// ---- fcntl ------------------------------------------------------------------------------------------------

namespace command { // fcntl.h
constexpr unsigned dup_fd = 0, get_fd = 1, set_fd = 2, get_flags = 3, set_flags = 4, get_lock = 5,
                   set_lock = 6, set_lock_wait = 7, set_owner = 8, get_owner = 9, set_signal = 10,
                   get_signal = 11, set_owner_of_kind = 15, get_owner_of_kind = 16, get_description_lock = 36,
                   set_description_lock = 37, set_description_lock_wait = 38, dup_fd_close_on_exec = 1030,
                   set_pipe_size = 1031, get_pipe_size = 1032;
}

struct UserLock { // struct flock
    std::int16_t type; // 0 read, 1 write, 2 unlock
    std::int16_t whence;
    std::int64_t start;
    std::int64_t length;
    std::int32_t pid;
};

// l_whence, l_start and l_len to a range; a negative length ends before the start.
Result<LockRange> range_of(OpenFile const& file, UserLock const& lock)
{
    if (lock.whence < 0 || lock.whence > 2)
        return unexpected{Status::BadArgument};
    std::uint64_t const bases[] = {0, file.offset, file.inode->size};
    std::int64_t start = 0, end = 0;
    if (__builtin_add_overflow(static_cast<std::int64_t>(bases[lock.whence]), lock.start, &start))
        return unexpected{Status::Overflow};
    if (start < 0)
        return unexpected{Status::BadArgument};
    if (lock.length == 0)
        return LockRange{static_cast<std::uint64_t>(start), LockRange{}.end};
    if (__builtin_add_overflow(start, lock.length, &end))
        return unexpected{Status::Overflow};
    if (lock.length < 0)
        std::swap(start, end);
    if (start < 0)
        return unexpected{Status::BadArgument};
    return LockRange{static_cast<std::uint64_t>(start), static_cast<std::uint64_t>(end) - 1};
}

Result<LockType> type_of(std::int16_t type)
{
    if (type < 0 || type > 2)
        return unexpected{Status::BadArgument};
    return static_cast<LockType>(type);
}

Outcome get_lock(Thread& thread, OpenFile& file, LockFamily family, Uaddr address)
{
    UserLock lock = TRY(copy_in<UserLock>(address));
    if (family == LockFamily::Description && lock.pid != 0)
        return Status::BadArgument;
    LockType const type = TRY(type_of(lock.type));
    if (type == LockType::Unlock)
        return Status::BadArgument;
    LockRange const range = TRY(range_of(file, lock));
    void const* const owner = family == LockFamily::Posix ? record_owner(thread) : &file;
    FileLock const* const found = conflicting_lock(*file.inode, owner, family, type, range);
    lock.type = 2;
    if (found != nullptr) {
        bool const open_ended = found->range.end == LockRange{}.end;
        lock.type = static_cast<std::int16_t>(found->type);
        lock.whence = 0;
        lock.start = static_cast<std::int64_t>(found->range.start);
        lock.length = open_ended ? 0 : static_cast<std::int64_t>(found->range.end - found->range.start + 1);
        lock.pid = found->family == LockFamily::Description ? -1 : found->pid;
    }
    TRY(copy_out(address, lock));
    return 0;
}

Outcome set_lock(Thread& thread, OpenFile& file, LockFamily family, Uaddr address, bool wait)
{
    UserLock const lock = TRY(copy_in<UserLock>(address));
    if (family == LockFamily::Description && lock.pid != 0)
        return Status::BadArgument;
    LockRange const range = TRY(range_of(file, lock));
    LockType const type = TRY(type_of(lock.type));
    if ((type == LockType::Shared && !file.can_read) || (type == LockType::Exclusive && !file.can_write))
        return Status::BadDescriptor;
    return change_lock(thread, file, family, type, range, wait);
}

Outcome lock_command(Thread& thread, OpenFile& file, unsigned which, Uaddr address)
{
    LockFamily const family
        = which >= command::get_description_lock ? LockFamily::Description : LockFamily::Posix;
    if (which == command::get_lock || which == command::get_description_lock)
        return get_lock(thread, file, family, address);
    bool const wait = which == command::set_lock_wait || which == command::set_description_lock_wait;
    return set_lock(thread, file, family, address, wait);
}

Outcome set_flags(OpenFile& file, Thread const& thread, std::uint32_t flags)
{
    using namespace open_flag;
    constexpr std::uint32_t changeable = append | nonblock | async | direct | no_atime;
    if ((flags & no_atime) && !(file.flags & no_atime) && file.inode->uid != thread.process->credentials.fsuid
        && !thread.process->credentials.capable(Capability::Fowner))
        return Status::NotPermitted;
    if ((flags & direct) && !(file.flags & direct) && file.kind == FileKind::Regular)
        return Status::BadArgument; // tmpfs has none
    file.flags = (file.flags & ~changeable) | (flags & changeable);
    return 0;
}

Outcome set_pipe_size(Thread& thread, OpenFile& file, std::uint64_t bytes)
{
    if (file.kind != FileKind::Pipe)
        return Status::BadDescriptor;
    return resize_pipe(
        *file.pipe, bytes & 0xffff'ffff, thread.process->credentials.capable(Capability::SysResource));
}

Outcome duplicate_from(Thread& thread, OpenFile& file, std::uint64_t from, CloseOnExec close)
{
    if ((from & 0xffff'ffff) >= descriptor_limit(thread))
        return Status::BadArgument;
    return duplicate(thread, file, static_cast<unsigned>(from), close);
}

// About the descriptor alone, whatever is open there.
bool is_of_table(unsigned which)
{
    using namespace command;
    return which == dup_fd || which == dup_fd_close_on_exec || which == get_fd || which == set_fd;
}

// What an O_PATH descriptor allows too.
bool works_on_path(unsigned which)
{
    return is_of_table(which) || which == command::get_flags;
}

// A switch over the commands: each case is one thought, splitting it would only hide the list.
Outcome control(Thread& thread, OpenFile& file, unsigned fd, unsigned which, std::uint64_t argument)
{
    FdTable& table = *thread.process->files;
    switch (which) {
    case command::dup_fd:
        return duplicate_from(thread, file, argument, CloseOnExec::No);
    case command::dup_fd_close_on_exec:
        return duplicate_from(thread, file, argument, CloseOnExec::Yes);
    case command::get_fd:
        return static_cast<int>(table.close_on_exec(fd));
    case command::set_fd:
        table.set_close_on_exec(fd, argument & 1 ? CloseOnExec::Yes : CloseOnExec::No);
        return 0;
    case command::get_flags:
        return file.flags;
    case command::set_flags:
        return set_flags(file, thread, static_cast<std::uint32_t>(argument));
    case command::set_owner:
        return set_owner(file, static_cast<std::int32_t>(argument));
    case command::get_owner:
        return get_owner(file);
    case command::set_owner_of_kind:
        return set_owner_of_kind(file, Uaddr{argument});
    case command::get_owner_of_kind:
        return get_owner_of_kind(file, Uaddr{argument});
    case command::set_signal:
        return set_owner_signal(file, argument);
    case command::get_signal:
        return file.owner_signal;
    case command::set_pipe_size:
        return set_pipe_size(thread, file, argument);
    case command::get_pipe_size:
        return file.kind == FileKind::Pipe ? Outcome{pipe_size(file)} : Outcome{Status::BadDescriptor};
    case command::get_lock:
    case command::set_lock:
    case command::set_lock_wait:
    case command::get_description_lock:
    case command::set_description_lock:
    case command::set_description_lock_wait:
        return lock_command(thread, file, which, Uaddr{argument});
    default:
        return Status::BadArgument;
    }
}

// ---- ioctl ------------------------------------------------------------------------------------------------

constexpr std::uint32_t set_close = 0x5451, clear_close = 0x5450; // FIOCLEX, FIONCLEX

// ioctls that every file knows; nothing for the others.
bool common_ioctl(
    FdTable& table, OpenFile& file, unsigned fd, std::uint32_t which, Uaddr argument, Outcome& outcome)
{
    constexpr std::uint32_t nonblocking = 0x5421, bytes_left = 0x541b;
    outcome = 0;
    if (which == set_close || which == clear_close) {
        table.set_close_on_exec(fd, which == set_close ? CloseOnExec::Yes : CloseOnExec::No);
    } else if (which == nonblocking) {
        auto const on = copy_in<std::int32_t>(argument);
        if (!on)
            outcome = on.error();
        else
            file.flags = *on ? file.flags | open_flag::nonblock : file.flags & ~open_flag::nonblock;
    } else if (which == bytes_left && file.kind == FileKind::Regular) {
        outcome = copy_out(argument, static_cast<std::int32_t>(file.inode->size - file.offset));
    } else {
        return false;
    }
    return true;
}

} // namespace

namespace linux_abi {

Outcome call_close(Thread& thread, Arguments const& arguments)
{
    if (reaping(thread)) [[unlikely]]
        return go_on_reaping(thread);
    FdTable& table = *thread.process->files;
    OpenFile* const file = table.remove(static_cast<unsigned>(arguments.as_int(0)));
    if (file == nullptr)
        return Status::BadDescriptor;
    close_file(table, *file);
    return reap_and_return(thread, 0);
}

Outcome call_close_range(Thread& thread, Arguments const& arguments)
{
    constexpr std::uint32_t unshare = 2, set_close_on_exec = 4;
    auto first = static_cast<std::uint32_t>(arguments[0]);
    auto const last = static_cast<std::uint32_t>(arguments[1]);
    auto const flags = static_cast<std::uint32_t>(arguments[2]);
    FdTable& table = *thread.process->files;
    if ((flags & ~(unshare | set_close_on_exec)) || first > last)
        return Status::BadArgument;
    if ((flags & unshare) && table.shared())
        return Status::NotSupported; // a shared table cannot be split yet
    for (unsigned fd = table.next_used(first); fd < FdTable::limit && fd <= last;
        fd = table.next_used(fd + 1)) {
        if (flags & set_close_on_exec)
            table.set_close_on_exec(fd, CloseOnExec::Yes);
        else
            close_file(table, *table.remove(fd));
        if (reap_step() || must_yield(thread))
            return Outcome::again(); // what is closed is closed: the next run finds the rest
    }
    return closed_elsewhere(*thread.process) ? await_closing(thread, 0) : Outcome{0};
}

Outcome call_dup(Thread& thread, Arguments const& arguments)
{
    return duplicate(thread, *TRY(descriptor_here(thread, arguments.as_int(0))), 0, CloseOnExec::No);
}

Outcome call_dup3(Thread& thread, Arguments const& arguments)
{
    if (reaping(thread))
        return go_on_reaping(thread);
    auto const target = static_cast<std::uint32_t>(arguments[1]);
    auto const flags = static_cast<std::uint32_t>(arguments[2]);
    if ((flags & ~open_flag::close_on_exec) || static_cast<std::uint32_t>(arguments[0]) == target)
        return Status::BadArgument;
    if (target >= descriptor_limit(thread))
        return Status::BadDescriptor;
    OpenFile& file = *TRY(descriptor_here(thread, arguments.as_int(0)));
    FdTable& table = *thread.process->files;
    if (table.get(static_cast<int>(target)) == nullptr) {
        TRY(table.install_at(file, closing(flags), target));
        retain(file);
        return target;
    }
    retain(file);
    close_file(table, table.replace(file, closing(flags), target));
    return reap_and_return(thread, target);
}

Outcome call_fcntl(Thread& thread, Arguments const& arguments)
{
    auto const which = static_cast<unsigned>(arguments[1]);
    OpenFile& file = *TRY(descriptor_here(thread, arguments.as_int(0)));
    if (file.kind == FileKind::Far && !is_of_table(which))
        return Status::Elsewhere;
    if (file.kind == FileKind::PathOnly && !works_on_path(which))
        return Status::BadDescriptor;
    return control(thread, file, static_cast<unsigned>(arguments[0]), which, arguments[2]);
}

Outcome call_flock(Thread& thread, Arguments const& arguments)
{
    constexpr unsigned shared = 1, exclusive = 2, nonblock = 4, unlock = 8, mandatory = 32;
    if (arguments[1] & mandatory)
        return 0; // what Linux has said to it since there are no mandatory locks
    OpenFile& file = *TRY(descriptor(thread, arguments.as_int(0)));
    auto const operation = static_cast<unsigned>(arguments[1]);
    unsigned const type = operation & ~nonblock;
    if (type != shared && type != exclusive && type != unlock)
        return Status::BadArgument;
    LockType const wanted = type == shared ? LockType::Shared
        : type == exclusive                ? LockType::Exclusive
                                           : LockType::Unlock;
    return change_lock(thread, file, LockFamily::Flock, wanted, LockRange{}, !(operation & nonblock));
}

Outcome call_ioctl(Thread& thread, Arguments const& arguments)
{
    OpenFile& file = *TRY(descriptor_here(thread, arguments.as_int(0)));
    auto const which = static_cast<std::uint32_t>(arguments[1]);
    if (file.kind == FileKind::PathOnly)
        return Status::BadDescriptor;
    if (file.kind == FileKind::Far && which != set_close && which != clear_close)
        return Status::Elsewhere;
    Outcome outcome = 0;
    if (common_ioctl(*thread.process->files, file, static_cast<unsigned>(arguments[0]), which,
            Uaddr{arguments[2]}, outcome))
        return outcome;
    if (operations_of(file).ioctl == nullptr)
        return Status::NotTerminal;
    return operations_of(file).ioctl(thread, file, which, arguments[2]);
}

Outcome call_pipe2(Thread& thread, Arguments const& arguments)
{
    using namespace open_flag;
    auto const flags = static_cast<std::uint32_t>(arguments[1]);
    if (flags & ~(close_on_exec | nonblock | direct))
        return Status::BadArgument;
    FdTable& table = *thread.process->files;
    unsigned const limit = descriptor_limit(thread);
    PipeEnds const ends = TRY(create_pipe(flags & (nonblock | direct)));
    auto const reader = table.install(*ends.reader, closing(flags), limit);
    auto const writer = reader ? table.install(*ends.writer, closing(flags), limit) : reader;
    std::int32_t const both[2] = {reader ? *reader : -1, writer ? *writer : -1};
    auto const copied
        = writer ? copy_out(Uaddr{arguments[0]}, both) : Result<void>{unexpected{writer.error()}};
    if (copied)
        return 0;
    if (reader)
        table.remove(static_cast<unsigned>(*reader));
    if (writer)
        table.remove(static_cast<unsigned>(*writer));
    release(*ends.reader);
    release(*ends.writer);
    return copied.error();
}

} // namespace linux_abi
} // namespace torc
