// SPDX-License-Identifier: MIT
#include "kernel/files/inode.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/filesystem_create.hpp"
#include "kernel/files/inode_create.hpp"
#include "kernel/time/clock.hpp"
#include "kernel/tori/far_inode.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/loan_records.hpp"
#include "kernel/tori/page_loans.hpp"
#include "kernel/torus.hpp"
#include <memory>

namespace torc {
namespace {

constexpr unsigned reap_grain = 32; // pages

void construct_body(Inode& inode)
{
    switch (inode.kind) {
    case InodeKind::Regular:
        std::construct_at(&inode.body.file);
        break;
    case InodeKind::Directory:
        std::construct_at(&inode.body.directory);
        break;
    case InodeKind::Symlink:
        std::construct_at(&inode.body.link);
        break;
    default:
        inode.body.pipe = nullptr;
    }
}

void destroy_body(Inode& inode)
{
    if (inode.dynamic)
        return;
    if (inode.kind == InodeKind::Regular)
        std::destroy_at(&inode.body.file);
    else if (inode.kind == InodeKind::Directory)
        std::destroy_at(&inode.body.directory);
    else if (inode.kind == InodeKind::Symlink && inode.size > LinkBody::inline_limit)
        file_records().path_texts.free(
            reinterpret_cast<PathText*>(inode.body.link.long_text)); // SAFETY: made as one
}

void free_inode(Inode& inode)
{
    Filesystem& filesystem = *inode.filesystem;
    destroy_body(inode);
    if (!inode.dynamic)
        --filesystem.inodes;
    file_records().inodes.destroy(&inode);
    release(filesystem);
}

} // namespace

FileTime file_time_now()
{
    return static_cast<FileTime>(realtime_ns());
}

Result<Inode*> create_inode(Filesystem& filesystem, InodeKind kind, std::uint16_t permissions)
{
    if (filesystem.inodes >= filesystem.inode_limit)
        return unexpected{Status::NoSpace};
    Inode* inode = file_records().inodes.create();
    if (inode == nullptr)
        return unexpected{Status::NoMemory};
    inode->kind = kind;
    inode->permissions = permissions;
    inode->filesystem = &filesystem;
    inode->number = filesystem.next_inode;
    filesystem.next_inode += filesystem.inode_step;
    inode->accessed = inode->modified = inode->changed = inode->born = file_time_now();
    construct_body(*inode);
    retain(filesystem);
    ++filesystem.inodes;
    return inode;
}

Result<Inode*> create_dynamic_inode(Filesystem& filesystem, NodeInfo const& info)
{
    Inode* inode = file_records().inodes.create();
    if (inode == nullptr)
        return unexpected{Status::NoMemory};
    inode->dynamic = true;
    inode->filesystem = &filesystem;
    inode->accessed = inode->modified = inode->changed = inode->born = file_time_now();
    inode->body.node = info.node;
    apply_node_info(*inode, info);
    retain(filesystem);
    return inode;
}

void apply_node_info(Inode& inode, NodeInfo const& info)
{
    inode.kind = info.kind;
    inode.permissions = info.permissions;
    inode.uid = info.uid;
    inode.gid = info.gid;
    inode.links = info.links;
    inode.size = info.size;
    inode.number = info.node;
}

Result<void> set_link_text(Inode& inode, std::string_view text)
{
    char* to = inode.body.link.short_text;
    if (text.size() > LinkBody::inline_limit) {
        PathText* record = file_records().path_texts.allocate();
        if (record == nullptr)
            return unexpected{Status::NoMemory};
        to = inode.body.link.long_text = record->text;
    }
    inode.size = text.size();
    __builtin_memcpy(to, text.data(), text.size());
    return {};
}

std::string_view link_text(Inode const& inode)
{
    LinkBody const& link = inode.body.link;
    return {inode.size <= LinkBody::inline_limit ? link.short_text : link.long_text, inode.size};
}

std::uint32_t Inode::mode() const
{
    constexpr std::uint32_t types[] = {file_mode::regular, file_mode::directory, file_mode::symlink,
        file_mode::fifo, file_mode::char_device, file_mode::block_device, file_mode::socket, 0};
    return types[static_cast<unsigned>(kind)] | permissions;
}

void retain(Inode& inode)
{
    ++inode.references;
}

void release(Inode& inode)
{
    if (--inode.references != 0) [[likely]]
        return;
    if (inode.is_far)
        return far_inode_unused(inode);
    if (inode.kind == InodeKind::Regular && !inode.dynamic && inode.file().loan != nullptr)
        return end_loan(inode); // comes back by reclaim()
    reclaim(inode);
}

void reclaim(Inode& inode)
{
    if (inode.kind == InodeKind::Regular && !inode.dynamic && !drop_pages(inode, 0, PageTree::page_limit)) {
        file_records().dying.push_back(inode); // reap_step goes on
        file_records().something_dies = true;
        return;
    }
    free_inode(inode);
}

static bool nothing_dies(FileRecords const& records)
{
    FarRecords const* const far = this_torus().far;
    return records.dying.empty() && records.dying_sets.empty() && records.dying_filesystems.empty()
        && (far == nullptr || far->loans == nullptr || far->loans->leaving.empty());
}

bool reap_step()
{
    FileRecords& records = file_records();
    if (!records.something_dies) [[likely]]
        return false;
    if (!records.dying.empty()) {
        Inode& inode = records.dying.front();
        if (drop_pages(inode, 0, PageTree::page_limit)) {
            records.dying.pop_front();
            free_inode(inode);
        }
    } else if (!records.dying_filesystems.empty()) {
        Filesystem& filesystem = records.dying_filesystems.front();
        if (empty_filesystem_step(filesystem)) {
            records.dying_filesystems.pop_front();
            release(filesystem);
        }
    }
    if (!records.dying_sets.empty()) {
        EpollSet& set = records.dying_sets.front();
        records.dying_sets.pop_front();
        if (!free_set_step(set))
            records.dying_sets.push_front(set);
    }
    if (this_torus().far != nullptr)
        (void)far_reap_step();
    return records.something_dies = !nothing_dies(records);
}

bool drop_pages(Inode& inode, std::uint64_t first, std::uint64_t end)
{
    unsigned const dropped = inode.file().pages.remove(first, end, reap_grain);
    inode.filesystem->pages -= dropped;
    file_records().cached_pages -= dropped;
    return dropped < reap_grain;
}

} // namespace torc
