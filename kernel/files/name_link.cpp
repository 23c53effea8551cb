// SPDX-License-Identifier: MIT
#include "kernel/files/name_link.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/inode_create.hpp"
#include <utility>

namespace torc {
namespace {

Result<void> set_text(Name& name, std::string_view text)
{
    char* to = name.short_text;
    if (text.size() > Name::inline_limit) {
        LongText* record = file_records().long_texts.allocate();
        if (record == nullptr)
            return unexpected{Status::NoMemory};
        to = name.long_text = record->text;
    }
    name.length = static_cast<std::uint8_t>(text.size());
    __builtin_memcpy(to, text.data(), text.size());
    return {};
}

void free_text(Name& name)
{
    if (name.length > Name::inline_limit)
        file_records().long_texts.free(reinterpret_cast<LongText*>(name.long_text)); // SAFETY: made as one
}

void touch_directory(Inode& directory)
{
    directory.modified = directory.changed = file_time_now();
}

// The accounts of a directory that an entry comes into or leaves.
void entered(Name& directory, Inode const& inode)
{
    directory.inode->size += entry_size;
    directory.inode->links += inode.is_directory();
    touch_directory(*directory.inode);
}

void left(Name& directory, Inode const& inode)
{
    directory.inode->size -= entry_size;
    directory.inode->links -= inode.is_directory();
    touch_directory(*directory.inode);
}

Result<void> enter(Name& name, Name& directory)
{
    TRY(file_records().name_table.insert(name));
    DirectoryBody& body = directory.inode->body.directory;
    name.cookie = body.next_cookie++;
    body.names.push_back(name);
    name.linked = true;
    entered(directory, *name.inode);
    return {};
}

void leave(Name& name)
{
    file_records().name_table.remove(name);
    name.parent->inode->body.directory.names.erase(
        name.parent->inode->body.directory.names.iterator_to(name));
    name.linked = false;
    left(*name.parent, *name.inode);
}

void take_text(Name& to, Name& from) // from's text goes over
{
    to.length = from.length;
    to.hash = from.hash;
    if (from.length > Name::inline_limit)
        to.long_text = from.long_text;
    else
        __builtin_memcpy(to.short_text, from.short_text, sizeof to.short_text);
}

void set_parent(Name& name, Name& parent)
{
    retain(parent);
    Name* const before = std::exchange(name.parent, &parent);
    release(*before);
}

} // namespace

Result<Name*> create_name(Name* parent, std::string_view text, std::uint32_t hash, Inode& inode)
{
    Name* name = file_records().names.create();
    if (name == nullptr)
        return unexpected{Status::NoMemory};
    if (auto set = set_text(*name, text); !set) {
        file_records().names.destroy(name);
        return unexpected{set.error()};
    }
    name->hash = hash;
    name->parent = parent;
    name->inode = &inode;
    name->references = 1;
    if (parent != nullptr)
        retain(*parent);
    retain(inode);
    return name;
}

Result<Name*> link_name(Name& directory, std::string_view text, std::uint32_t hash, Inode& inode)
{
    Name* name = TRY(create_name(&directory, text, hash, inode));
    if (auto done = enter(*name, directory); !done) {
        release(*name);
        return unexpected{done.error()};
    }
    ++inode.links;
    if (inode.is_directory())
        inode.links = 2;
    inode.changed = directory.inode->changed;
    return name;
}

void unlink_name(Name& name)
{
    leave(name);
    Inode& inode = *name.inode;
    inode.links = inode.is_directory() ? 0 : inode.links - 1;
    inode.changed = name.parent->inode->changed;
    release(name);
}

Result<void> move_name(Name& name, Name& directory, std::string_view text, std::uint32_t hash, Name* victim)
{
    Name fresh; // only its text is used, so that failure leaves the name as it was
    TRY(set_text(fresh, text));
    fresh.hash = hash;
    if (victim != nullptr)
        unlink_name(*victim);
    leave(name);
    free_text(name);
    take_text(name, fresh);
    set_parent(name, directory);
    (void)enter(name, directory); // the table has pages: one name just left it
    name.inode->changed = directory.inode->changed;
    return {};
}

void exchange_names(Name& first, Name& second)
{
    Name* const first_parent = first.parent;
    Name* const second_parent = second.parent;
    retain(*first_parent);
    retain(*second_parent);
    leave(first);
    leave(second);
    Name kept;
    take_text(kept, first);
    take_text(first, second);
    take_text(second, kept);
    set_parent(first, *second_parent);
    set_parent(second, *first_parent);
    (void)enter(first, *second_parent); // as in move_name
    (void)enter(second, *first_parent);
    first.inode->changed = second.inode->changed = first_parent->inode->changed;
    release(*first_parent);
    release(*second_parent);
}

bool is_ancestor(Name const& ancestor, Name const& name)
{
    for (Name const* n = &name; n != nullptr; n = n->parent)
        if (n == &ancestor)
            return true;
    return false;
}

void retain(Name& name)
{
    ++name.references;
}

// A loop, not recursion: the last use of a deep deleted path frees all of it.
void release(Name& name)
{
    Name* next = &name;
    while (next != nullptr && --next->references == 0) {
        Name* const parent = next->parent;
        release(*next->inode);
        free_text(*next);
        file_records().names.destroy(next);
        next = parent;
    }
}

} // namespace torc
