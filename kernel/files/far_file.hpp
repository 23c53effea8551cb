// SPDX-License-Identifier: MIT
// Open files of other tori (docs/tori.md, "Descriptors"). The OpenFile of kind Far is the caller's record:
// descriptors and forks count it here; its owner counts `weight` references for it.
#pragma once
#include "kernel/files/open_file.hpp"
#include "kernel/result.hpp"
#include "substrate/handle.hpp"
#include <cstdint>

namespace torc {
struct Path;

// ---- the caller's side
// A record that names nothing yet. NoMemory, FileTableFull.
Result<OpenFile*> make_far_file();
void name_far_file(OpenFile& file, Handle handle); // with the owner's references
Handle far_handle(OpenFile const& file); // null: not opened yet

// ---- the owner's side
// References for a caller elsewhere: takes over the one that the caller of this has.
Handle lend_file(OpenFile& file);
// An open file that is a place in the tree and no more (as O_PATH makes). FileTableFull.
Result<OpenFile*> open_place(Path const& path);
Path root_path(); // of the names, mounts passed; not counted

} // namespace torc
