// SPDX-License-Identifier: MIT
// What a visitor's handler takes for its process's: descriptors, root, directory; and the calls that are no
// program's.
#pragma once
#include "kernel/linux/outcome.hpp"
#include "kernel/tori/far_records.hpp"

namespace torc {

// Descriptors are the numbers of their arguments here; the directory is a descriptor's, too.
void lay_out(Visitor& visitor);
// A file that the handler has opened, or a directory it has moved to: the caller gets a reference. False: no
// memory.
bool take_made(Visitor& visitor, Outcome outcome);
void clear_away(Visitor const& visitor);

Outcome run_request(Visitor& visitor, FarRequest request, Arguments const& arguments);

} // namespace torc
