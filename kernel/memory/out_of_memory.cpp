// SPDX-License-Identifier: MIT
#include "kernel/memory/out_of_memory.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/log.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/torus.hpp"

namespace torc {

// The walk over all processes is one that an emergency asks for, not an event.
void relieve_memory(Thread& thread)
{
    if (reap_step())
        return;
    Process* largest = nullptr;
    std::int32_t pid = 0;
    while (Process* const process = next_process(pid)) {
        if (process->state == ProcessState::Exiting) // memory is on its way back: wait for it
            return;
        if (process->pid == 1 || !process->space || process->state != ProcessState::Alive)
            continue;
        if (!largest || process->space->resident_pages() > largest->space->resident_pages())
            largest = process;
    }
    if (!largest) {
        force_signal(thread, kernel_signal(sig::kill));
        return;
    }
    log("out of memory: killed process {} ({}), which held {} KiB", largest->pid, largest->leader() ? largest->leader()->name : "?",
        largest->space->resident_pages() * (page_size / 1024));
    signal_post(*largest, sig::kill);
    this_torus().run_queue.yield();
    thread.attention |= attend_reschedule;
}

} // namespace torc
