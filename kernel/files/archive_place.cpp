// SPDX-License-Identifier: MIT
#include "kernel/files/archive_place.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/inode_create.hpp"
#include "kernel/files/name_link.hpp"

namespace torc {
namespace {

constexpr unsigned depth_limit = 8; // links within links

Result<Name*> make_directory(Name& parent, std::string_view text)
{
    Inode* inode = TRY(create_inode(*parent.inode->filesystem, InodeKind::Directory, 0755));
    inode->size = 2 * entry_size;
    auto name = link_name(parent, text, NameTable::hash_of(text), *inode);
    release(*inode);
    return name;
}

std::string_view next_component(std::string_view& path)
{
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    std::string_view const component = path.substr(0, path.find('/'));
    path.remove_prefix(component.size());
    return component;
}

bool only_slashes(std::string_view text)
{
    return text.find_first_not_of('/') == text.npos;
}

Result<Name*> enter(Name& root, Name& here, std::string_view component, unsigned depth);

// All of `path` as directories.
Result<Name*> descend(Name& root, Name& from, std::string_view path, unsigned depth)
{
    Name* here = !path.empty() && path.front() == '/' ? &root : &from;
    while (!only_slashes(path))
        here = TRY(enter(root, *here, next_component(path), depth));
    return here;
}

Result<Name*> enter(Name& root, Name& here, std::string_view component, unsigned depth)
{
    if (component == ".")
        return &here;
    if (component == "..")
        return here.parent ? here.parent : &here;
    if (component.size() > name_limit)
        return unexpected{Status::NameTooLong};
    Name* const name = file_records().name_table.find(here, component, NameTable::hash_of(component));
    if (name == nullptr)
        return make_directory(here, component);
    if (name->inode->kind == InodeKind::Symlink && depth < depth_limit)
        return descend(root, here, link_text(*name->inode), depth + 1);
    if (!name->inode->is_directory())
        return unexpected{Status::NotDirectory};
    return name;
}

} // namespace

Result<ArchivePlace> find_archive_place(Name& root, std::string_view path)
{
    ArchivePlace place;
    place.directory = &root;
    while (!only_slashes(path)) {
        if (!place.last.empty())
            place.directory = TRY(enter(root, *place.directory, place.last, 0));
        place.last = next_component(path);
        if (place.last == ".")
            place.last = {};
        if (place.last == "..")
            return unexpected{Status::BadArgument};
    }
    if (place.last.size() > name_limit)
        return unexpected{Status::NameTooLong};
    place.hash = NameTable::hash_of(place.last);
    place.found = place.last.empty()
        ? place.directory
        : file_records().name_table.find(*place.directory, place.last, place.hash);
    return place;
}

} // namespace torc
