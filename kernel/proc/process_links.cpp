// SPDX-License-Identifier: MIT
// /proc/PID/exe, cwd, root: links that lead to the object itself, whatever their text says.
#include "kernel/files/file_api.hpp"
#include "kernel/files/fs_context.hpp"
#include "kernel/files/name.hpp"
#include "kernel/proc/process_tree.hpp"
#include "kernel/process/process.hpp"

namespace torc {
namespace {

// As seen from the reader's root.
std::size_t put_path(Thread& reader, Path const& path, std::span<char> room)
{
    std::size_t const length = path_text(path, reader.process->fs->root, room);
    bool const gone = !path.name->linked && path.name->parent != nullptr;
    if (!gone)
        return length;
    FormatSink sink{room.subspan(length)};
    sink.put(" (deleted)");
    return length + sink.size();
}

Result<Path> held(Path const& path)
{
    if (!path)
        return unexpected{Status::NotFound};
    retain(path);
    return path;
}

template <Path FsContext::* place>
Result<std::size_t> read_place(Thread& reader, ProcSubject const& subject, std::span<char> room)
{
    if (subject.process->fs == nullptr)
        return unexpected{Status::NotFound};
    return put_path(reader, subject.process->fs->*place, room);
}

template <Path FsContext::* place> Result<Path> follow_place(ProcSubject const& subject)
{
    if (subject.process->fs == nullptr)
        return unexpected{Status::NotFound};
    return held(subject.process->fs->*place);
}

} // namespace

namespace process_files {

Result<std::size_t> read_executable(Thread&, ProcSubject const& subject, std::span<char> room)
{
    if (subject.process->executable == nullptr)
        return unexpected{Status::NotFound};
    return path_text(*subject.process->executable, room);
}

Result<Path> follow_executable(ProcSubject const& subject)
{
    if (subject.process->executable == nullptr)
        return unexpected{Status::NotFound};
    return held(subject.process->executable->path);
}

Result<std::size_t> read_directory(Thread& reader, ProcSubject const& subject, std::span<char> room)
{
    return read_place<&FsContext::directory>(reader, subject, room);
}

Result<Path> follow_directory(ProcSubject const& subject)
{
    return follow_place<&FsContext::directory>(subject);
}

Result<std::size_t> read_root(Thread& reader, ProcSubject const& subject, std::span<char> room)
{
    return read_place<&FsContext::root>(reader, subject, room);
}

Result<Path> follow_root(ProcSubject const& subject)
{
    return follow_place<&FsContext::root>(subject);
}

} // namespace process_files
} // namespace torc
