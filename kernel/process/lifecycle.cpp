// SPDX-License-Identifier: MIT
#include "kernel/process/lifecycle.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/exit.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/far_call.hpp"

namespace torc {

void process_die(Process& process, int wait_status)
{
    if (process.state != ProcessState::Alive)
        return;
    process.state = ProcessState::Exiting;
    process.wait_status = wait_status;
    clear_stopped(process);
    for (Thread& thread : process.threads)
        end_thread(thread);
}

void process_stop(Process& process, unsigned signal)
{
    if (process.stopped || process.state != ProcessState::Alive)
        return;
    set_stopped(process);
    process.continued = false;
    process.stop_signal = static_cast<std::uint8_t>(signal);
    process.stop_reported = false;
    for (Thread& thread : process.threads)
        if (!thread.exiting) {
            far_stop(thread);
            stop_thread(thread);
        }
    notify_parent_stop(process, signal);
}

void process_continue(Process& process)
{
    if (!process.stopped)
        return;
    clear_stopped(process);
    process.continued = true;
    process.stop_reported = true;
    for (Thread& thread : process.threads)
        resume_thread(thread);
    notify_parent_continue(process);
}

} // namespace torc
