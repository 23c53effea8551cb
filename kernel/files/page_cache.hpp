// SPDX-License-Identifier: MIT
// Changing what pages a regular file has: making them, cutting them off under those who have them mapped.
#pragma once
#include "kernel/files/file_api.hpp"
#include "kernel/linux/outcome.hpp"

namespace torc {
struct Thread;

// A frame for page `index`, which has none: not cleared, not in the tree yet. NoSpace at the filesystem's
// limit, NoMemory.
Result<Paddr> new_page(Inode& inode);
// Puts it there (the reference goes over), or gives it back.
Result<void> add_page(Inode& inode, std::uint64_t index, Paddr frame);

// Sets the size; what is cut off is unmapped and freed by grains, with the inode's turn held if it yields. 0,
// or again, or blocked. Run again, it goes on from the restart record.
Outcome set_inode_size(Thread& thread, Inode& inode, std::uint64_t size);
// Makes [start, end) a hole; the size stays.
Outcome punch_hole(Thread& thread, Inode& inode, std::uint64_t start, std::uint64_t end);
// True if the restart record says that this thread is in the middle of one of the two; goes on with it.
bool cutting(Thread const& thread);
Outcome go_on_cutting(Thread& thread);
void abandon_cutting(Thread& thread); // to its end, for a thread that dies
// One grain of unmapping pages [first, end) from everybody here, from FileBody::zap_next on; `cursor` is 0 at
// first. True when nobody has them.
bool unmap_pages_step(Inode& inode, std::uint64_t first, std::uint64_t end, std::uint64_t& cursor);
// Waits until nobody else has the inode's turn.
Outcome wait_for_turn(Thread& thread, Inode& inode);

} // namespace torc
