// SPDX-License-Identifier: MIT
#include "kernel/files/walk.hpp"
#include "kernel/files/descriptor.hpp"
#include "kernel/files/file_flags.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/filesystem_create.hpp"
#include "kernel/files/inode_create.hpp"
#include "kernel/files/name_link.hpp"
#include "kernel/files/permission.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/process.hpp"
#include <algorithm>

namespace torc {
namespace {

Path through_mounts(Path path)
{
    while (path.name->mounts != 0) [[unlikely]] {
        Mount* const mount = mount_on(path);
        if (mount == nullptr)
            break; // the mounts on this name belong to another view of it
        path = {mount, mount->root};
    }
    return path;
}

Result<PathHold> lookup_dynamic(
    Thread& thread, Path const& directory, std::string_view text, std::uint32_t hash)
{
    Inode& parent = *directory.name->inode;
    auto info = parent.filesystem->dynamic->lookup(thread, parent.body.node, text);
    if (!info && info.error() == Status::NotFound)
        return PathHold{};
    if (!info)
        return unexpected{info.error()};
    Inode* const inode = TRY(create_dynamic_inode(*parent.filesystem, *info));
    auto name = create_name(directory.name, text, hash, *inode);
    release(*inode);
    if (!name)
        return unexpected{name.error()};
    (*name)->linked = true; // shown without "(deleted)"
    retain(*directory.mount);
    return PathHold::adopt({directory.mount, *name});
}

// A name that lasts: of a filesystem whose directories are in memory.
Path lookup_static(Path const& directory, std::string_view text, std::uint32_t hash)
{
    Name* const name = file_records().name_table.find(*directory.name, text, hash);
    return name != nullptr ? through_mounts({directory.mount, name}) : Path{};
}

// Nothing that a walk passes goes away meanwhile, so it counts no references, but for the names of dynamic
// filesystems, which are made for it: `kept_` has the last of those, which has its parents.
class Walker {
public:
    Walker(Thread& thread, std::string_view text, LastLink last)
        : thread_{thread}
        , who_{thread.process->credentials}
        , root_{thread.process->fs->root}
        , last_link_{last}
        , rest_{text}
        , waiting_{file_records().link_rests}
    {
    }

    Result<void> run(Path const& from)
    {
        here_ = !rest_.empty() && rest_.front() == '/' ? root_ : from;
        for (;;) {
            TRY(next_component());
            if (last.empty()) {
                if (pop())
                    continue;
                // "/", or a generated link was jumped through at the end
                kind = LastKind::Root;
                parent = found = here_; // rename compares mounts before it looks at the kind
                return {};
            }
            Inode const& directory = *here_.name->inode;
            if (!directory.is_directory()) [[unlikely]]
                return unexpected{Status::NotDirectory};
            if (!may_search(directory, who_)) [[unlikely]]
                return unexpected{Status::AccessDenied};
            bool const is_last = at_end();
            Path const child = TRY(step());
            if (child && child.name->inode->kind == InodeKind::Symlink && (!is_last || follows_last())) {
                if (is_last)
                    TRY(check_protected(*child.name->inode));
                TRY(follow(child));
                continue;
            }
            if (is_last) {
                parent = here_;
                found = child;
                return {};
            }
            if (!child)
                return unexpected{Status::NotFound};
            here_ = child;
        }
    }

    // As in WalkEnd, but only good as long as this object.
    Path parent, found;
    std::string_view last;
    std::uint32_t hash{0};
    LastKind kind{LastKind::Normal};
    bool slash{false};

private:
    // The next component's text and hash; an empty one at the end of this text.
    [[clang::no_sanitize("null")]] Result<void>
    next_component() // a check for each byte costs half as much again
    {
        char const* p = rest_.data();
        char const* const end = p + rest_.size();
        while (p != end && *p == '/')
            ++p;
        char const* const start = p;
        std::uint32_t so_far = NameTable::hash_start;
        for (; p != end && *p != '/'; ++p)
            so_far = NameTable::hash_step(so_far, *p);
        hash = so_far;
        if (p == start) // slashes alone say that what came before is a directory
            slash |= start != rest_.data();
        else
            slash = false; // until at_end() sees one
        last = {start, static_cast<std::size_t>(p - start)};
        rest_ = {p, static_cast<std::size_t>(end - p)};
        if (last.size() > name_limit) [[unlikely]]
            return unexpected{Status::NameTooLong};
        return {};
    }

