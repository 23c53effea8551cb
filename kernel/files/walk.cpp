// SPDX-License-Identifier: MIT
#include "kernel/files/walk.hpp"
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

constexpr unsigned link_limit = 40; // links followed in one walk, and so how deep they nest

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

Result<PathHold> lookup_child(
    Thread& thread, Path const& directory, std::string_view text, std::uint32_t hash)
{
    if (directory.name->inode->dynamic) [[unlikely]]
        return lookup_dynamic(thread, directory, text, hash);
    Name* const name = file_records().name_table.find(*directory.name, text, hash);
    if (name == nullptr)
        return PathHold{};
    return PathHold{through_mounts({directory.mount, name})};
}

class Walker {
public:
    Walker(Thread& thread, std::string_view text, LastLink last)
        : thread_{thread}
        , who_{thread.process->credentials}
        , root_{thread.process->fs->root}
        , last_{last}
        , rest_{text}
    {
    }

    Result<WalkEnd> run(Path const& from)
    {
        here_ = PathHold{!rest_.empty() && rest_.front() == '/' ? root_ : from};
        for (;;) {
            TRY(next_component());
            if (end_.last.empty() && !pop())
                return root_only();
            if (end_.last.empty())
                continue;
            if (!here_.inode().is_directory())
                return unexpected{Status::NotDirectory};
            if (!may_search(here_.inode(), who_)) [[unlikely]]
                return unexpected{Status::AccessDenied};
            bool const is_last = at_end();
            PathHold child = TRY(step());
            if (child && child.inode().kind == InodeKind::Symlink && (!is_last || follows_last())) {
                if (is_last)
                    TRY(check_protected(child.inode()));
                TRY(follow(std::move(child)));
                continue;
            }
            if (is_last) {
                end_.found = std::move(child);
                end_.parent = std::move(here_);
                return std::move(end_);
            }
            if (!child)
                return unexpected{Status::NotFound};
            here_ = std::move(child);
        }
    }

private:
    // The next component's text and hash; an empty one at the end of this text.
    Result<void> next_component()
    {
        char const* p = rest_.data();
        char const* const end = p + rest_.size();
        while (p != end && *p == '/')
            ++p;
        char const* const start = p;
        std::uint32_t hash = NameTable::hash_start;
        for (; p != end && *p != '/'; ++p)
            hash = NameTable::hash_step(hash, *p);
        if (p == start) // slashes alone say that what came before is a directory
            end_.slash |= start != rest_.data();
        else
            end_.slash = p != end;
        end_.last = {start, static_cast<std::size_t>(p - start)};
        end_.hash = hash;
        rest_ = {p, static_cast<std::size_t>(end - p)};
        if (end_.last.size() > name_limit)
            return unexpected{Status::NameTooLong};
        return {};
    }

    bool pop() // back to the text that the link was found in
    {
        if (depth_ == 0)
            return false;
        rest_ = stack_[--depth_];
        return true;
    }

    // Nothing but slashes follows, here and in the texts that wait. Then the last component is this one.
    bool at_end()
    {
        auto const only_slashes
            = [](std::string_view text) { return text.find_first_not_of('/') == text.npos; };
        if (!only_slashes(rest_))
            return false;
        for (unsigned i = depth_; i > 0; --i) {
            if (!only_slashes(stack_[i - 1]))
                return false;
            end_.slash |= !stack_[i - 1].empty();
        }
        return true;
    }

    bool follows_last() const
    {
        return last_ == LastLink::Follow || (last_ == LastLink::FollowBeforeSlash && end_.slash);
    }

    Result<PathHold> step()
    {
        end_.kind = LastKind::Normal;
        if (end_.last == "." || end_.last == "..") [[unlikely]] {
            end_.kind = end_.last.size() == 1 ? LastKind::Dot : LastKind::DotDot;
            return end_.kind == LastKind::Dot ? PathHold{here_.path()} : PathHold{parent_of(here_.path())};
        }
        return lookup_child(thread_, here_.path(), end_.last, end_.hash);
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

    Result<void> follow(PathHold link)
    {
        if (links_++ == link_limit)
            return unexpected{Status::Loop};
        Inode& inode = link.inode();
        std::string_view text;
        if (inode.dynamic) {
            PathHold target = TRY(jump_target(inode));
            if (target) { // as if the rest went on from there
                here_ = std::move(target);
                return {};
            }
            text = TRY(generated_text(inode));
        } else {
            text = link_text(inode); // stays: this walk frees nothing that is linked, and does not yield
        }
        if (text.empty())
            return unexpected{Status::NotFound};
        if (!rest_.empty())
            stack_[depth_++] = rest_;
        rest_ = text;
        if (text.front() == '/')
            here_ = PathHold{root_};
        return {};
    }

    // Where /proc/PID/exe and its like lead; empty for a link with a text.
    Result<PathHold> jump_target(Inode& inode)
    {
        auto const& operations = *inode.filesystem->dynamic;
        if (operations.follow == nullptr)
            return PathHold{};
        return PathHold::adopt(TRY(operations.follow(thread_, inode.body.node)));
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
        Inode const& directory = here_.inode();
        constexpr unsigned shared = file_mode::sticky | 0002;
        if ((directory.permissions & shared) == shared && link.uid != who_.fsuid && link.uid != directory.uid)
            return unexpected{Status::AccessDenied};
        return {};
    }

    // The path ended without a last component: "/", or a generated link was jumped through at its end.
    Result<WalkEnd> root_only()
    {
        end_.kind = LastKind::Root;
        end_.parent = PathHold{here_.path()}; // rename compares mounts before it looks at the kind
        end_.found = std::move(here_);
        return std::move(end_);
    }

    Thread& thread_;
    Credentials const& who_;
    Path const root_;
    LastLink const last_;
    std::string_view rest_; // of the text being walked
    PathHold here_;
    WalkEnd end_;
    unsigned links_{0};
    unsigned depth_{0};
    std::size_t link_bytes_{0};
    std::string_view stack_[link_limit]; // what follows the links we are in
};

} // namespace

Result<WalkEnd> walk(Thread& thread, Path const& from, std::string_view text, LastLink last)
{
    Walker walker{thread, text, last};
    return walker.run(from);
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
    if (fd == at_flag::current_directory || (!text.empty() && text.front() == '/'))
        return process.fs->directory;
    OpenFile* const file = process.files->get(fd);
    if (file == nullptr)
        return unexpected{Status::BadDescriptor};
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
    WalkEnd end = TRY(walk(thread, start, text, last));
    if (!end.found)
        return unexpected{Status::NotFound};
    if (end.slash && !end.found.inode().is_directory())
        return unexpected{Status::NotDirectory};
    return std::move(end.found);
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
        OpenFile* const file = thread.process->files->get(fd);
        if (file == nullptr)
            return unexpected{Status::BadDescriptor};
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
    return lookup_child(thread, directory, text, NameTable::hash_of(text));
}

Result<WalkEnd> find_place(Thread& thread, int fd, Uaddr text, PathBuffer buffer, LastLink last)
{
    std::string_view const path = TRY(copy_path(text, buffer));
    if (path.empty())
        return unexpected{Status::NotFound};
    return walk(thread, TRY(walk_start(thread, fd, path)), path, last);
}

} // namespace torc
