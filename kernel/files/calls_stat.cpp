// SPDX-License-Identifier: MIT
// stat and statfs in their forms. Structures as asm-generic/stat.h, linux/stat.h and asm-generic/statfs.h lay
// them out.
#include "kernel/files/descriptor.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/inode_create.hpp"
#include "kernel/files/walk.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"

namespace torc {
namespace {

constexpr std::int64_t second = 1'000'000'000;

struct Stamp { // struct timespec
    std::int64_t seconds;
    std::int64_t nanoseconds;
    static Stamp of(FileTime t)
    {
        std::int64_t const rest = t % second;
        return rest >= 0 ? Stamp{t / second, rest} : Stamp{t / second - 1, rest + second};
    }
};

struct UserStat {
    std::uint64_t device, inode;
    std::uint32_t mode, links, uid, gid;
    std::uint64_t special_device, pad1;
    std::int64_t size;
    std::int32_t block_size, pad2;
    std::int64_t blocks;
    Stamp accessed, modified, changed;
    std::uint32_t unused[2];
};
static_assert(sizeof(UserStat) == 128);

struct StatxStamp {
    std::int64_t seconds;
    std::uint32_t nanoseconds;
    std::int32_t reserved;
    static StatxStamp of(FileTime t)
    {
        Stamp const stamp = Stamp::of(t);
        return {stamp.seconds, static_cast<std::uint32_t>(stamp.nanoseconds), 0};
    }
};

struct UserStatx {
    std::uint32_t mask, block_size;
    std::uint64_t attributes;
    std::uint32_t links, uid, gid;
    std::uint16_t mode, spare0;
    std::uint64_t inode, size, blocks, attributes_mask;
    StatxStamp accessed, born, changed, modified;
    std::uint32_t special_major, special_minor, device_major, device_minor;
    std::uint64_t mount;
    std::uint32_t memory_alignment, offset_alignment;
    std::uint64_t spare[12];
};
static_assert(sizeof(UserStatx) == 256);

struct UserStatfs {
    std::int64_t type, block_size;
    std::uint64_t blocks, blocks_free, blocks_available, files, files_free;
    std::int32_t id[2];
    std::int64_t name_length, fragment_size, flags, spare[4];
};
static_assert(sizeof(UserStatfs) == 120);

// A generated file is looked at anew: a process may have changed its owner. Gone: as it was last seen.
// NotYet is the only failure.
Result<void> refresh(Inode& inode)
{
    if (!inode.dynamic)
        return {};
    auto const info = inode.filesystem->dynamic->inspect(inode.body.node);
    if (info)
        apply_node_info(inode, *info);
    else if (info.error() == Status::NotYet)
        return unexpected{info.error()};
    return {};
}

std::uint64_t blocks_of(Inode const& inode) // of 512 bytes
{
    bool const paged = inode.kind == InodeKind::Regular && !inode.dynamic;
    return paged ? inode.body.file.pages.pages() * (page_size / 512) : 0;
}

std::int32_t block_size_of(Inode const& inode)
{
    return inode.dynamic ? 1024 : static_cast<std::int32_t>(page_size);
}

Outcome put_stat(Inode& inode, Uaddr to)
{
    TRY(refresh(inode));
    UserStat const stat{
        .device = Device{0, inode.filesystem->device}.encoded(),
        .inode = inode.number,
        .mode = inode.mode(),
        .links = inode.links,
        .uid = inode.uid,
        .gid = inode.gid,
        .special_device = inode.device.encoded(),
        .pad1 = 0,
        .size = static_cast<std::int64_t>(inode.size),
        .block_size = block_size_of(inode),
        .pad2 = 0,
        .blocks = static_cast<std::int64_t>(blocks_of(inode)),
        .accessed = Stamp::of(inode.accessed),
        .modified = Stamp::of(inode.modified),
        .changed = Stamp::of(inode.changed),
        .unused = {},
    };
    return copy_out(to, stat);
}

UserStatx statx_of(Inode const& inode, Mount const* mount)
{
    constexpr std::uint32_t basic = 0x7ff, born = 0x800, mount_id = 0x1000;
    constexpr std::uint64_t mount_root = 0x2000;
    UserStatx x{};
    x.mask = basic | mount_id | (inode.dynamic ? 0 : born);
    x.block_size = static_cast<std::uint32_t>(block_size_of(inode));
    x.attributes_mask = mount_root;
    x.attributes = mount != nullptr && mount->root->inode == &inode ? mount_root : 0;
    x.links = inode.links;
    x.uid = inode.uid;
    x.gid = inode.gid;
    x.mode = static_cast<std::uint16_t>(inode.mode());
    x.inode = inode.number;
    x.size = inode.size;
    x.blocks = blocks_of(inode);
    x.accessed = StatxStamp::of(inode.accessed);
    x.born = StatxStamp::of(inode.born);
    x.changed = StatxStamp::of(inode.changed);
    x.modified = StatxStamp::of(inode.modified);
    x.special_major = inode.device.major;
    x.special_minor = inode.device.minor;
    x.device_minor = inode.filesystem->device;
    x.mount = mount ? mount->id : 0;
    return x;
}

Outcome put_statfs(Filesystem const& filesystem, Mount const* mount, Uaddr to)
{
    constexpr std::int64_t valid
        = 0x20; // ST_VALID; the other flags are those of mount(2) up to ST_RELATIME's own
    constexpr std::uint32_t shown = Mount::read_only | Mount::no_suid | Mount::no_device | Mount::no_exec
        | Mount::no_atime | Mount::no_directory_atime;
    UserStatfs s{};
    s.type = magic_number(filesystem.kind);
    s.block_size = s.fragment_size = page_size;
    s.name_length = name_limit;
    s.id[0] = static_cast<std::int32_t>(filesystem.device);
    if (filesystem.page_limit != ~0ull) {
        s.blocks = filesystem.page_limit;
        s.blocks_free = s.blocks_available
            = filesystem.page_limit - std::min(filesystem.pages, filesystem.page_limit);
        s.files = filesystem.inode_limit;
        s.files_free = filesystem.inode_limit - std::min(filesystem.inodes, filesystem.inode_limit);
    }
    s.flags = valid;
    if (mount != nullptr)
        s.flags |= (mount->flags & shown) | (mount->flags & Mount::relative_atime ? 0x1000 : 0);
    return copy_out(to, s);
}

} // namespace

Outcome stat_file(OpenFile const& file, Uaddr to)
{
    return put_stat(*file.inode, to);
}

namespace linux_abi {

Outcome call_fstat(Thread& thread, Arguments const& arguments)
{
    return put_stat(*TRY(any_descriptor(thread, arguments.as_int(0)))->inode, Uaddr{arguments[1]});
}

Outcome call_newfstatat(Thread& thread, Arguments const& arguments)
{
    using namespace at_flag;
    int const flags = arguments.as_int(3);
    if (flags & ~(symlink_no_follow | no_automount | empty_path))
        return Status::BadArgument;
    FileTarget const target = TRY(find_target(thread, arguments.as_int(0), Uaddr{arguments[1]}, flags));
    return put_stat(*target.inode, Uaddr{arguments[2]});
}

Outcome call_statx(Thread& thread, Arguments const& arguments)
{
    using namespace at_flag;
    int const flags = arguments.as_int(2);
    constexpr std::uint32_t reserved = 0x8000'0000;
    if ((flags & ~(symlink_no_follow | no_automount | empty_path | statx_sync_mask))
        || (flags & statx_sync_mask) == statx_sync_mask || (arguments[3] & reserved))
        return Status::BadArgument;
    FileTarget const target = TRY(find_target(thread, arguments.as_int(0), Uaddr{arguments[1]}, flags));
    TRY(refresh(*target.inode));
    return copy_out(
        Uaddr{arguments[4]}, statx_of(*target.inode, target.path ? &target.path.mount() : nullptr));
}

Outcome call_statfs(Thread& thread, Arguments const& arguments)
{
    PathHold const path = TRY(find_path(thread, at_flag::current_directory, Uaddr{arguments[0]}, 0));
    return put_statfs(*path.inode().filesystem, &path.mount(), Uaddr{arguments[1]});
}

Outcome call_fstatfs(Thread& thread, Arguments const& arguments)
{
    OpenFile const& file = *TRY(any_descriptor(thread, arguments.as_int(0)));
    return put_statfs(*file.inode->filesystem, file.path.mount, Uaddr{arguments[1]});
}

} // namespace linux_abi
} // namespace torc
