// SPDX-License-Identifier: MIT
#include "kernel/process/exit.hpp"
#include "arch/cpu.hpp"
#include "arch/panic.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/futex/futex.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/space_turn.hpp"
#include "kernel/poll/polling.hpp"
#include "kernel/proc/proc_asks.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/exec.hpp"
#include "kernel/process/fork.hpp"
#include "kernel/process/lifecycle.hpp"
#include "kernel/process/process_file.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/time/interval_timers.hpp"
#include "kernel/tori/adoption.hpp"
#include "kernel/tori/far_call.hpp"
#include "kernel/tori/far_closing.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/tori/moving.hpp"
#include "kernel/tori/roles.hpp"
#include "kernel/tori/travel.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

// In order; restart.step says where the thread is. Each returns true when it is finished.
using Step = bool (*)(Thread&, Process&);

// A long call that the thread was in the middle of gives back what only it knows.
bool abandon_call(Thread& thread, Process&)
{
    if (thread.abandoned.kind == CallKind::Fork)
        return fork_abandon_step(thread);
    if (thread.abandoned.kind == CallKind::Exec)
        return exec_abandon_step(thread);
    if (thread.abandoned.kind == CallKind::Move)
        return move_abandon_step(thread);
    if (thread.abandoned.kind == CallKind::Poll)
        poll_abandon(thread.abandoned);
    if (thread.abandoned.kind == CallKind::Far)
        return far_abandon_step(thread);
    return true;
}

bool leave_futexes(Thread& thread, Process&)
{
    return futex_exit_step(thread);
}

bool leave_memory(Thread& thread, Process& process)
{
    if (process.vfork_parent) {
        wake(*process.vfork_parent);
        process.vfork_parent = nullptr;
    }
    if (thread.space == nullptr) // an embryo's, which has none yet
        return true;
    if (!thread.left_space) {
        process.use.peak_pages = thread.space->peak_resident;
        arch::leave_user_space();
        thread.left_space = true;
    }
    if (thread.space->last_reference() && !thread.space->tear_down_step())
        return false;
    thread.space->release();
    thread.space = process.space = nullptr;
    return true;
}

bool close_files(Thread& thread, Process& process)
{
    if (!process.files)
        return true;
    if (process.files->shared()) {
        process.files->release();
        process.files = nullptr;
        return true;
    }
    thread.restart.cursor = close_step(*process.files, thread.restart.cursor);
    if (thread.restart.cursor != ~0ull)
        return false;
    process.files->release();
    process.files->destroy();
    process.files = nullptr;
    return true;
}

bool leave_tree(Thread&, Process& process)
{
    if (process.fs)
        release(*process.fs);
    process.fs = nullptr;
    if (process.executable)
        release(*process.executable);
    process.executable = nullptr;
    interval_timers_stop(process);
    if (process.home.is_null())
        signals_discard(process); // else they follow it
    return true;
}

// Each child gets a new parent; one a grain.
bool give_children_away(Thread& thread, Process& process)
{
    if (process.children.empty())
        return true;
    return give_child_away(thread, process, process.children.front()) && process.children.empty();
}

bool leave_owners(Thread& thread, Process& process)
{
    if (thread.restart.cursor++ == 0 && session_that_ends(process) != 0)
        leaves_names(process); // its terminal may be there, whether or not it has called there from here
    return far_leave_step(thread);
}

// What `wait` is told of has happened everywhere: the end of pipes, locks, ETXTBSY.
bool await_owners(Thread& thread, Process& process)
{
    return !process.home.is_null() || closing_heard_step(thread, process.closed_at);
}

bool leave_session(Thread&, Process& process)
{
    if (!process.home.is_null() || process.embryo)
        return true; // it has only moved, or has not come
    group_parent_exits(process, nullptr);
    if (process.stub.is_null())
        session_member_exits(process);
    return true;
}

// What each thread does for itself, then what the last one does for the process.
constexpr Step steps[] = {abandon_call, leave_futexes, leave_memory, close_files, leave_tree, leave_owners,
    await_owners, give_children_away, leave_session};
constexpr unsigned step_count = sizeof steps / sizeof *steps, first_of_process = 2;

// Nothing runs or sends to it any more; its record stays.
void retire(Thread& thread)
{
    Torus& torus = this_torus();
    if (!thread.process->home.is_null()) // what it kept blocked goes along with what its process did
        thread.process->pending.set |= thread.pending.set;
    signals_discard(thread);
    end_asks(thread);
    retire_thread(thread);
    arch::discard_float(thread);
    if (torus.current == &thread)
        torus.current = nullptr;
}

void free_thread(Thread& thread)
{
    Torus& torus = this_torus();
    retire(thread);
    Process& process = *thread.process;
    __builtin_memcpy(process.last_name, thread.name, sizeof process.last_name);
    process.use.minor_faults += thread.minor_faults;
    process.use.voluntary_switches += thread.voluntary_switches;
    process.use.involuntary_switches += thread.involuntary_switches;
    process.threads.erase(process.threads.iterator_to(thread));
    --process.thread_count;
    if (PidDirectory::Entry* const entry = find_number(thread.id)) // else born elsewhere
        entry->thread = nullptr;
    if (thread.id != process.pid)
        give_back_number(thread.id);
    torus.processes->threads.destroy(&thread);
}

