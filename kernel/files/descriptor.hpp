// SPDX-License-Identifier: MIT
// What most file calls begin and end with.
#pragma once
#include "kernel/files/fd_table.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/linux/outcome.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"

namespace torc {

// The file behind a descriptor; BadDescriptor. O_PATH ones only where the call allows them.
inline Result<OpenFile*> any_descriptor(Thread const& thread, int fd)
{
    OpenFile* const file = thread.process->files->get(fd);
    if (file == nullptr) [[unlikely]]
        return unexpected{Status::BadDescriptor};
    return file;
}
inline Result<OpenFile*> descriptor(Thread const& thread, int fd)
{
    OpenFile* const file = thread.process->files->get(fd);
    if (file == nullptr || file->kind == FileKind::PathOnly) [[unlikely]]
        return unexpected{Status::BadDescriptor};
    return file;
}

inline unsigned descriptor_limit(Thread const& thread)
{
    std::uint64_t const limit = thread.process->limits[Resource::Files].soft;
    return limit < FdTable::limit ? static_cast<unsigned>(limit) : FdTable::limit;
}

// The end of a call that may have dropped the last hold on long files: frees their pages before it returns,
// by grains. The handler starts with `if (reaping(thread)) return go_on_reaping(thread);`.
bool reaping(Thread const& thread);
Outcome go_on_reaping(Thread& thread);
Outcome reap_and_return(Thread& thread, Outcome outcome);

} // namespace torc
