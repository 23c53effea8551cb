// SPDX-License-Identifier: MIT
#include "kernel/files/open_path.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/inode_create.hpp"
#include "kernel/files/kind_operations.hpp"
#include "kernel/files/name_link.hpp"
#include "kernel/files/permission.hpp"
#include "kernel/format.hpp"
#include "kernel/poll/epoll_set.hpp"
#include "kernel/process/process.hpp"
#include "kernel/tori/far_inode.hpp"

namespace torc {
namespace {

using namespace open_flag;

FileKind device_kind(Device device)
{
    constexpr std::uint32_t memory = 1, consoles = 4, terminals = 5, serial = 204;
    if (device.major == consoles || device.major == terminals || device.major == serial)
        return FileKind::Terminal;
    if (device.major != memory)
        return FileKind::NoDevice;
    switch (device.minor) {
    case 3:
        return FileKind::Null;
    case 5:
        return FileKind::Zero;
    case 7:
        return FileKind::Full;
    case 8:
    case 9:
        return FileKind::Random;
    case 11:
        return FileKind::KernelLog;
    default:
        return FileKind::NoDevice;
    }
}

FileKind kind_of(Inode const& inode, std::uint32_t flags)
{
    if (flags & path)
        return FileKind::PathOnly;
    switch (inode.kind) {
    case InodeKind::Regular:
        return inode.dynamic ? FileKind::DynamicText : FileKind::Regular;
    case InodeKind::Directory:
        return inode.dynamic ? FileKind::DynamicDirectory : FileKind::Directory;
    case InodeKind::Fifo:
        return FileKind::Pipe;
    case InodeKind::CharDevice:
        return device_kind(inode.device);
    default:
        return FileKind::NoDevice;
    }
}

// O_RDONLY, O_WRONLY, O_RDWR, and 3, which asks for both and then allows neither.
unsigned wanted_access(std::uint32_t flags)
{
    constexpr unsigned wanted[] = {may_read, may_write, may_read | may_write, may_read | may_write};
    return wanted[flags & access_mask] | (flags & truncate ? may_write : 0);
}

bool is_device(InodeKind kind)
{
    return kind == InodeKind::CharDevice || kind == InodeKind::BlockDevice;
}

Result<void> check_existing(Credentials const& who, PathHold const& found, std::uint32_t flags)
{
    Inode const& inode = found.inode();
    unsigned const wanted = wanted_access(flags);
    if (inode.kind == InodeKind::Symlink)
        return unexpected{Status::Loop};
    if (inode.is_directory() && (wanted & may_write))
        return unexpected{Status::IsDirectory};
    if (is_device(inode.kind) && (found.mount().flags & Mount::no_device))
        return unexpected{Status::AccessDenied};
    if ((wanted & may_write) && inode.kind == InodeKind::Regular)
        TRY(check_writable_mount(found.mount()));
    TRY(check_permission(inode, who, wanted));
    if ((flags & no_atime) && !owns(inode, who))
        return unexpected{Status::NotPermitted};
    if ((wanted & may_write) && inode.kind == InodeKind::Regular && inode.writers < 0)
        return unexpected{Status::TextBusy};
    if ((flags & direct) && inode.kind == InodeKind::Regular && !inode.dynamic)
        return unexpected{Status::BadArgument}; // tmpfs has none
    return {};
}

Result<OpenTarget> create_regular(Thread& thread, WalkEnd const& place, OpenHow how)
{
    Inode* const inode = TRY(make_node(thread, place, InodeKind::Regular, how.mode));
    auto path = add_node(place, *inode);
    release(*inode);
    if (!path)
        return unexpected{path.error()};
    return OpenTarget{std::move(*path), true};
}

// O_CREAT: the last component may be missing.
Result<OpenTarget> find_for_create(Thread& thread, Path const& start, std::string_view text, OpenHow how)
{
    bool const keep = how.flags & (exclusive | no_follow) || text.back() == '/'; // "link/" is told first
    WalkEnd end = TRY(walk(thread, start, text, keep ? LastLink::Keep : LastLink::Follow));
    if (end.kind == LastKind::Normal && end.slash)
        return unexpected{Status::IsDirectory};
    if (!end.found && end.parent.inode().dynamic)
        return unexpected{Status::NotFound};
    if (!end.found)
        return create_regular(thread, end, how);
    if (how.flags & exclusive)
        return unexpected{Status::Exists};
    if (end.found.inode().is_directory())
        return unexpected{Status::IsDirectory};
    TRY(check_existing(thread.process->credentials, end.found, how.flags));
    return OpenTarget{std::move(end.found), false};
}

// O_TMPFILE: a file without a name in this directory. Its text in /proc is as Linux has it.
Result<OpenTarget> create_unnamed(Thread& thread, PathHold directory, OpenHow how)
{
    if (!directory.inode().is_directory())
        return unexpected{Status::NotDirectory};
    if (directory.inode().dynamic)
        return unexpected{Status::NotSupported};
    WalkEnd place;
    place.parent = std::move(directory);
    Inode* const inode = TRY(make_node(thread, place, InodeKind::Regular, how.mode));
    inode->linkable = !(how.flags & exclusive);
    FormatBuffer<24> text;
    format_to(text, "#{}", inode->number);
    auto name = create_name(&place.parent.name(), text.view(), 0, *inode);
    release(*inode);
    if (!name)
        return unexpected{name.error()};
    retain(place.parent.mount());
    return OpenTarget{PathHold::adopt({&place.parent.mount(), *name}), true};
}

Result<OpenTarget> find_existing(Thread& thread, int fd, std::string_view text, OpenHow how)
{
    int const follow = how.flags & no_follow ? at_flag::symlink_no_follow : 0;
    PathHold found = TRY(find_path(thread, fd, text, follow));
    if ((how.flags & temporary) == temporary)
        return create_unnamed(thread, std::move(found), how);
    if ((how.flags & directory) && !found.inode().is_directory())
        return unexpected{Status::NotDirectory};
    if (!(how.flags & path))
        TRY(check_existing(thread.process->credentials, found, how.flags));
    return OpenTarget{std::move(found), false};
}

void set_abilities(OpenFile& file)
{
    std::uint32_t const mode = file.flags & access_mask;
    file.can_read = mode == read_only || mode == read_write;
    file.can_write = mode == write_only || mode == read_write;
    file.can_seek = operations_of(file).seek != nullptr;
    if (file.kind == FileKind::Regular && file.can_write) {
        ++file.inode->writers;
        file.counts_writer = true;
    }
}

} // namespace

Result<OpenHow> normalise(OpenHow how)
{
    constexpr std::uint32_t kept = access_mask | create | exclusive | no_terminal | truncate | append
        | nonblock | sync | async | directory | no_follow | direct | large_file | no_atime | close_on_exec
        | path | temporary_bit;
    how.flags &= kept;
    if (how.flags & path)
        how.flags &= directory | no_follow | path | close_on_exec;
    how.mode = how.flags & create || (how.flags & temporary_bit) ? how.mode & file_mode::permissions : 0;
    if (how.flags & temporary_bit) {
        bool const writes
            = (how.flags & access_mask) == write_only || (how.flags & access_mask) == read_write;
        if (!(how.flags & directory) || (how.flags & create) || !writes)
            return unexpected{Status::BadArgument};
    } else if ((how.flags & (create | directory)) == (create | directory)) {
        return unexpected{Status::BadArgument};
    }
    return how;
}

Result<OpenTarget> find_or_create(Thread& thread, int fd, std::string_view text, OpenHow how)
{
    if (text.empty())
        return unexpected{Status::NotFound};
    if (how.flags & create)
        return find_for_create(thread, TRY(walk_start(thread, fd, text)), text, how);
    return find_existing(thread, fd, text, how);
}

Result<Inode*> make_node(Thread& thread, WalkEnd const& place, InodeKind kind, std::uint32_t mode)
{
    Credentials const& who = thread.process->credentials;
    Inode& directory = place.parent.inode();
    TRY(may_create_in(place.parent.path(), who));
    std::uint32_t const permissions = mode & ~thread.process->fs->umask & file_mode::permissions;
    Inode* inode = TRY(create_inode(*directory.filesystem, kind, static_cast<std::uint16_t>(permissions)));
    inherit_ownership(*inode, directory, who);
    return inode;
}

Result<PathHold> add_node(WalkEnd const& place, Inode& inode)
{
    Name* const name = TRY(link_name(place.parent.name(), place.last, place.hash, inode));
    return PathHold{Path{&place.parent.mount(), name}};
}

Result<void> check_reopening(Thread const& thread, PathHold const& found, OpenHow how)
{
    if ((how.flags & directory) && !found.inode().is_directory())
        return unexpected{Status::NotDirectory};
    if (how.flags & no_follow)
        return unexpected{Status::Loop};
    return how.flags & path ? Result<void>{} : check_existing(thread.process->credentials, found, how.flags);
}

Result<OpenFile*> open_target(Thread& thread, OpenTarget target, OpenHow how)
{
    OpenFile* file = file_records().open_files.create();
    if (file == nullptr)
        return unexpected{Status::FileTableFull};
    Inode& inode = target.path.inode();
    file->kind = kind_of(inode, how.flags);
    constexpr std::uint32_t not_shown = create | exclusive | truncate | close_on_exec;
    file->flags = (how.flags & ~not_shown) | (how.flags & path ? 0 : large_file);
    file->inode = &inode;
    retain(inode);
    file->path = target.path.commit();
    if (file->kind == FileKind::PathOnly)
        return file;
    set_abilities(*file);
    if (operations_of(*file).open != nullptr) {
        if (auto opened = operations_of(*file).open(thread, *file); !opened) {
            file->kind = FileKind::NoDevice; // it has nothing of its own to release
            release(*file);
            return unexpected{opened.error()};
        }
    }
    file->flags &= ~no_terminal; // only open wants to know
    return file;
}

void release(OpenFile& file)
{
    if (--file.references != 0) [[likely]]
        return;
    if (file.first_item != 0) [[unlikely]]
        epoll_file_closed(file);
    if (file.kind == FileKind::Far) [[unlikely]] {
        operations_of(file).release(file);
        file_records().open_files.destroy(&file);
        return;
    }
    Inode& inode = *file.inode;
    if (operations_of(file).release != nullptr)
        operations_of(file).release(file);
    if (file.counts_writer)
        --inode.writers;
    if (file.denies_writing)
        ++inode.writers;
    if (inode.locks != nullptr)
        drop_locks(inode, &file);
    if (file.path.name != nullptr)
        release(file.path);
    release(inode);
    file_records().open_files.destroy(&file);
}

// ---- for the rest of the kernel (file_api.hpp) ---------------------------------------------------------

Result<OpenFile*> open_kernel(
    Thread& thread, char const* kernel_path, std::uint32_t flags, std::uint32_t mode)
{
    OpenHow const how = TRY(normalise({flags, mode}));
    OpenTarget target = TRY(find_or_create(thread, at_flag::current_directory, kernel_path, how));
    return open_target(thread, std::move(target), how);
}

Result<OpenFile*> open_executable(Thread& thread, char const* kernel_path)
{
    PathHold found = TRY(find_path(thread, at_flag::current_directory, std::string_view{kernel_path}, 0));
    Inode& inode = found.inode();
    if (inode.kind != InodeKind::Regular || inode.dynamic || (found.mount().flags & Mount::no_exec))
        return unexpected{Status::AccessDenied};
    TRY(check_permission(inode, thread.process->credentials, may_execute));
    if (inode.writers > 0)
        return unexpected{Status::TextBusy};
    OpenFile* file = TRY(open_target(thread, {std::move(found), false}, {read_only, 0}));
    --inode.writers;
    file->denies_writing = true;
    return file;
}

Result<std::size_t> read_kernel(OpenFile& file, std::uint64_t offset, std::span<std::byte> to)
{
    if (file.kind == FileKind::Far)
        return read_far(file, offset, to);
    if (file.kind != FileKind::Regular)
        return unexpected{Status::BadArgument};
    return read_pages(file, offset, to.data(), to.size());
}

ProgramRights rights_of_program(OpenFile const& file)
{
    if (file.kind == FileKind::Far) {
        FarFacts const& facts = far_facts(file);
        return {facts.uid, facts.gid, facts.permissions};
    }
    constexpr std::uint16_t set_id = file_mode::set_uid | file_mode::set_gid;
    Inode const& inode = *file.inode;
    bool const counts = file.path.mount == nullptr || !(file.path.mount->flags & Mount::no_suid);
    return {inode.uid, inode.gid,
        static_cast<std::uint16_t>(counts ? inode.permissions : inode.permissions & ~set_id)};
}

FileKind mappable_kind(OpenFile const& file)
{
    return file.kind == FileKind::Far ? static_cast<FileKind>(far_facts(file).kind) : file.kind;
}

Result<void> check_mappable(OpenFile& file, std::uint8_t protection, bool shared)
{
    constexpr std::uint8_t write = 2, execute = 4;
    bool can_read = file.can_read, can_write = file.can_write;
    bool no_exec = file.path.mount != nullptr && file.path.mount->flags & Mount::no_exec;
    if (file.kind == FileKind::Far) {
        TRY(learn_far_file(file));
        FarFacts const& facts = far_facts(file);
        if (mappable_kind(file) == FileKind::PathOnly)
            return unexpected{Status::BadDescriptor};
        can_read = facts.can_read, can_write = facts.can_write, no_exec = facts.no_exec;
    }
    if (!can_read || (shared && (protection & write) && !can_write))
        return unexpected{Status::AccessDenied};
    if ((protection & execute) && no_exec)
        return unexpected{Status::NotPermitted};
    FileKind const kind = mappable_kind(file);
    if (kind != FileKind::Regular && kind != FileKind::Zero)
        return unexpected{Status::NoSuchDevice};
    return {};
}

Result<Inode*> create_anonymous_inode(std::uint64_t size)
{
    Inode* inode = TRY(create_inode(*file_records().internal_filesystem, InodeKind::Regular, 0777));
    inode->size = size;
    return inode;
}

std::uint64_t cached_pages()
{
    return file_records().cached_pages;
}

} // namespace torc
