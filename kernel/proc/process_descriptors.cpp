// SPDX-License-Identifier: MIT
// /proc/PID/fd and fdinfo.
#include "kernel/files/far_file.hpp"
#include "kernel/files/fd_table.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/file_operations.hpp"
#include "kernel/files/filesystem.hpp"
#include "kernel/files/inode.hpp"
#include "kernel/files/nameless.hpp"
#include "kernel/proc/proc_elsewhere.hpp"
#include "kernel/proc/process_tree.hpp"
#include "kernel/process/process.hpp"

namespace torc::process_files {
namespace {

Result<OpenFile*> file_of(ProcSubject const& subject, std::uint32_t number)
{
    FdTable const* const files = subject.process->files;
    OpenFile* const file
        = files != nullptr && number < FdTable::limit ? files->get(static_cast<int>(number)) : nullptr;
    if (file == nullptr)
        return unexpected{Status::NotFound};
    return file;
}

} // namespace

bool next_descriptor(ProcSubject const& subject, std::uint32_t& number)
{
    FdTable const* const files = subject.process->files;
    if (files == nullptr || number >= FdTable::limit)
        return false;
    number = files->next_used(number);
    return number < FdTable::limit;
}

Result<std::uint16_t> descriptor_permissions(ProcSubject const& subject, std::uint32_t number)
{
    OpenFile const& file = *TRY(file_of(subject, number));
    return static_cast<std::uint16_t>((file.can_read ? 0500 : 0) | (file.can_write ? 0300 : 0));
}

Result<std::size_t> read_descriptor(ProcSubject const& subject, std::uint32_t number, std::span<char> room)
{
    return path_text(*TRY(file_of(subject, number)), room);
}

Result<Path> follow_descriptor(ProcSubject const& subject, std::uint32_t number)
{
    OpenFile const& file = *TRY(file_of(subject, number));
    if (file.path) {
        retain(file.path);
        return file.path;
    }
    return path_of_nameless(file);
}

Result<bool> descriptor_info(ProcText& text)
{
    OpenFile& file = *TRY(file_of(text.subject, text.number));
    bool const closes = text.subject.process->files->close_on_exec(text.number) == CloseOnExec::Yes;
    std::uint32_t const flags = closes ? open_flag::close_on_exec : 0;
    if (file.kind != FileKind::Far)
        return describe_file(file, flags, text.cursor, text.out);
    if (text.leave_hole(HoleKind::Description, far_handle(file), flags))
        return false;
    return proc_elsewhere::describe_object(text.reader, far_handle(file), flags, text.cursor, text.out);
}

bool describe_file(OpenFile& file, std::uint32_t descriptor_flags, std::uint64_t& cursor, FormatSink& out)
{
    auto const describe = operations_of(file).describe;
    if (cursor != 0) {
        std::uint64_t record = cursor - 1;
        bool const more = describe != nullptr && describe(file, record, out);
        cursor = record + 1;
        return more;
    }
    cursor = 1;
    format_to(out, "pos:\t{}\nflags:\t0{:o}\nmnt_id:\t{}\nino:\t{}\n", file.can_seek ? file.offset : 0,
        file.flags | descriptor_flags, file.path ? file.path.mount->id : nameless_mount_id(),
        file.inode->number);
    return describe != nullptr;
}

} // namespace torc::process_files
