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
// Elsewhere: it is another torus's, and so is the call.
inline Result<OpenFile*> any_descriptor(Thread const& thread, int fd)
{
    OpenFile* const file = thread.process->files->get(fd);
    if (file == nullptr || file->kind == FileKind::Far) [[unlikely]]
        return unexpected{file == nullptr ? Status::BadDescriptor : Status::Elsewhere};
    return file;
}
inline Result<OpenFile*> descriptor(Thread const& thread, int fd)
{
    OpenFile* const file = TRY(any_descriptor(thread, fd));
    if (file->kind == FileKind::PathOnly) [[unlikely]]
        return unexpected{Status::BadDescriptor};
    return file;
}
// For what a process does with its table alone (dup, close-on-exec): a far one will do, an O_PATH one too.
inline Result<OpenFile*> descriptor_here(Thread const& thread, int fd)
{
    OpenFile* const file = thread.process->files->get(fd);
    if (file == nullptr) [[unlikely]]
        return unexpected{Status::BadDescriptor};
    return file;
}
// Why a descriptor did not do: it is another torus's, or none.
inline Status refusal_of(OpenFile const* file)
{
    return file != nullptr && file->kind == FileKind::Far ? Status::Elsewhere : Status::BadDescriptor;
}

inline unsigned descriptor_limit(Thread const& thread)
{
    std::uint64_t const limit = thread.process->limits[Resource::Files].soft;
    return limit < FdTable::limit ? static_cast<unsigned>(limit) : FdTable::limit;
}

// A call that waits holds its file: another thread may close the descriptor, or give its number to another
// file. Then it is thread.held_file.
Outcome hold_while_waiting(Thread& thread, OpenFile& file, Outcome outcome);

// The end of a call that may have dropped the last hold on long files: frees their pages before it returns,
// by grains. The handler starts with `if (reaping(thread)) return go_on_reaping(thread);`.
bool reaping(Thread const& thread);
Outcome go_on_reaping(Thread& thread);
Outcome reap_and_return(Thread& thread, Outcome outcome);

} // namespace torc
