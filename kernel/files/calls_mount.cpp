// SPDX-License-Identifier: MIT
// mount and umount2: tmpfs, devtmpfs, proc; bind, move and remount; lazy unmounting. Mounts do not propagate,
// so the calls that make one private have nothing to do, and those that would share it are refused.
#include "kernel/files/descriptor.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/filesystem_create.hpp"
#include "kernel/files/name_link.hpp"
#include "kernel/files/walk.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"

namespace torc {
namespace {

namespace mount_flag { // linux/mount.h
constexpr std::uint64_t remount = 32, bind = 4096, move = 8192, unbindable = 1 << 17, make_private = 1 << 18,
                        slave = 1 << 19, shared = 1 << 20, strict_atime = 1 << 24, old_magic = 0xc0ed'0000,
                        old_magic_mask = 0xffff'0000;
constexpr std::uint64_t propagation = unbindable | make_private | slave | shared;
constexpr std::uint64_t kept = Mount::read_only | Mount::no_suid | Mount::no_device | Mount::no_exec
    | Mount::no_atime | Mount::no_directory_atime | Mount::relative_atime;
}

std::uint32_t flags_of(std::uint64_t flags)
{
    auto kept = static_cast<std::uint32_t>(flags & mount_flag::kept);
    if (!(flags & (Mount::no_atime | mount_flag::strict_atime)))
        kept |= Mount::relative_atime;
    return kept;
}

// ---- options of tmpfs -----------------------------------------------------------------------------------

struct TmpfsOptions {
    std::uint64_t pages, inodes;
    std::uint32_t mode{01777}, uid{0}, gid{0};
};

// "64m", "50%": bytes or a share of `whole`.
Result<std::uint64_t> parse_amount(std::string_view text, std::uint64_t whole, unsigned base)
{
    std::uint64_t value = 0;
    std::size_t i = 0;
    for (; i < text.size() && text[i] >= '0' && text[i] < static_cast<char>('0' + base); ++i)
        if (__builtin_mul_overflow(value, base, &value)
            || __builtin_add_overflow(value, text[i] - '0', &value))
            return unexpected{Status::BadArgument};
    std::string_view const suffix = text.substr(i);
    if (i == 0 || suffix.size() > 1)
        return unexpected{Status::BadArgument};
    if (suffix.empty())
        return value;
    if (suffix[0] == '%' && whole != 0)
        return whole * value / 100;
    std::size_t const unit = std::string_view{"kmgt"}.find(static_cast<char>(suffix[0] | 0x20));
    if (unit == std::string_view::npos || value >> (63 - 10 * (unit + 1)))
        return unexpected{Status::BadArgument};
    return value << 10 * (unit + 1);
}

Result<void> parse_option(TmpfsOptions& options, std::string_view key, std::string_view value)
{
    std::uint64_t const memory = machine_pages(this_torus()) * page_size;
    if (key == "size")
        options.pages = (TRY(parse_amount(value, memory, 10)) + page_size - 1) / page_size;
    else if (key == "nr_blocks")
        options.pages = TRY(parse_amount(value, 0, 10));
    else if (key == "nr_inodes")
        options.inodes = TRY(parse_amount(value, 0, 10));
    else if (key == "mode")
        options.mode = TRY(parse_amount(value, 0, 8)) & 07777;
    else if (key == "uid")
        options.uid = static_cast<std::uint32_t>(TRY(parse_amount(value, 0, 10)));
    else if (key == "gid")
        options.gid = static_cast<std::uint32_t>(TRY(parse_amount(value, 0, 10)));
    else if (key != "huge" && key != "mpol" && key != "inode64" && key != "inode32")
        return unexpected{Status::BadArgument};
    return {};
}

Result<void> parse_options(TmpfsOptions& options, std::string_view text)
{
    while (!text.empty()) {
        std::string_view const option = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), option.size() + 1));
        std::size_t const equals = option.find('=');
        std::string_view const value = equals == option.npos ? std::string_view{} : option.substr(equals + 1);
        if (!option.empty())
            TRY(parse_option(options, option.substr(0, equals), value));
    }
    if (options.pages == 0)
        options.pages = ~0ull; // no limit, as Linux has it
    if (options.inodes == 0)
        options.inodes = ~0ull;
    return {};
}

