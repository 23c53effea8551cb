// SPDX-License-Identifier: MIT
// Names come into a directory, move, and go: the mechanics alone. Whoever calls has checked permissions. Link
// counts, the sizes of directories and times follow Linux's tmpfs (20 bytes an entry).
#pragma once
#include "kernel/files/inode.hpp"
#include "kernel/files/name.hpp"
#include "kernel/result.hpp"
#include <string_view>

namespace torc {

inline constexpr std::uint64_t entry_size = 20; // what a directory's st_size counts per entry

// A name that is in no directory, with one reference; takes a reference of inode and parent. `parent` may be
// null (a filesystem's root).
Result<Name*> create_name(Name* parent, std::string_view text, std::uint32_t hash, Inode& inode);

// A new linked name for `inode` in a tmpfs directory. The name's one reference is the link's.
Result<Name*> link_name(Name& directory, std::string_view text, std::uint32_t hash, Inode& inode);
// Takes a name out of its directory; it lives on, deleted, while it is referenced. A directory must be empty.
void unlink_name(Name& name);
// Moves a linked name to another place, which is free or has `victim`, which goes.
Result<void> move_name(Name& name, Name& directory, std::string_view text, std::uint32_t hash, Name* victim);
void exchange_names(Name& first, Name& second);

bool is_ancestor(Name const& ancestor, Name const& name); // or the same

} // namespace torc
