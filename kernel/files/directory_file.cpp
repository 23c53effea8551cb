// SPDX-License-Identifier: MIT
// getdents64 on directories in memory and on generated ones. The position is the cookie of the next entry;
// cookies only grow, so entries may come and go between two reads.
#include "kernel/files/dynamic_node.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/kind_operations.hpp"
#include "kernel/files/name_link.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"

namespace torc {
namespace {

constexpr unsigned grain = 8; // entries between two looks at interrupts

std::uint8_t entry_type(InodeKind kind) // DT_
{
    constexpr std::uint8_t types[] = {8, 4, 10, 1, 2, 6, 12};
    return types[static_cast<unsigned>(kind)];
}

struct EntryHead { // struct linux_dirent64 without the name
    std::uint64_t inode;
    std::int64_t next;
    std::uint16_t length;
    std::uint8_t type;
};
constexpr std::size_t head_size = 19;

// Fills the caller's buffer. An entry counts when all of it was copied.
class EntryWriter {
public:
    EntryWriter(Uaddr buffer, std::size_t size, std::size_t done)
        : to_{buffer}
        , size_{size}
        , done_{done}
    {
    }
    // False when it does not fit or cannot be written.
    bool put(std::uint64_t inode, std::uint64_t next, InodeKind kind, std::string_view name)
    {
        std::size_t const length = align_up(head_size + name.size() + 1, 8);
        if (done_ + length > size_) {
            status_ = Status::BadArgument;
            return false;
        }
        [[clang::uninitialized]] char record[head_size + name_limit + 9];
        EntryHead const head{
            inode, static_cast<std::int64_t>(next), static_cast<std::uint16_t>(length), entry_type(kind)};
        __builtin_memcpy(record, &head, head_size);
        __builtin_memcpy(record + head_size, name.data(), name.size());
        __builtin_memset(record + head_size + name.size(), 0, length - head_size - name.size());
        if (!copy_out(to_ + done_, record, length)) {
            status_ = Status::BadAddress;
            return false;
        }
        done_ += length;
        return true;
    }
    std::size_t done() const { return done_; }
    Outcome end() const { return done_ != 0 || status_ == Status{} ? Outcome{done_} : Outcome{status_}; }

private:
    Uaddr to_;
    std::size_t size_, done_;
    Status status_{};
};

EntryWriter writer_for(Thread const& thread, Uaddr buffer, std::size_t size)
{
    return {buffer, size, thread.restart.kind == CallKind::Directory ? thread.restart.done : 0};
}

Outcome yield_entries(Thread& thread, EntryWriter const& writer)
{
    thread.restart.kind = CallKind::Directory;
    thread.restart.done = writer.done();
    return Outcome::again();
}

Inode const& parent_of(OpenFile const& file)
{
    Name const& name = *file.path.name;
    if (name.parent != nullptr)
        return *name.parent->inode;
    Path const on = file.path.mount->on; // ".." of a mounted root is the parent of where it lies
    return on.name != nullptr && on.name->parent != nullptr ? *on.name->parent->inode : *name.inode;
}

// "." and "..", cookies 0 and 1.
bool put_dots(OpenFile& file, EntryWriter& writer)
{
    while (file.offset < 2) {
        bool const self = file.offset == 0;
        Inode const& inode = self ? *file.inode : parent_of(file);
        if (!writer.put(inode.number, file.offset + 1, InodeKind::Directory, self ? "." : ".."))
            return false;
        ++file.offset;
    }
    return true;
}

Outcome read_directory(Thread& thread, OpenFile& file, Uaddr buffer, std::size_t size)
{
    EntryWriter writer = writer_for(thread, buffer, size);
    if (!put_dots(file, writer))
        return writer.end();
    auto& names = file.inode->body.directory.names;
    Name key;
    key.cookie = file.offset;
    unsigned left = grain;
    for (auto it = names.lower_bound(key); it != names.end(); ++it) {
        if (left-- == 0) {
            if (must_yield(thread))
                return yield_entries(thread, writer);
            left = grain;
        }
        if (!writer.put(it->inode->number, it->cookie + 1, it->inode->kind, it->text()))
            return writer.end();
        file.offset = it->cookie + 1;
    }
    touch_accessed(file);
    return writer.end();
}

Outcome seek_directory(OpenFile& file, std::int64_t offset, Whence whence)
{
    if (whence > Whence::Current)
        return Status::BadArgument;
    return seek_plain(file, offset, whence, 0);
}

// The cursor of a generated directory, kept in the offset behind the two dots.
Outcome read_generated(Thread& thread, OpenFile& file, Uaddr buffer, std::size_t size)
{
    EntryWriter writer = writer_for(thread, buffer, size);
    Inode const& inode = *file.inode;
    DynamicOperations const& operations = *inode.filesystem->dynamic;
    if (auto alive = operations.inspect(inode.body.node); !alive)
        return alive.error();
    if (!put_dots(file, writer))
        return writer.end();
    [[clang::uninitialized]] NodeEntry entry;
    for (;;) {
        std::uint64_t cursor = file.offset - 2;
        Result<bool> const found = operations.next_entry(thread, inode.body.node, cursor, entry);
        if (!found && found.error() == Status::NotYet) {
            (void)yield_entries(thread, writer);
            return found.error();
        }
        if (!found || !*found) {
            file.offset = cursor + 2;
            return found || writer.done() != 0 ? writer.end() : Outcome{found.error()};
        }
        if (!writer.put(entry.info.node, cursor + 2, entry.info.kind, entry.name))
            return writer.end();
        file.offset = cursor + 2;
        if (must_yield(thread))
            return yield_entries(thread, writer);
    }
}

Outcome no_read(Thread&, OpenFile&, IoRequest&)
{
    return Status::IsDirectory;
}

} // namespace

constinit FileOperations const directory_operations{
    .read = no_read, .seek = seek_directory, .read_directory = read_directory};
constinit FileOperations const dynamic_directory_operations{
    .read = no_read, .seek = seek_directory, .read_directory = read_generated};

} // namespace torc
