// SPDX-License-Identifier: MIT
// Making inodes and filling in what their kind needs. For this folder.
#pragma once
#include "kernel/files/dynamic_node.hpp"
#include "kernel/files/filesystem.hpp"
#include "kernel/files/inode.hpp"
#include "kernel/result.hpp"
#include <string_view>

namespace torc {

FileTime file_time_now();

// One reference, no link yet, times now, owner 0. NoSpace at the filesystem's limit, NoMemory.
Result<Inode*> create_inode(Filesystem& filesystem, InodeKind kind, std::uint16_t permissions);
Result<Inode*> create_dynamic_inode(Filesystem& filesystem, NodeInfo const& info);
void apply_node_info(Inode& inode, NodeInfo const& info); // a dynamic inode as its filesystem sees it now
Result<void> set_link_text(Inode& inode, std::string_view text);
std::string_view link_text(Inode const& inode); // of a symlink in memory

// Nobody holds it, here or elsewhere: gives everything back.
void reclaim(Inode& inode);
// A grain of dropping the pages in [first, end); true when none is left there.
bool drop_pages(Inode& inode, std::uint64_t first, std::uint64_t end);

} // namespace torc
