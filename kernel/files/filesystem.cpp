// SPDX-License-Identifier: MIT
#include "kernel/files/filesystem.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/filesystem_create.hpp"
#include "kernel/files/inode_create.hpp"
#include "kernel/files/name_link.hpp"

namespace torc {

char const* type_name(FilesystemKind kind)
{
    constexpr char const* names[] = {"tmpfs", "devtmpfs", "proc", "pipefs", "tmpfs", "anon_inodefs"};
    return names[static_cast<unsigned>(kind)];
}

std::uint32_t magic_number(FilesystemKind kind)
{
    constexpr std::uint32_t numbers[]
        = {0x0102'1994, 0x0102'1994, 0x9fa0, 0x5049'5045, 0x0102'1994, 0x0904'1934};
    return numbers[static_cast<unsigned>(kind)];
}

// Pipes, shared memory without a name, eventfds and their like are one filesystem each to programs: the same
// device on every torus. Its inodes have numbers of their own on each torus, but for the one of all eventfds.
static void number_filesystem(Filesystem& filesystem, FileRecords& records)
{
    Torus const& torus = this_torus();
    bool const numbers_inodes
        = filesystem.kind == FilesystemKind::Pipefs || filesystem.kind == FilesystemKind::Internal;
    bool const everywhere = numbers_inodes || filesystem.kind == FilesystemKind::Anonymous;
    filesystem.device = records.next_device;
    records.next_device += everywhere ? 1 : torus.tori;
    if (numbers_inodes) {
        filesystem.next_inode += torus.number;
        filesystem.inode_step = torus.tori;
    }
}

Result<Filesystem*> create_filesystem(FilesystemKind kind)
{
    FileRecords& records = file_records();
    Filesystem* filesystem = records.filesystems.create();
    if (filesystem == nullptr)
        return unexpected{Status::NoMemory};
    filesystem->kind = kind;
    number_filesystem(*filesystem, records);
    if (kind == FilesystemKind::Tmpfs) {
        filesystem->page_limit = records.tmpfs_pages;
        filesystem->inode_limit = records.tmpfs_pages;
    }
    if (kind == FilesystemKind::Proc)
        filesystem->dynamic = records.proc;
    return filesystem;
}

static Result<Inode*> create_root_inode(Filesystem& filesystem, std::uint16_t permissions)
{
    if (filesystem.dynamic != nullptr)
        return create_dynamic_inode(
            filesystem, TRY(filesystem.dynamic->inspect(filesystem.dynamic->root_node)));
    Inode* inode = TRY(create_inode(filesystem, InodeKind::Directory, permissions));
    inode->links = 2;
    inode->size = 2 * entry_size;
    return inode;
}

Result<void> create_root(Filesystem& filesystem, std::uint16_t permissions)
{
    Inode* inode = TRY(create_root_inode(filesystem, permissions));
    auto name = create_name(nullptr, "/", 0, *inode);
    release(*inode); // the name holds it now
    if (!name)
        return unexpected{name.error()};
    filesystem.root = *name;
    return {};
}

bool empty_filesystem_step(Filesystem& filesystem)
{
    if (filesystem.root == nullptr)
        return true;
    for (unsigned grain = 0; grain < 16; ++grain) {
        // The youngest entry of the deepest directory, so that every directory is empty when it goes.
        Name* name = filesystem.root;
        while (!name->inode->dynamic && name->inode->is_directory()
            && !name->inode->body.directory.names.empty())
            name = &*name->inode->body.directory.names.rbegin();
        if (name == filesystem.root) {
            filesystem.root = nullptr;
            release(*name);
            return true;
        }
        unlink_name(*name);
    }
    return false;
}

void retain(Filesystem& filesystem)
{
    ++filesystem.references;
}

void release(Filesystem& filesystem)
{
    if (--filesystem.references == 0)
        file_records().filesystems.destroy(&filesystem);
}

void retain(Path const& path)
{
    if (path.name == nullptr)
        return;
    retain(*path.name);
    retain(*path.mount);
}

void release(Path const& path)
{
    if (path.name == nullptr)
        return;
    release(*path.name);
    release(*path.mount);
}

} // namespace torc
