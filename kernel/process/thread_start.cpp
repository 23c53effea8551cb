// SPDX-License-Identifier: MIT
// A thread's first steps, and those into a new program's space.
#include "arch/cpu.hpp"
#include "kernel/memory/memory_records.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/run_loop.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/torus.hpp"

namespace torc {

void adopt_space(Thread& thread)
{
    Torus& torus = this_torus();
    torus.memory->asids.lend(thread.space->table());
    arch::switch_user(torus, nullptr, thread);
    if (torus.lends_new_threads) [[unlikely]]
        lend_by_rule(thread);
}

void tell_tid_at_start(Thread& thread, std::uint64_t address)
{
    thread.start_tid = address;
    thread.attention |= attend_start;
}

void start_thread(Thread& thread)
{
    Torus& torus = this_torus();
    thread.state = ThreadState::Runnable;
    torus.run_queue.enqueue(thread.entity, Arrival::start);
    if (torus.lends_new_threads) [[unlikely]]
        lend_by_rule(thread);
}

} // namespace torc
