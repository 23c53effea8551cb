// SPDX-License-Identifier: MIT
#include "kernel/memory/out_of_memory.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/log.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/torus.hpp"

namespace torc {

std::int64_t memory_points(Process const& process)
{
    if (process.pid == 1 || process.space == nullptr || process.oom_score_adjustment == -1000)
        return spared;
    auto const held
        = static_cast<std::int64_t>(process.space->resident_pages() + process.space->table().table_pages());
    return held
        + process.oom_score_adjustment * static_cast<std::int64_t>(machine_pages(this_torus())) / 1000;
}

// The walk over all processes is one that an emergency asks for, not an event.
void relieve_memory(Thread& thread)
{
    if (reap_step())
        return;
    Process* largest = nullptr;
    std::int64_t most = spared;
    std::int32_t pid = 0;
    while (Process* const process = next_process(pid)) {
        if (process->state == ProcessState::Exiting) // memory is on its way back: wait for it
            return;
        std::int64_t const points = process->state == ProcessState::Alive ? memory_points(*process) : spared;
        if (points > most) {
            largest = process;
            most = points;
        }
    }
    if (!largest) {
        force_signal(thread, kernel_signal(sig::kill));
        return;
    }
    log("out of memory: killed process {} ({}), which held {} KiB", largest->pid,
        largest->leader() ? largest->leader()->name : "?",
        largest->space->resident_pages() * (page_size / 1024));
    signal_post(*largest, sig::kill);
    this_torus().run_queue.yield();
    thread.attention |= attend_reschedule;
}

} // namespace torc
