// SPDX-License-Identifier: MIT
// The file part of a torus at boot: limits of its pools from the memory there is, and the first filesystems.
#include "kernel/files/file_records.hpp"
#include "kernel/files/anonymous_file.hpp"
#include "kernel/files/devices.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/filesystem_create.hpp"
#include "kernel/files/inode_create.hpp"
#include "kernel/files/name_link.hpp"
#include "kernel/files/nameless.hpp"
#include "kernel/memory/record_backing.hpp"
#include "kernel/objects.hpp"
#include "kernel/planes.hpp"
#include <algorithm>
#include <memory>

namespace torc {
namespace {

Result<FileRecords*> place_records()
{
    std::size_t const bytes = round_to_backing_page(sizeof(FileRecords));
    ReservedRange range = reserve_records(bytes);
    if (!range.commit(0, bytes))
        return unexpected{Status::NoMemory};
    return std::construct_at(reinterpret_cast<FileRecords*>(range.at(0))); // SAFETY: pages of our own
}

template <typename P> void open_counted(P& pool, char const* name, std::uint32_t limit)
{
    open_pool(pool, limit);
    add_pool_row(name, pool);
}

// Everything grows with the number of pages; small machines still get a useful number of each.
void open_pools(FileRecords& records, std::uint64_t pages)
{
    auto const share = [pages](std::uint64_t divisor, std::uint32_t least, std::uint32_t most) {
        return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(pages / divisor, least, most));
    };
    std::uint32_t const files = share(1, 8192, 4u << 20);
    open_plane(records.open_files, PlaneNumber::OpenFile, cells_per_plane - 1);
    add_pool_row("open-file", records.open_files);
    open_counted(records.inodes, "inode", files);
    open_counted(records.names, "name", files);
    open_counted(records.long_texts, "name-text", files / 4);
    open_counted(records.path_texts, "link-text", files / 64);
    open_counted(records.page_nodes, "page-node", files);
    open_counted(records.bucket_pages, "name-bucket-page", 2048);
    open_counted(records.filesystems, "filesystem", 256);
    open_counted(records.mount_records, "mount", 1024);
    std::uint32_t const processes = share(8, 512, 32768);
    open_counted(records.contexts, "fs-context", processes);
    open_counted(records.tables, "descriptor-table", processes);
    open_counted(records.chunks, "descriptor-chunk", processes);
    open_counted(records.directories, "descriptor-directory", processes);
    open_counted(records.pipes, "pipe", 16384);
    open_counted(records.pipe_slots, "pipe-slots", 256);
    open_counted(records.generated_texts, "generated-text", 4096);
    open_counted(records.locks, "file-lock", 16384);
    std::uint32_t const items = share(2, 65536, 1u << 20);
    open_counted(records.waiters, "poll-waiter", 65536 + 2 * items);
    open_counted(records.epoll_sets, "epoll", files);
    open_counted(records.epoll_items, "epoll-item", items);
    open_counted(records.event_counters, "eventfd", files);
    open_counted(records.timer_files, "timerfd", files);
}

Result<Filesystem*> create_hidden(FilesystemKind kind)
{
    Filesystem* filesystem = TRY(create_filesystem(kind));
    filesystem->mounts = 1; // stays without being mounted
    return filesystem;
}

Result<void> make_root(FileRecords& records)
{
    Filesystem& filesystem = *TRY(create_filesystem(FilesystemKind::Tmpfs));
    TRY(create_root(filesystem, 0755));
    Mount* mount = TRY(attach_mount(filesystem, *filesystem.root, {}, Mount::relative_atime, "rootfs"));
    records.root = {mount, filesystem.root};
    retain(records.root);
    return {};
}

struct DeviceNode {
    char const* name;
    std::uint16_t permissions;
    Device device;
};
constexpr DeviceNode first_devices[] = {
    {"null", 0666, {1, 3}},
    {"zero", 0666, {1, 5}},
    {"full", 0666, {1, 7}},
    {"random", 0666, {1, 8}},
    {"urandom", 0666, {1, 9}},
    {"kmsg", 0644, {1, 11}},
    {"tty", 0666, {5, 0}},
    {"console", 0600, {5, 1}},
};

} // namespace

Result<void> add_device_node(std::string_view name, std::uint16_t permissions, Device device)
{
    Filesystem& filesystem = *file_records().devices;
    Inode* inode = TRY(create_inode(filesystem, InodeKind::CharDevice, permissions));
    inode->device = device;
    auto linked = link_name(*filesystem.root, name, NameTable::hash_of(name), *inode);
    release(*inode);
    if (!linked)
        return unexpected{linked.error()};
    return {};
}

Result<void> open_files()
{
    Torus& torus = this_torus();
    FileRecords& records = *TRY(place_records());
    torus.files = &records;
    open_pools(records, torus.frames.total_pages());
    records.tmpfs_pages = machine_pages(torus) / 2;
    records.pipe_filesystem = TRY(create_hidden(FilesystemKind::Pipefs));
    records.nameless = TRY(create_nameless_mount(*records.pipe_filesystem));
    records.internal_filesystem = TRY(create_hidden(FilesystemKind::Internal));
    TRY(start_anonymous_files());
    records.next_device += torus.number; // from here on every torus has numbers of its own
    records.next_mount_id += torus.number;
    return {};
}

Result<void> make_first_filesystems()
{
    FileRecords& records = file_records();
    TRY(make_root(records));
    records.devices = TRY(create_hidden(FilesystemKind::Devtmpfs));
    TRY(create_root(*records.devices, 0755));
    for (DeviceNode const& node : first_devices)
        TRY(add_device_node(node.name, node.permissions, node.device));
    return {};
}

void register_proc(DynamicOperations const& operations)
{
    file_records().proc = &operations;
}

} // namespace torc
