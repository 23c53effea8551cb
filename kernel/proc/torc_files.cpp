// SPDX-License-Identifier: MIT
// /proc/torc: what only this kernel has to tell.
#include "arch/cpu.hpp"
#include "arch/machine.hpp"
#include "kernel/linux/call_table.hpp"
#include "kernel/linux/unimplemented.hpp"
#include "kernel/objects.hpp"
#include "kernel/proc/fixed_files.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/torus.hpp"

namespace torc::fixed_files {

// name live limit bytes
Result<bool> torc_objects(ProcText& text)
{
    char const* name = nullptr;
    ObjectCount count{};
    if (!object_row(static_cast<unsigned>(text.cursor), name, count))
        return false;
    format_to(text.out, "{} {} {} {}\n", name, count.live, count.limit, count.bytes);
    ++text.cursor;
    return true;
}

// call count program: the last one that made it
Result<bool> torc_unimplemented(ProcText& text)
{
    linux_abi::UnimplementedCall row{};
    if (!linux_abi::unimplemented_call(static_cast<unsigned>(text.cursor), row))
        return false;
    if (char const* const name = linux_abi::call_name(row.number))
        text.out.put(name);
    else
        put_decimal(text.out, row.number);
    std::string_view program{row.program, sizeof row.program};
    program = program.substr(0, program.find('\0'));
    format_to(text.out, " {} ", row.count);
    put_escaped(text.out, program, " \n\\");
    text.out.put('\n');
    ++text.cursor;
    return true;
}

// number state: one runs programs, the others sleep until tori schedule
Result<bool> torc_tori(ProcText& text)
{
    if (text.cursor == 0) {
        Torus const& torus = this_torus();
        format_to(text.out, "{} running frames {} free {} threads {} runnable {}\n", torus.number,
            torus.frames.total_pages(), torus.frames.free_pages(), torus.processes->threads.live(),
            torus.run_queue.runnable());
    } else {
        format_to(text.out, "{} in the ring\n", text.cursor);
    }
    TorusLinks const* const links = this_torus().links;
    return ++text.cursor < (links != nullptr ? links->counted : 1);
}

} // namespace torc::fixed_files