    bool pop() // back to the text that the link was found in
    {
        if (depth_ == 0)
            return false;
        rest_ = waiting_[--depth_];
        return true;
    }

    // Nothing but slashes follows, here and in the texts that wait. Then the last component is this one.
    bool at_end()
    {
        auto const only_slashes
            = [](std::string_view text) { return text.find_first_not_of('/') == text.npos; };
        if (!rest_.empty()) {
            if (!only_slashes(rest_))
                return false;
            slash = true;
        }
        for (unsigned i = depth_; i > 0; --i) {
            if (!only_slashes(waiting_[i - 1]))
                return false;
            slash |= !waiting_[i - 1].empty();
        }
        return true;
    }

    bool follows_last() const
    {
        return last_link_ == LastLink::Follow || (last_link_ == LastLink::FollowBeforeSlash && slash);
    }

    Result<Path> step()
    {
        kind = LastKind::Normal;
        if (last.front() == '.') [[unlikely]] {
            if (last.size() == 1) {
                kind = LastKind::Dot;
                return here_;
            }
            if (last.size() == 2 && last[1] == '.') {
                kind = LastKind::DotDot;
                return parent_of(here_);
            }
        }
        if (here_.name->inode->dynamic) [[unlikely]] {
            PathHold made = TRY(lookup_dynamic(thread_, here_, last, hash));
            if (!made)
                return Path{};
            kept_ = std::move(made);
            return kept_.path();
        }
        return lookup_static(here_, last, hash);
    }

    Path parent_of(Path path) const
    {
        if (path == root_)
            return path;
        while (path.name == path.mount->root) {
            if (path.mount->on.name == nullptr)
                return path; // the first root, or a mount that was taken away
            path = path.mount->on;
            if (path == root_)
                return path;
        }
        return through_mounts({path.mount, path.name->parent});
    }

    Result<void> follow(Path const& link)
    {
        if (links_++ == walk_link_limit)
            return unexpected{Status::Loop};
        Inode& inode = *link.name->inode;
        std::string_view text;
        if (inode.dynamic) {
            PathHold target = TRY(jump_target(inode));
            if (target) { // as if the rest went on from there
                kept_ = std::move(target);
                here_ = kept_.path();
                return {};
            }
            text = TRY(generated_text(inode));
        } else {
            text = link_text(inode); // stays: this walk frees nothing that is linked, and does not yield
        }
        if (text.empty())
            return unexpected{Status::NotFound};
        if (!rest_.empty())
            waiting_[depth_++] = rest_;
        rest_ = text;
        if (text.front() == '/')
            here_ = root_;
        return {};
    }

    // Where /proc/PID/exe and its like lead; empty for a link with a text.
    Result<PathHold> jump_target(Inode& inode)
    {
        auto const& operations = *inode.filesystem->dynamic;
        if (operations.follow == nullptr)
            return PathHold{};
        auto const target = operations.follow(thread_, inode.body.node);
        if (!target && target.error() == Status::Elsewhere && (!rest_.empty() || depth_ != 0))
            return unexpected{Status::NotDirectory}; // an open file without a name
        return PathHold::adopt(TRY(target));
    }

    Result<std::string_view> generated_text(Inode& inode)
    {
        std::span<char> const room{file_records().link_texts + link_bytes_, PathText::size - link_bytes_};
        std::size_t const length = TRY(inode.filesystem->dynamic->read_link(thread_, inode.body.node, room));
        link_bytes_ += length;
        return std::string_view{room.data(), length};
    }

    // fs.protected_symlinks: in a sticky directory that everybody may write to, only one's own links are
    // followed at a path's end, or those of the directory's owner.
    Result<void> check_protected(Inode const& link) const
    {
        Inode const& directory = *here_.name->inode;
        constexpr unsigned shared = file_mode::sticky | 0002;
        if ((directory.permissions & shared) == shared && link.uid != who_.fsuid && link.uid != directory.uid)
            return unexpected{Status::AccessDenied};
        return {};
    }

