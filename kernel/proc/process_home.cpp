// SPDX-License-Identifier: MIT
// /proc/PID/torc: the tori of a process or thread. Its home has it and all that belongs to it, its birth
// torus gave it its number, and one of both or another runs it at EL0 (docs/limbs.md).
#include "kernel/proc/process_files.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/torus.hpp"

namespace torc::process_files {

Result<bool> torc(ProcText& text)
{
    Torus const& torus = this_torus();
    Thread const* const thread = text.subject.thread;
    format_to(text.out, "home {}\nbirth {}\nruns {}\n", torus.number, birth_torus(text.subject.id()),
        thread != nullptr ? runs_on(*thread) : torus.number);
    return false;
}

} // namespace torc::process_files