// A thread that ends before others. The leader's record, and with it the process's name and number, stays
// until the process ends or another thread takes its place in execve.
void leave_siblings(Thread& thread)
{
    Process& process = *thread.process;
    --process.live_threads;
    if (&thread == process.leader())
        retire(thread);
    else
        free_thread(thread);
    if (process.live_threads == 1 && process.executing != nullptr)
        wake(*process.executing);
}

void become_zombie(Process& process)
{
    process.state = ProcessState::Zombie;
    if (&process == this_torus().processes->first)
        arch::panic("the first process has ended: there is nobody to go on");
    if (!process.stub.is_null())
        return tell_stub(process, Notice::Exited);
    note_program(this_torus(), Habit{process.habit});
    process_file_ready(process);
    if (notify_parent_exit(process))
        reap(process);
}

} // namespace

void end_thread(Thread& thread)
{
    if (thread.exiting)
        return;
    thread.attention |= attend_kill;
    resume_thread(thread);
    wake(thread);
    recall(thread);
}

void begin_exit(Thread& thread)
{
    if (thread.exiting)
        return;
    end_lending(thread);
    thread.exiting = true;
    thread.in_call = false;
    abandon_file_call(thread);
    leave_turn(thread);
    if (thread.process->executing == &thread)
        thread.process->executing = nullptr;
    thread.abandoned = thread.restart;
    thread.restart.clear();
    thread.restart.kind = CallKind::Exit;
    thread.attention = 0;
    signals_pass_on(thread, ~thread.blocked);
}

void exit_step(Thread& thread)
{
    Process& process = *thread.process;
    while (thread.restart.step < step_count) {
        if (thread.restart.step == first_of_process) {
            if (process.live_threads > 1)
                return leave_siblings(thread);
            if (process.home.is_null())
                process.state = ProcessState::Exiting; // nobody had to tell the last one
        }
        if (steps[thread.restart.step](thread, process)) {
            ++thread.restart.step;
            thread.restart.cursor = 0;
        }
        if (arch::interrupt_pending() || thread.attention & attend_reschedule
            || thread.state != ThreadState::Runnable)
            return;
    }
    if (process.home.is_null())
        process.habit = habit_of(this_torus(), thread).raw();
    free_thread(thread);
    if (Thread* const leader = process.leader()) // it ended before, and waited for the others
        free_thread(*leader);
    process.live_threads = 0;
    if (!process.home.is_null())
        become_stub(process);
    else if (process.embryo)
        drop_ended(process);
    else
        become_zombie(process);
}

void drop_ended(Process& process)
{
    if (process.in_arrivals.is_linked()) {
        auto& like = this_torus().processes->arrivals_like(process.pid);
        like.erase(like.iterator_to(process));
    }
    group_leave(process);
    signals_discard(process);
    signals_close(process);
    this_torus().processes->processes.destroy(&process);
}

void stub_exited(Process& stub)
{
    stub.state = ProcessState::Zombie;
    session_member_exits(stub);
    process_file_ready(stub);
    if (notify_parent_exit(stub))
        reap(stub);
}

void reap(Process& process)
{
    if (process.is_ward)
        return reap_ward(process);
    ProcessTable& table = *this_torus().processes;
    if (Process* const parent = process.parent)
        parent->children.erase(parent->children.iterator_to(process));
    group_leave(process);
    signals_discard(process);
    signals_close(process);
    process.watchers.dissolve();
    std::int32_t const pid = process.pid;
    table.processes.destroy(&process);
    give_back_number(pid);
}

// ---- execve of one thread among several ----------------------------------------------------------------

bool end_siblings(Thread& thread)
{
    Process& process = *thread.process;
    if (process.live_threads == 1) {
        process.executing = nullptr;
        return true;
    }
    if (process.executing == &thread)
        return false;
    process.executing = &thread;
    for (Thread& other : process.threads)
        if (&other != &thread)
            end_thread(other);
    return false;
}

void become_leader(Thread& thread)
{
    Process& process = *thread.process;
    Thread& leader = *process.leader();
    if (&leader == &thread)
        return;
    free_thread(leader);
    give_back_number(thread.id);
    thread.id = process.pid;
    if (PidDirectory::Entry* const entry = find_number(thread.id)) // else born elsewhere
        entry->thread = &thread;
}

namespace linux_abi {

Outcome call_exit_group(Thread& thread, Arguments const& arguments)
{
    process_die(*thread.process, wait_exited(arguments.as_int(0)));
    begin_exit(thread);
    thread.in_call = false;
    return Outcome::again();
}

Outcome call_exit(Thread& thread, Arguments const& arguments)
{
    // The process's status is that of the last one to call, unless something ends them all.
    Process& process = *thread.process;
    if (process.state == ProcessState::Alive)
        process.wait_status = wait_exited(arguments.as_int(0));
    begin_exit(thread);
    return Outcome::again();
}

} // namespace linux_abi

} // namespace torc
