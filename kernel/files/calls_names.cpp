// SPDX-License-Identifier: MIT
// Calls that read, make, remove and move names. The order of the checks is Linux's, because it decides which
// errno a call with two faults gets.
#include "kernel/files/descriptor.hpp"
#include "kernel/files/file_operations.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/inode_create.hpp"
#include "kernel/files/name_link.hpp"
#include "kernel/files/open_path.hpp"
#include "kernel/files/permission.hpp"
#include "kernel/files/walk.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include <algorithm>

namespace torc {
namespace {

// ---- making -------------------------------------------------------------------------------------------

// Where something new goes: a last component that is not there yet. `directory`: a slash may follow it.
enum class Makes : bool { Other, Directory };
Result<WalkEnd> find_free_place(Thread& thread, int fd, Uaddr text, PathBuffer buffer, Makes makes)
{
    WalkEnd place = TRY(find_place(thread, fd, text, buffer));
    if (place.kind != LastKind::Normal || place.found)
        return unexpected{Status::Exists};
    if (place.slash && makes == Makes::Other)
        return unexpected{Status::NotFound};
    if (place.parent.inode().dynamic)
        return unexpected{Status::NotFound}; // what is not there cannot be made there
    return place;
}

Result<void> add(WalkEnd const& place, Inode* inode)
{
    auto added = add_node(place, *inode);
    release(*inode); // the name has it, or nobody
    if (!added)
        return unexpected{added.error()};
    return {};
}

Result<InodeKind> node_kind(std::uint32_t mode)
{
    switch (mode & file_mode::type_mask) {
    case 0:
    case file_mode::regular:
        return InodeKind::Regular;
    case file_mode::fifo:
        return InodeKind::Fifo;
    case file_mode::socket:
        return InodeKind::Socket;
    case file_mode::char_device:
        return InodeKind::CharDevice;
    case file_mode::block_device:
        return InodeKind::BlockDevice;
    case file_mode::directory:
        return unexpected{Status::NotPermitted};
    default:
        return unexpected{Status::BadArgument};
    }
}

// ---- removing -----------------------------------------------------------------------------------------

Result<void> remove_file(Thread& thread, WalkEnd const& place)
{
    if (place.kind != LastKind::Normal)
        return unexpected{Status::IsDirectory};
    TRY(check_writable_mount(place.parent.mount()));
    if (!place.found)
        return unexpected{Status::NotFound};
    bool const is_directory = place.found.inode().is_directory();
    if (place.slash)
        return unexpected{is_directory ? Status::IsDirectory : Status::NotDirectory};
    if (place.found.mount().root == &place.found.name())
        return unexpected{Status::Busy};
    TRY(may_remove(place.parent.path(), place.found.name(), thread.process->credentials));
    if (is_directory)
        return unexpected{Status::IsDirectory};
    unlink_name(place.found.name());
    return {};
}

Result<void> remove_directory(Thread& thread, WalkEnd const& place)
{
    if (place.kind != LastKind::Normal)
        return unexpected{place.kind == LastKind::Dot ? Status::BadArgument
                : place.kind == LastKind::DotDot      ? Status::NotEmpty
                                                      : Status::Busy};
    TRY(check_writable_mount(place.parent.mount()));
    if (!place.found)
        return unexpected{Status::NotFound};
    Name& name = place.found.name();
    if (place.found.mount().root == &name)
        return unexpected{Status::Busy};
    TRY(may_remove(place.parent.path(), name, thread.process->credentials));
    if (!name.inode->is_directory())
        return unexpected{Status::NotDirectory};
    if (!name.inode->body.directory.names.empty())
        return unexpected{Status::NotEmpty};
    unlink_name(name);
    return {};
}

// ---- linking ------------------------------------------------------------------------------------------

// fs.protected_hardlinks: others' files can be linked only where they could be read and written.
Result<void> may_link(Inode const& inode, Credentials const& who)
{
    constexpr unsigned executable_group = file_mode::set_gid | 010;
    bool const safe = inode.kind == InodeKind::Regular && !(inode.permissions & file_mode::set_uid)
        && (inode.permissions & executable_group) != executable_group
        && has_permission(inode, who, may_read | may_write);
    if (!safe && !owns(inode, who))
        return unexpected{Status::NotPermitted};
    return {};
}

Result<void> make_link(Thread& thread, PathHold const& from, WalkEnd const& place)
{
    Inode& inode = from.inode();
    Credentials const& who = thread.process->credentials;
    if (&from.mount() != &place.parent.mount())
        return unexpected{Status::CrossDevice};
    TRY(may_link(inode, who));
    TRY(may_create_in(place.parent.path(), who));
    if (inode.is_directory())
        return unexpected{Status::NotPermitted};
    if (inode.links == 0 && !inode.linkable)
        return unexpected{Status::NotFound};
    TRY(link_name(place.parent.name(), place.last, place.hash, inode));
    return {};
}

// ---- renaming -----------------------------------------------------------------------------------------

namespace rename_flag {
constexpr std::uint32_t no_replace = 1, exchange = 2; // 4, whiteouts, are for overlays
}

struct Renaming {
    WalkEnd from, to;
    std::uint32_t flags;
    bool exchanges() const { return flags & rename_flag::exchange; }
};

Result<void> check_rename_places(Renaming const& r)
{
    using namespace rename_flag;
    if (&r.from.parent.mount() != &r.to.parent.mount())
        return unexpected{Status::CrossDevice};
    if (r.from.kind != LastKind::Normal)
        return unexpected{Status::Busy};
    if (r.to.kind != LastKind::Normal)
        return unexpected{r.flags & no_replace ? Status::Exists : Status::Busy};
    if (!r.from.found)
        return unexpected{Status::NotFound};
    if (r.to.found && (r.flags & no_replace))
        return unexpected{Status::Exists};
    if (r.exchanges() && !r.to.found)
        return unexpected{Status::NotFound};
    return {};
}

Result<void> check_rename_kinds(Renaming const& r)
{
    bool const from_directory = r.from.found.inode().is_directory();
    if (r.exchanges() && r.to.slash && !r.to.found.inode().is_directory())
        return unexpected{Status::NotDirectory};
    if (!from_directory && (r.from.slash || (!r.exchanges() && r.to.slash)))
        return unexpected{Status::NotDirectory};
    // A directory cannot go below itself, nor replace one that it lies in.
    if (is_ancestor(r.from.found.name(), r.to.parent.name()))
        return unexpected{Status::BadArgument};
    if (r.to.found && is_ancestor(r.to.found.name(), r.from.parent.name()))
        return unexpected{r.exchanges() ? Status::BadArgument : Status::NotEmpty};
    return {};
}

bool is_mounted_on(PathHold const& path)
{
    return path.mount().root == &path.name() || path.name().mounts != 0;
}

// What stands in the way of the new name, and may go.
Result<void> check_victim(Renaming const& r, Credentials const& who)
{
    TRY(may_remove(r.to.parent.path(), r.to.found.name(), who));
    if (r.exchanges())
        return {};
    bool const from_directory = r.from.found.inode().is_directory();
    bool const to_directory = r.to.found.inode().is_directory();
    if (from_directory && !to_directory)
        return unexpected{Status::NotDirectory};
    if (!from_directory && to_directory)
        return unexpected{Status::IsDirectory};
    return {};
}

Result<void> check_rename_rights(Renaming const& r, Credentials const& who)
{
    TRY(may_remove(r.from.parent.path(), r.from.found.name(), who));
    if (r.to.found)
        TRY(check_victim(r, who));
    else
        TRY(may_create_in(r.to.parent.path(), who));
    // ".." of a moved directory changes: that is a write to it.
    bool const moves = &r.from.parent.name() != &r.to.parent.name();
    if (moves && r.from.found.inode().is_directory())
        TRY(check_permission(r.from.found.inode(), who, may_write));
    if (moves && r.exchanges() && r.to.found.inode().is_directory())
        TRY(check_permission(r.to.found.inode(), who, may_write));
    if (is_mounted_on(r.from.found) || (r.to.found && is_mounted_on(r.to.found)))
        return unexpected{Status::Busy};
    if (!r.exchanges() && r.to.found && r.to.found.inode().is_directory()
        && !r.to.found.inode().body.directory.names.empty())
        return unexpected{Status::NotEmpty};
    return {};
}

Result<void> rename(Thread& thread, Renaming const& r)
{
    TRY(check_rename_places(r));
    TRY(check_writable_mount(r.from.parent.mount()));
    TRY(check_rename_kinds(r));
    if (r.to.found && &r.to.found.inode() == &r.from.found.inode())
        return {}; // two names of one file: nothing happens
    TRY(check_rename_rights(r, thread.process->credentials));
    if (r.exchanges()) {
        exchange_names(r.from.found.name(), r.to.found.name());
        return {};
    }
    Name* const victim = r.to.found ? &r.to.found.name() : nullptr;
    return move_name(r.from.found.name(), r.to.parent.name(), r.to.last, r.to.hash, victim);
}

Outcome rename_call(Thread& thread, Arguments const& arguments, std::uint32_t flags)
{
    using namespace rename_flag;
    if (reaping(thread))
        return go_on_reaping(thread);
    if ((flags & ~(no_replace | exchange)) || ((flags & no_replace) && (flags & exchange)))
        return Status::BadArgument;
    Renaming r{.from = TRY(find_place(thread, arguments.as_int(0), Uaddr{arguments[1]}, PathBuffer::First)),
        .to = TRY(find_place(thread, arguments.as_int(2), Uaddr{arguments[3]}, PathBuffer::Second)),
        .flags = flags};
    Result<void> const done = rename(thread, r);
    r = {};
    return reap_and_return(thread, done);
}

} // namespace

namespace linux_abi {

Outcome call_mkdirat(Thread& thread, Arguments const& arguments)
{
    WalkEnd const place = TRY(find_free_place(
        thread, arguments.as_int(0), Uaddr{arguments[1]}, PathBuffer::First, Makes::Directory));
    auto const mode = static_cast<std::uint32_t>(arguments[2]) & (0777 | file_mode::sticky);
    Inode* const inode = TRY(make_node(thread, place, InodeKind::Directory, mode));
    inode->size = 2 * entry_size;
    return add(place, inode);
}

Outcome call_mknodat(Thread& thread, Arguments const& arguments)
{
    auto const mode = static_cast<std::uint32_t>(arguments[2]);
    InodeKind const kind = TRY(node_kind(mode));
    WalkEnd const place = TRY(
        find_free_place(thread, arguments.as_int(0), Uaddr{arguments[1]}, PathBuffer::First, Makes::Other));
    bool const device = kind == InodeKind::CharDevice || kind == InodeKind::BlockDevice;
    TRY(may_create_in(place.parent.path(), thread.process->credentials));
    if (device && !thread.process->credentials.capable(Capability::Mknod))
        return Status::NotPermitted;
    Inode* const inode = TRY(make_node(thread, place, kind, mode & file_mode::permissions));
    if (device)
        inode->device = Device::decode(arguments[3] & 0xffff'ffff);
    return add(place, inode);
}

Outcome call_symlinkat(Thread& thread, Arguments const& arguments)
{
    std::string_view const text = TRY(copy_path(Uaddr{arguments[0]}, PathBuffer::First));
    if (text.empty())
        return Status::NotFound;
    WalkEnd const place = TRY(
        find_free_place(thread, arguments.as_int(1), Uaddr{arguments[2]}, PathBuffer::Second, Makes::Other));
    Inode* const inode = TRY(make_node(thread, place, InodeKind::Symlink, 0777));
    inode->permissions = 0777; // umask does not matter for links
    if (auto set = set_link_text(*inode, text); !set) {
        inode->size = 0;
        release(*inode);
        return set;
    }
    return add(place, inode);
}

Outcome call_linkat(Thread& thread, Arguments const& arguments)
{
    using namespace at_flag;
    int const flags = arguments.as_int(4);
    if (flags & ~(symlink_follow | empty_path))
        return Status::BadArgument;
    if ((flags & empty_path) && !thread.process->credentials.capable(Capability::DacReadSearch))
        return Status::NotFound;
    int const follow = (flags & symlink_follow ? 0 : symlink_no_follow) | (flags & empty_path);
    PathHold const from = TRY(find_path(thread, arguments.as_int(0), Uaddr{arguments[1]}, follow));
    if (!from)
        return Status::NotFound; // a pipe, by its descriptor
    WalkEnd const place = TRY(
        find_free_place(thread, arguments.as_int(2), Uaddr{arguments[3]}, PathBuffer::Second, Makes::Other));
    return make_link(thread, from, place);
}

Outcome call_unlinkat(Thread& thread, Arguments const& arguments)
{
    if (reaping(thread))
        return go_on_reaping(thread);
    int const flags = arguments.as_int(2);
    if (flags & ~at_flag::remove_directory)
        return Status::BadArgument;
    Result<void> done;
    {
        WalkEnd const place
            = TRY(find_place(thread, arguments.as_int(0), Uaddr{arguments[1]}, PathBuffer::First));
        done = flags ? remove_directory(thread, place) : remove_file(thread, place);
    }
    return reap_and_return(thread, done);
}

Outcome call_renameat(Thread& thread, Arguments const& arguments)
{
    return rename_call(thread, arguments, 0);
}

Outcome call_renameat2(Thread& thread, Arguments const& arguments)
{
    return rename_call(thread, arguments, static_cast<std::uint32_t>(arguments[4]));
}

Outcome call_readlinkat(Thread& thread, Arguments const& arguments)
{
    int const size = arguments.as_int(3);
    if (size <= 0)
        return Status::BadArgument;
    constexpr int flags = at_flag::symlink_no_follow | at_flag::empty_path;
    PathHold const path = TRY(find_path(thread, arguments.as_int(0), Uaddr{arguments[1]}, flags));
    bool const link = path && path.inode().kind == InodeKind::Symlink;
    if (!link) // of a descriptor with an empty path: ENOENT
        return !path || file_records().first_path[0] == '\0' ? Status::NotFound : Status::BadArgument;
    Inode& inode = path.inode();
    std::string_view text;
    if (inode.dynamic) {
        std::span<char> const room{file_records().link_texts};
        text = {room.data(), TRY(inode.filesystem->dynamic->read_link(thread, inode.body.node, room))};
    } else {
        text = link_text(inode);
    }
    std::size_t const length = std::min(text.size(), static_cast<std::size_t>(size));
    TRY(copy_out(Uaddr{arguments[2]}, text.data(), length));
    return static_cast<std::int64_t>(length);
}

Outcome call_getdents64(Thread& thread, Arguments const& arguments)
{
    OpenFile& file = *TRY(descriptor(thread, arguments.as_int(0)));
    if (operations_of(file).read_directory == nullptr)
        return Status::NotDirectory;
    if (file.inode->links == 0 && !file.inode->dynamic)
        return Status::NotFound; // removed
    return operations_of(file).read_directory(thread, file, Uaddr{arguments[1]}, arguments[2] & 0xffff'ffff);
}

} // namespace linux_abi
} // namespace torc