// ---- the forms of mount ---------------------------------------------------------------------------------

struct MountCall {
    std::string_view source, type, options;
    std::uint64_t flags;
};

Result<void> check_place(PathHold const& on)
{
    if (!on || !on.inode().is_directory())
        return unexpected{Status::NotDirectory};
    if (on.inode().dynamic && on.mount().root != &on.name())
        return unexpected{Status::NotPermitted}; // its name exists only while somebody looks at it
    return {};
}

Result<void> attach_new(Filesystem& filesystem, PathHold const& on, MountCall const& call)
{
    TRY(attach_mount(filesystem, *filesystem.root, on.path(), flags_of(call.flags), call.source));
    return {};
}

Result<void> mount_tmpfs(PathHold const& on, MountCall const& call)
{
    TmpfsOptions options{.pages = file_records().tmpfs_pages, .inodes = file_records().tmpfs_pages};
    TRY(parse_options(options, call.options));
    Filesystem& filesystem = *TRY(create_filesystem(FilesystemKind::Tmpfs));
    auto made = create_root(filesystem, static_cast<std::uint16_t>(options.mode));
    if (made) {
        filesystem.page_limit = options.pages;
        filesystem.inode_limit = options.inodes;
        filesystem.root->inode->uid = options.uid;
        filesystem.root->inode->gid = options.gid;
        made = attach_new(filesystem, on, call);
    }
    if (!made) {
        while (!empty_filesystem_step(filesystem)) { }
        release(filesystem);
    }
    return made;
}

Result<void> mount_proc(PathHold const& on, MountCall const& call)
{
    if (file_records().proc == nullptr)
        return unexpected{Status::NoSuchDevice};
    Filesystem& filesystem = *TRY(create_filesystem(FilesystemKind::Proc));
    auto made = create_root(filesystem, 0555);
    if (made)
        made = attach_new(filesystem, on, call);
    if (!made) {
        while (!empty_filesystem_step(filesystem)) { }
        release(filesystem);
    }
    return made;
}

Result<void> mount_new(PathHold const& on, MountCall const& call)
{
    bool const tmpfs = call.type == "tmpfs" || call.type == "ramfs", devices = call.type == "devtmpfs";
    if (!tmpfs && !devices && call.type != "proc")
        return unexpected{Status::NoSuchDevice};
    TRY(check_place(on));
    if (tmpfs)
        return mount_tmpfs(on, call);
    return devices ? attach_new(*file_records().devices, on, call) : mount_proc(on, call);
}

Result<PathHold> source_path(Thread& thread, MountCall const& call)
{
    return find_path(thread, at_flag::current_directory, call.source, 0);
}

Result<void> bind(Thread& thread, PathHold const& on, MountCall const& call)
{
    PathHold const from = TRY(source_path(thread, call));
    if (from.inode().is_directory() != on.inode().is_directory())
        return unexpected{Status::NotDirectory};
    if (from.inode().dynamic && from.mount().root != &from.name())
        return unexpected{Status::BadArgument};
    TRY(attach_mount(
        *from.mount().filesystem, from.name(), on.path(), from.mount().flags, from.mount().source));
    return {};
}

Result<void> move(Thread& thread, PathHold const& on, MountCall const& call)
{
    PathHold const from = TRY(source_path(thread, call));
    Mount& mount = from.mount();
    if (mount.root != &from.name() || mount.on.name == nullptr)
        return unexpected{Status::BadArgument};
    for (Path above = on.path(); above.name != nullptr; above = above.mount->on)
        if (above.mount == &mount)
            return unexpected{Status::Loop};
    TRY(check_place(on));
    Path const before = mount.on;
    --before.name->mounts;
    mount.on = on.path();
    retain(mount.on);
    ++mount.on.name->mounts;
    auto& mounts = file_records().mounts; // the youngest of a place is on top
    mounts.erase(mounts.iterator_to(mount));
    mounts.push_back(mount);
    release(before);
    return {};
}

