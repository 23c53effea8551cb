// SPDX-License-Identifier: MIT
#include "kernel/files/file_api.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/filesystem_create.hpp"
#include <algorithm>

namespace torc {

Result<Mount*> attach_mount(
    Filesystem& filesystem, Name& root, Path const& on, std::uint32_t flags, std::string_view source)
{
    FileRecords& records = file_records();
    Mount* mount = records.mount_records.create();
    if (mount == nullptr)
        return unexpected{Status::NoMemory};
    mount->filesystem = &filesystem;
    mount->root = &root;
    mount->on = on;
    mount->flags = flags;
    mount->id = records.next_mount_id;
    records.next_mount_id += this_torus().tori;
    std::size_t const length = std::min(source.size(), sizeof mount->source - 1);
    __builtin_memcpy(mount->source, source.data(), length);
    retain(filesystem);
    ++filesystem.mounts;
    retain(root);
    if (on.name != nullptr) {
        retain(on);
        ++on.name->mounts;
    }
    records.mounts.push_back(*mount);
    return mount;
}

void detach_mount(Mount& mount)
{
    mount.attached = false;
    file_records().mounts.erase(file_records().mounts.iterator_to(mount));
    Path const on = mount.on;
    mount.on = {};
    if (on.name != nullptr)
        --on.name->mounts;
    release(on);
    release(mount);
}

Mount* mount_on(Path const& path)
{
    // The youngest one hides those below it.
    auto& mounts = file_records().mounts;
    for (auto it = mounts.rbegin(); it != mounts.rend(); ++it)
        if (it->on == path)
            return &*it;
    return nullptr;
}

void retain(Mount& mount)
{
    ++mount.references;
}

void release(Mount& mount)
{
    if (--mount.references != 0)
        return;
    FileRecords& records = file_records();
    Filesystem& filesystem = *mount.filesystem;
    release(*mount.root);
    records.mount_records.destroy(&mount);
    if (--filesystem.mounts == 0) {
        records.dying_filesystems.push_back(filesystem); // reap_step drops the reference it has to itself
        records.something_dies = true;
    }
    release(filesystem);
}

bool next_mount(std::uint64_t& cursor, MountText& text)
{
    for (Mount const& mount : file_records().mounts) {
        if (mount.id <= cursor)
            continue;
        cursor = mount.id;
        Mount const* parent = mount.on.mount;
        text = {mount.source, type_name(mount.filesystem->kind), {mount.on.mount, mount.on.name}, mount.flags,
            mount.id, parent ? parent->id : mount.id, mount.filesystem->device, mount.filesystem};
        return true;
    }
    return false;
}

} // namespace torc
