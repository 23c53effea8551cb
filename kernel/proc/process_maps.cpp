// SPDX-License-Identifier: MIT
// /proc/PID/maps and smaps. The cursor is the address that the next line starts at or after, so mappings may
// come and go between two steps.
#include "kernel/files/far_file.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/filesystem.hpp"
#include "kernel/memory/mapping.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/proc/process_files.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

constexpr std::size_t device_width = 2;
constexpr std::size_t name_column = 73; // of a mapping's name, as on Linux

void put_rights(FormatSink& out, Mapping const& m)
{
    out.put(m.protection & 1 ? 'r' : '-');
    out.put(m.protection & 2 ? 'w' : '-');
    out.put(m.protection & 4 ? 'x' : '-');
    out.put(m.is_shared() ? 's' : 'p');
}

Handle far_file_of(Mapping const& m)
{
    return m.file != nullptr && m.file->kind == FileKind::Far ? far_handle(*m.file) : Handle{};
}

void put_origin(ProcText& text, Mapping const& m)
{
    FormatSink& out = text.out;
    put_hex(out, m.source == MapSource::File ? m.offset : 0, 8);
    out.put(' ');
    put_hex(out, 0, 2);
    out.put(':');
    Handle const far = far_file_of(m);
    if (far.is_null() || !text.leave_hole(HoleKind::Device, far))
        put_hex(out, m.inode != nullptr ? m.inode->filesystem->device : 0, 2);
    out.put(' ');
    put_decimal(out, m.inode != nullptr ? m.inode->number : 0);
    out.put(' ');
}

std::string_view kernel_name(Space const& space, Mapping const& m)
{
    if (m.source == MapSource::Special)
        return m.offset == 0 ? "[vvar]" : "[vdso]";
    Space::Layout const& layout = space.layout;
    if (m.inode != nullptr)
        return "/dev/zero (deleted)"; // shared memory without a file
    if (m.start < layout.brk && m.end > layout.brk_start)
        return "[heap]";
    if (m.start <= layout.stack_start && m.end >= layout.stack_start)
        return "[stack]";
    return {};
}

// `line_start`: as if no hole had been left before it.
void put_name(ProcText& text, std::size_t line_start, Space const& space, Mapping const& m)
{
    FormatSink& out = text.out;
    char path[1024];
    std::string_view name;
    Handle const far = far_file_of(m);
    if (!far.is_null() && text.holes != nullptr) {
        while (out.size() - line_start < name_column)
            out.put(' ');
        (void)text.leave_hole(HoleKind::Path, far);
        return;
    }
    if (m.file != nullptr)
        name = {path, path_text(*m.file, path)};
    else
        name = kernel_name(space, m);
    if (name.empty())
        return;
    while (out.size() - line_start < name_column)
        out.put(' ');
    put_escaped(out, name, "\n");
}

void put_line(ProcText& text, Space const& space, Mapping const& m)
{
    FormatSink& out = text.out;
    std::size_t start = out.size();
    put_hex(out, m.start, 8);
    out.put('-');
    put_hex(out, m.end, 8);
    out.put(' ');
    put_rights(out, m);
    out.put(' ');
    std::uint32_t const holes = text.holes != nullptr ? text.holes->count : 0;
    put_origin(text, m);
    if (text.holes != nullptr && text.holes->count != holes)
        start -= device_width;
    put_name(text, start, space, m);
    out.put('\n');
}

} // namespace

namespace process_files {

Result<bool> maps(ProcText& text)
{
    Space* const space = text.subject.space();
    Mapping const* const m = space != nullptr ? space->first_at_or_after(text.cursor) : nullptr;
    if (m == nullptr)
        return false;
    put_line(text, *space, *m);
    text.cursor = m->end;
    return true;
}

} // namespace process_files
} // namespace torc