// An open file that may be written keeps its mount writable.
Result<void> remount(PathHold const& on, MountCall const& call)
{
    Mount& mount = on.mount();
    if (mount.root != &on.name())
        return unexpected{Status::BadArgument};
    if ((call.flags & Mount::read_only) && !(mount.flags & Mount::read_only))
        for (PlaneCursor cursor; OpenFile const* file = file_records().open_files.next(cursor);)
            if (file->counts_writer && file->path.mount == &mount)
                return unexpected{Status::Busy};
    if (mount.filesystem->kind == FilesystemKind::Tmpfs && !(call.flags & mount_flag::bind)) {
        TmpfsOptions options{.pages = mount.filesystem->page_limit, .inodes = mount.filesystem->inode_limit};
        TRY(parse_options(options, call.options));
        if (options.pages < mount.filesystem->pages || options.inodes < mount.filesystem->inodes)
            return unexpected{Status::BadArgument};
        mount.filesystem->page_limit = options.pages;
        mount.filesystem->inode_limit = options.inodes;
    }
    mount.flags = flags_of(call.flags);
    return {};
}

Result<void> perform(Thread& thread, PathHold const& on, MountCall const& call)
{
    using namespace mount_flag;
    if (!thread.process->credentials.capable(Capability::SysAdmin))
        return unexpected{Status::NotPermitted};
    if (call.flags & mount_flag::remount)
        return torc::remount(on, call);
    if (call.flags & mount_flag::bind)
        return torc::bind(thread, on, call);
    if (call.flags & propagation)
        return call.flags & shared ? Result<void>{unexpected{Status::BadArgument}} : Result<void>{};
    if (call.flags & mount_flag::move)
        return torc::move(thread, on, call);
    return mount_new(on, call);
}

// A string argument of mount that may be null.
Result<std::string_view> optional_text(Uaddr from, std::span<char> to)
{
    if (from.raw() == 0)
        return std::string_view{};
    std::size_t const length = TRY(copy_in_string(to, from));
    return std::string_view{to.data(), length};
}

} // namespace

namespace linux_abi {

Outcome call_mount(Thread& thread, Arguments const& arguments)
{
    FileRecords& records = file_records();
    char type[32];
    [[clang::uninitialized]] char options[1024];
    MountCall call{};
    call.type = TRY(optional_text(Uaddr{arguments[2]}, type));
    call.options = TRY(optional_text(Uaddr{arguments[4]}, options));
    call.flags = arguments[3];
    if ((call.flags & mount_flag::old_magic_mask) == mount_flag::old_magic)
        call.flags &= ~mount_flag::old_magic_mask;
    PathHold const on = TRY(find_path(thread, at_flag::current_directory, Uaddr{arguments[1]}, 0));
    call.source = TRY(optional_text(Uaddr{arguments[0]}, records.second_path));
    bool const fresh = !(
        call.flags & (mount_flag::remount | mount_flag::bind | mount_flag::move | mount_flag::propagation));
    if (fresh && arguments[2] == 0)
        return Status::BadArgument;
    if (call.source.empty() && fresh)
        call.source = "none";
    return perform(thread, on, call);
}

Outcome call_umount2(Thread& thread, Arguments const& arguments)
{
    constexpr unsigned force = 1, detach = 2, expire = 4, no_follow = 8;
    if (reaping(thread))
        return go_on_reaping(thread);
    auto const flags = static_cast<unsigned>(arguments[1]);
    if ((flags & ~(force | detach | expire | no_follow)) || ((flags & expire) && (flags & (force | detach))))
        return Status::BadArgument;
    if (!thread.process->credentials.capable(Capability::SysAdmin))
        return Status::NotPermitted;
    Mount* mount = nullptr;
    {
        int const follow = flags & no_follow ? at_flag::symlink_no_follow : 0;
        PathHold const path = TRY(find_path(thread, at_flag::current_directory, Uaddr{arguments[0]}, follow));
        if (!path || path.mount().root != &path.name())
            return Status::BadArgument;
        mount = &path.mount();
    }
    if (mount->on.name == nullptr)
        return Status::BadArgument; // the first root stays
    if (flags & expire)
        return Status::WouldBlock; // marked; a second call would have to come
    if (!(flags & detach) && mount->references > 1)
        return Status::Busy;
    detach_mount(*mount);
    return reap_and_return(thread, 0);
}

} // namespace linux_abi
} // namespace torc
