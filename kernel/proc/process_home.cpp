// SPDX-License-Identifier: MIT
// /proc/PID/torc: the tori of a process or thread. Its home has it and all that belongs to it, its birth
// torus gave it its number, and one of both or another runs it at EL0 (docs/limbs.md).
#include "kernel/proc/process_files.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

// As a look found it last (docs/roles.md); in 1024ths.
void put_wish(FormatSink& out, Newcomer const& measured)
{
    RoleVector const& wanted = measured.wanted;
    format_to(out, "uses {}\nwants compute {} io {} simd {}\n", measured.core_share, wanted[0], wanted[1],
        wanted[2]);
}

} // namespace

namespace process_files {

Result<bool> torc(ProcText& text)
{
    Torus const& torus = this_torus();
    Thread const* const thread = text.subject.thread;
    format_to(text.out, "home {}\nbirth {}\nruns {}\n", torus.number, birth_torus(text.subject.id()),
        thread != nullptr ? runs_on(*thread) : torus.number);
    if (thread != nullptr && thread->conduct.measured.known)
        put_wish(text.out, thread->conduct.measured);
    return false;
}

} // namespace process_files
} // namespace torc
