// SPDX-License-Identifier: MIT
#include "kernel/files/anonymous_file.hpp"
#include "kernel/files/descriptor.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/filesystem_create.hpp"
#include "kernel/files/inode_create.hpp"

namespace torc {

Result<OpenFile*> create_anonymous_file(FileKind kind, std::uint32_t flags)
{
    OpenFile* const file = file_records().open_files.create();
    if (file == nullptr)
        return unexpected{Status::FileTableFull};
    file->kind = kind;
    file->flags = open_flag::read_write | (flags & open_flag::nonblock);
    file->can_read = file->can_write = true;
    file->inode = file_records().anonymous_inode;
    retain(*file->inode);
    return file;
}

Outcome give_descriptor(Thread& thread, OpenFile& file, std::uint32_t flags)
{
    CloseOnExec const close = flags & open_flag::close_on_exec ? CloseOnExec::Yes : CloseOnExec::No;
    auto const fd = thread.process->files->install(file, close, descriptor_limit(thread));
    if (!fd)
        release(file);
    return fd;
}

std::string_view anonymous_name(FileKind kind)
{
    switch (kind) {
    case FileKind::EventCounter:
        return "[eventfd]";
    case FileKind::Timer:
        return "[timerfd]";
    case FileKind::Signals:
        return "[signalfd]";
    case FileKind::Epoll:
        return "[eventpoll]";
    case FileKind::Process:
        return "[pidfd]";
    default:
        return {};
    }
}

Outcome seek_nowhere(OpenFile&, std::int64_t, Whence)
{
    return 0;
}

Result<void> start_anonymous_files()
{
    FileRecords& records = file_records();
    Filesystem* const filesystem = TRY(create_filesystem(FilesystemKind::Anonymous));
    filesystem->mounts = 1; // stays without being mounted
    records.anonymous_inode = TRY(create_inode(*filesystem, InodeKind::Typeless, 0600));
    records.anonymous_inode->links = 1;
    return {};
}

} // namespace torc
