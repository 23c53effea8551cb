// SPDX-License-Identifier: MIT
// Where a process stands: chdir, chroot, getcwd, umask; and the context record behind them.
#include "kernel/files/descriptor.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/permission.hpp"
#include "kernel/files/walk.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include <utility>

namespace torc {

Result<FsContext*> create_fs_context()
{
    FileRecords& records = file_records();
    FsContext* context = records.contexts.create();
    if (context == nullptr)
        return unexpected{Status::NoMemory};
    context->root = context->directory = records.root;
    retain(context->root);
    retain(context->directory);
    return context;
}

Result<FsContext*> copy_fs_context(FsContext const& from)
{
    FsContext* context = file_records().contexts.create(from);
    if (context == nullptr)
        return unexpected{Status::NoMemory};
    context->references = 1;
    retain(context->root);
    retain(context->directory);
    if (context->far_root != nullptr)
        retain(*context->far_root);
    if (context->far_directory != nullptr)
        retain(*context->far_directory);
    return context;
}

void release(FsContext& context)
{
    if (--context.references != 0)
        return;
    release(context.root);
    release(context.directory);
    if (context.far_root != nullptr)
        release(*context.far_root);
    if (context.far_directory != nullptr)
        release(*context.far_directory);
    file_records().contexts.destroy(&context);
}

namespace {

Result<void> may_enter(Thread const& thread, PathHold const& path)
{
    if (!path || !path.inode().is_directory())
        return unexpected{Status::NotDirectory};
    if (!may_search(path.inode(), thread.process->credentials))
        return unexpected{Status::AccessDenied};
    return {};
}

void move_to(Path& place, PathHold path)
{
    Path const before = std::exchange(place, path.commit());
    release(before);
}

} // namespace

namespace linux_abi {

Outcome call_chdir(Thread& thread, Arguments const& arguments)
{
    PathHold path = TRY(find_path(thread, at_flag::current_directory, Uaddr{arguments[0]}, 0));
    TRY(may_enter(thread, path));
    move_to(thread.process->fs->directory, std::move(path));
    return 0;
}

Outcome call_fchdir(Thread& thread, Arguments const& arguments)
{
    PathHold path{TRY(any_descriptor(thread, arguments.as_int(0)))->path};
    TRY(may_enter(thread, path));
    move_to(thread.process->fs->directory, std::move(path));
    return 0;
}

Outcome call_chroot(Thread& thread, Arguments const& arguments)
{
    PathHold path = TRY(find_path(thread, at_flag::current_directory, Uaddr{arguments[0]}, 0));
    TRY(may_enter(thread, path));
    if (!thread.process->credentials.capable(Capability::SysChroot))
        return Status::NotPermitted;
    move_to(thread.process->fs->root, std::move(path));
    return 0;
}

Outcome call_getcwd(Thread& thread, Arguments const& arguments)
{
    FsContext const& context = *thread.process->fs;
    if (context.directory.name == nullptr) [[unlikely]]
        return Status::Elsewhere;
    if (context.directory.name->inode->links == 0 && !context.directory.name->inode->dynamic)
        return Status::NotFound;
    std::span<char> const room{file_records().first_path};
    std::size_t const length
        = path_text(context.directory, context.root, room.first(room.size() - 1), OutsideRoot::Marked);
    room[length] = '\0';
    if (length + 1 > arguments[1])
        return Status::OutOfRange;
    TRY(copy_out(Uaddr{arguments[0]}, room.data(), length + 1));
    return static_cast<std::int64_t>(length + 1);
}

Outcome call_umask(Thread& thread, Arguments const& arguments)
{
    return std::exchange(thread.process->fs->umask, static_cast<std::uint32_t>(arguments[0]) & 0777);
}

} // namespace linux_abi
} // namespace torc
