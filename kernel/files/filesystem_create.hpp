// SPDX-License-Identifier: MIT
// Making filesystems and mounting them. For this folder.
#pragma once
#include "kernel/files/filesystem.hpp"
#include "kernel/result.hpp"
#include <string_view>

namespace torc {

// Without a root, one reference.
Result<Filesystem*> create_filesystem(FilesystemKind kind);
Result<void> create_root(Filesystem& filesystem, std::uint16_t permissions);
// A grain of taking every name out of a filesystem that no mount shows any more; true when it is empty.
bool empty_filesystem_step(Filesystem& filesystem);

// Mounts `root` on `on` (empty for the first root). Retains what it keeps.
Result<Mount*> attach_mount(
    Filesystem& filesystem, Name& root, Path const& on, std::uint32_t flags, std::string_view source);
// Takes a mount out of the tree; it lives on while paths go through it.
void detach_mount(Mount& mount);
// The mount that lies on this path, or nullptr.
Mount* mount_on(Path const& path);

} // namespace torc