    Thread& thread_;
    Credentials const& who_;
    Path const root_;
    LastLink const last_link_;
    std::string_view rest_; // of the text being walked
    Path here_;
    PathHold kept_;
    unsigned links_{0};
    unsigned depth_{0};
    std::size_t link_bytes_{0};
    std::span<std::string_view, walk_link_limit> const waiting_; // what follows the links we are in
};

} // namespace

Result<WalkEnd> walk(Thread& thread, Path const& from, std::string_view text, LastLink last)
{
    Walker walker{thread, text, last};
    TRY(walker.run(from));
    return WalkEnd{
        PathHold{walker.parent}, PathHold{walker.found}, walker.last, walker.hash, walker.kind, walker.slash};
}

Result<std::string_view> copy_path(Uaddr text, PathBuffer buffer)
{
    FileRecords& records = file_records();
    char* const to = buffer == PathBuffer::First ? records.first_path : records.second_path;
    std::size_t const length = TRY(copy_in_string({to, PathText::size}, text));
    return std::string_view{to, length};
}

Result<Path> walk_start(Thread& thread, int fd, std::string_view text)
{
    Process& process = *thread.process;
    if (fd == at_flag::current_directory || (!text.empty() && text.front() == '/')) {
        if (process.fs->directory.name == nullptr) [[unlikely]] // the names are another torus's
            return unexpected{Status::Elsewhere};
        return process.fs->directory;
    }
    OpenFile* const file = process.files->get(fd);
    if (file == nullptr || file->kind == FileKind::Far)
        return unexpected{refusal_of(file)};
    if (text.empty()) // the file itself (AT_EMPTY_PATH)
        return file->path;
    if (file->inode->kind != InodeKind::Directory)
        return unexpected{Status::NotDirectory};
    return file->path;
}

Result<PathHold> find_path(Thread& thread, int fd, std::string_view text, int flags)
{
    if (text.empty()) {
        if (!(flags & at_flag::empty_path))
            return unexpected{Status::NotFound};
        return PathHold{TRY(walk_start(thread, fd, text))};
    }
    Path const start = TRY(walk_start(thread, fd, text));
    auto const last = flags & at_flag::symlink_no_follow ? LastLink::FollowBeforeSlash : LastLink::Follow;
    [[clang::uninitialized]] Walker walker{thread, text, last}; // its members say what they start with
    TRY(walker.run(start));
    if (!walker.found)
        return unexpected{Status::NotFound};
    if (walker.slash && !walker.found.name->inode->is_directory())
        return unexpected{Status::NotDirectory};
    return PathHold{walker.found};
}

Result<PathHold> find_path(Thread& thread, int fd, Uaddr text, int flags)
{
    return find_path(thread, fd, TRY(copy_path(text, PathBuffer::First)), flags);
}

Result<void> FileTarget::check_writable() const
{
    if (!path)
        return {};
    return check_writable_mount(path.mount());
}

Result<FileTarget> find_target(Thread& thread, int fd, Uaddr address, int flags)
{
    std::string_view const text = TRY(copy_path(address, PathBuffer::First));
    FileTarget target;
    if (text.empty() && (flags & at_flag::empty_path) && fd != at_flag::current_directory) {
        OpenFile* const file = TRY(any_descriptor(thread, fd));
        target.path = PathHold{file->path};
        target.inode = file->inode;
        return target;
    }
    target.path = TRY(find_path(thread, fd, text, flags));
    target.inode = &target.path.inode();
    return target;
}

Result<PathHold> find_entry(Thread& thread, Path const& directory, std::string_view text)
{
    std::uint32_t const hash = NameTable::hash_of(text);
    if (directory.name->inode->dynamic)
        return lookup_dynamic(thread, directory, text, hash);
    return PathHold{lookup_static(directory, text, hash)};
}

Result<WalkEnd> find_place(Thread& thread, int fd, Uaddr text, PathBuffer buffer, LastLink last)
{
    std::string_view const path = TRY(copy_path(text, buffer));
    if (path.empty())
        return unexpected{Status::NotFound};
    return walk(thread, TRY(walk_start(thread, fd, path)), path, last);
}

} // namespace torc
