// SPDX-License-Identifier: MIT
// /proc/filesystems, /proc/PID/mounts and mountinfo, as seen from the process's root.
#include "kernel/files/file_api.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/filesystem.hpp"
#include "kernel/files/fs_context.hpp"
#include "kernel/files/name.hpp"
#include "kernel/proc/fixed_files.hpp"
#include "kernel/proc/process_files.hpp"
#include "kernel/process/process.hpp"

namespace torc {
namespace {

constexpr std::string_view special_in_mounts = " \t\n\\#";

Mount const* next_mount_after(std::uint64_t id)
{
    for (Mount const& mount : file_records().mounts)
        if (mount.id > id)
            return &mount;
    return nullptr;
}

void put_path(FormatSink& out, Path const& path, Path const& root)
{
    char text[1024];
    std::size_t const length = path_text(path, root, text);
    put_escaped(out, {text, length}, special_in_mounts);
}

// Where the mount lies: the root of what it shows, seen through it.
void put_place(FormatSink& out, Mount const& mount, Path const& root)
{
    put_path(out, {const_cast<Mount*>(&mount), mount.root}, root);
}

// Which part of its filesystem a mount shows ("/" unless it is a bind mount).
void put_part(FormatSink& out, Mount const& mount)
{
    Name const* names[16];
    unsigned depth = 0;
    for (Name const* name = mount.root; name->parent != nullptr && depth < 16; name = name->parent)
        names[depth++] = name;
    if (depth == 0)
        out.put('/');
    while (depth > 0) {
        out.put('/');
        put_escaped(out, names[--depth]->text(), special_in_mounts);
    }
}

void put_options(FormatSink& out, Mount const& mount)
{
    struct Option {
        std::uint32_t flag;
        std::string_view text;
    };
    static constexpr Option options[] = {{Mount::no_suid, ",nosuid"}, {Mount::no_device, ",nodev"},
        {Mount::no_exec, ",noexec"}, {Mount::no_atime, ",noatime"},
        {Mount::no_directory_atime, ",nodiratime"}, {Mount::relative_atime, ",relatime"}};
    out.put(mount.flags & Mount::read_only ? "ro" : "rw");
    for (Option const& option : options)
        if (mount.flags & option.flag)
            out.put(option.text);
}

// The filesystem's own options, as Linux's tmpfs shows those that differ from what it would choose.
void put_filesystem_options(FormatSink& out, Filesystem const& filesystem)
{
    if (filesystem.kind != FilesystemKind::Tmpfs || filesystem.root == nullptr)
        return;
    FileRecords const& records = file_records();
    if (filesystem.page_limit != records.tmpfs_pages && filesystem.page_limit != ~0ull)
        format_to(out, ",size={}k", filesystem.page_limit * (page_size / 1024));
    if (filesystem.inode_limit != records.tmpfs_pages && filesystem.inode_limit != ~0ull)
        format_to(out, ",nr_inodes={}", filesystem.inode_limit);
    Inode const& root = *filesystem.root->inode;
    if (root.permissions != 01777 && records.root.mount->filesystem != &filesystem)
        format_to(out, ",mode={:03o}", root.permissions);
    if (root.uid != 0)
        format_to(out, ",uid={}", root.uid);
    if (root.gid != 0)
        format_to(out, ",gid={}", root.gid);
}

void put_source(FormatSink& out, Mount const& mount)
{
    put_escaped(out, mount.source[0] != '\0' ? std::string_view{mount.source} : "none", special_in_mounts);
}

bool shows_root(Mount const& mount)
{
    return file_records().root.mount == &mount;
}

std::string_view type_of(Mount const& mount)
{
    return shows_root(mount) ? "rootfs" : type_name(mount.filesystem->kind);
}

void put_mount(FormatSink& out, Mount const& mount, Path const& root)
{
    put_source(out, mount);
    out.put(' ');
    put_place(out, mount, root);
    format_to(out, " {} ", type_of(mount));
    put_options(out, mount);
    put_filesystem_options(out, *mount.filesystem);
    out.put(" 0 0\n");
}

void put_mount_info(FormatSink& out, Mount const& mount, Path const& root)
{
    Mount const* const below = mount.on.mount;
    format_to(
        out, "{} {} 0:{} ", mount.id, below != nullptr ? below->id : mount.id, mount.filesystem->device);
    put_part(out, mount);
    out.put(' ');
    put_place(out, mount, root);
    out.put(' ');
    put_options(out, mount);
    format_to(out, " - {} ", type_of(mount));
    put_source(out, mount);
    out.put(mount.flags & Mount::read_only ? " ro" : " rw");
    put_filesystem_options(out, *mount.filesystem);
    out.put('\n');
}

// The cursor is the id of the last mount shown.
Result<bool> each_mount(ProcText& text, void (*put)(FormatSink&, Mount const&, Path const&))
{
    FsContext const* const context = text.subject.process->fs;
    if (context == nullptr)
        return unexpected{Status::BadArgument}; // Linux: of a zombie
    Mount const* const mount = next_mount_after(text.cursor);
    if (mount == nullptr)
        return false;
    put(text.out, *mount, context->root);
    text.cursor = mount->id;
    return true;
}

} // namespace

namespace fixed_files {

Result<bool> filesystems(ProcText& text)
{
    text.out.put("nodev\ttmpfs\nnodev\tproc\nnodev\tdevtmpfs\nnodev\tpipefs\n");
    return false;
}

} // namespace fixed_files

namespace process_files {

Result<bool> mounts(ProcText& text)
{
    return each_mount(text, put_mount);
}

Result<bool> mountinfo(ProcText& text)
{
    return each_mount(text, put_mount_info);
}

} // namespace process_files
} // namespace torc
