// SPDX-License-Identifier: MIT
// What a far call is about: whose it is, and the handles that its arguments mean there.
#pragma once
#include "kernel/result.hpp"
#include "kernel/tori/far_records.hpp"

namespace torc {

struct Targets {
    unsigned owner{names_torus};
    Handle objects[2]{};
};

// Of a directory that a process has elsewhere; null for the names' root.
Handle place_handle(OpenFile const* place);
// `asked`: the torus that knows the process which the call names. BadArgument: two owners, or a call that no
// far file serves; BadDescriptor, CrossDevice.
Result<Targets> targets_of(Thread const& thread, std::uint64_t asked);

} // namespace torc
