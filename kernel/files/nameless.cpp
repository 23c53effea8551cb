// SPDX-License-Identifier: MIT
#include "kernel/files/nameless.hpp"
#include "kernel/files/anonymous_file.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/name_link.hpp"

namespace torc {

void put_nameless_text(FormatSink& out, OpenFile const& file)
{
    if (file.kind == FileKind::Pipe)
        format_to(out, "pipe:[{}]", file.inode->number);
    else
        format_to(out, "anon_inode:{}", anonymous_name(file.kind));
}

Result<Path> path_of_nameless(OpenFile const& file)
{
    FormatBuffer<32> text;
    put_nameless_text(text, file);
    Name* const name = TRY(create_name(nullptr, text.view(), NameTable::hash_of(text.view()), *file.inode));
    name->linked = true; // never shown as deleted
    Mount* const mount = file_records().nameless;
    retain(*mount);
    return Path{mount, name};
}

std::uint32_t nameless_mount_id()
{
    return file_records().nameless->id;
}

Result<Mount*> create_nameless_mount(Filesystem& filesystem)
{
    FileRecords& records = file_records();
    Mount* const mount = records.mount_records.create();
    if (mount == nullptr)
        return unexpected{Status::NoMemory};
    mount->filesystem = &filesystem;
    mount->flags = 0;
    mount->id = records.next_mount_id++;
    return mount;
}

} // namespace torc
