// SPDX-License-Identifier: MIT
// clone(2) in its fork and vfork forms. The child is made in grains inside the parent's call and is seen by
// nobody until it is whole.
#pragma once

namespace torc {
struct Thread;

// The parent dies in the middle: one grain of giving the unborn child back; true when done.
bool fork_abandon_step(Thread& maker);

} // namespace torc
