// SPDX-License-Identifier: MIT
// Links of a process (exe, cwd, root, fd/N) whose object is another torus's.
#pragma once
#include "kernel/proc/proc_node.hpp"
#include "kernel/proc/proc_subject.hpp"
#include "substrate/handle.hpp"

namespace torc {

struct LinkEnd {
    Handle object; // an open file of another torus; null: something of this one, or nothing
    bool root{false}; // the root of the names, of which there is no handle
};
LinkEnd far_end_of(ProcNode const& node, ProcSubject const& subject);

} // namespace torc
