// SPDX-License-Identifier: MIT
// Open files of other tori (docs/tori.md, "Descriptors"). The OpenFile of kind Far is the caller's record:
// descriptors and forks count it here; its owner counts `weight` references for it.
#pragma once
#include "kernel/files/open_file.hpp"
#include "kernel/result.hpp"
#include "substrate/handle.hpp"
#include <cstdint>

namespace torc {
struct Event;
struct Path;

// ---- the caller's side
// A record that names nothing yet. NoMemory, FileTableFull.
Result<OpenFile*> make_far_file();
void name_far_file(
    OpenFile& file, Handle handle, std::uint32_t weight); // with so many of the owner's references
void close_quietly(OpenFile& file); // nobody could tell: the last close need not wait for its owner
Handle far_handle(OpenFile const& file); // null: not opened yet
// Part of its references, for another torus's record; null when there are too few. And back again. When they
// run low the owner is asked for more, and nobody waits for that.
Handle split_far_file(OpenFile& file);
void rejoin_far_file(OpenFile& file);
// False: the event answers something else.
bool weight_answered(OpenFile& file, Event const& event);

// A descriptor of it is closed: the running process's record locks on the file go.
void drop_far_locks(OpenFile& file);

// ---- the owner's side
// What a record elsewhere counts for here: a small part of it goes along when a process moves on.
inline constexpr std::uint32_t lent_weight = 1024, split_weight = 16;
// References that come home: the caller has one of them afterwards. Stale: they were none.
Result<OpenFile*> receive_own_file(Handle handle, std::uint32_t weight);
// A request for more is answered as it is taken: so references that are given back come behind it.
std::uint32_t lend_more(Handle handle);
// References for a caller elsewhere: takes over the one that the caller of this has.
Handle lend_file(OpenFile& file);
// An open file that is a place in the tree and no more (as O_PATH makes). FileTableFull.
Result<OpenFile*> open_place(Path const& path);
Path root_path(); // of the names, mounts passed; not counted

} // namespace torc
