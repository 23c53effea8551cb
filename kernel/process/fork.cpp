// SPDX-License-Identifier: MIT
#include "kernel/process/fork.hpp"
#include "arch/clock.hpp"
#include "arch/cpu.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/run_loop.hpp"
#include "kernel/process/scheduling.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

// linux/sched.h
constexpr std::uint64_t clone_signal = 0xff, clone_vm = 0x100, clone_fs = 0x200, clone_files = 0x400,
                        clone_sighand = 0x800, clone_vfork = 0x4000, clone_parent = 0x8000,
                        clone_thread = 0x10000, clone_sysvsem = 0x40000, clone_settls = 0x80000,
                        clone_parent_settid = 0x100000, clone_child_cleartid = 0x200000,
                        clone_detached = 0x400000, clone_child_settid = 0x1000000, clone_io = 0x80000000;
constexpr std::uint64_t clone_supported = clone_signal | clone_vm | clone_fs | clone_files | clone_vfork
    | clone_parent | clone_sysvsem | clone_settls | clone_parent_settid | clone_child_cleartid
    | clone_detached | clone_child_settid | clone_io;

enum Step : std::uint8_t {
    begin,
    copy_memory,
    copy_files,
    publish,
    wait_for_vfork,
    abandon_memory,
    abandon_files,
    abandon_rest
};

// restart.object while a fork is under way
Process& child_of(RestartRecord const& record)
{
    return *reinterpret_cast<Process*>(record.object); // SAFETY: the record owns the unborn child
}

void inherit(Process& child, Process const& parent)
{
    child.parent = const_cast<Process*>(&parent);
    child.credentials = parent.credentials;
    child.limits = parent.limits;
    child.personality = parent.personality;
    child.dumpable = parent.dumpable;
    child.no_new_privileges = parent.no_new_privileges;
    child.nice = parent.nice;
    child.oom_score_adjustment = parent.oom_score_adjustment;
    child.oom_score_least = parent.oom_score_least;
    child.start_ticks = arch::now_ticks();
    signals_inherit(child, parent);
}

void inherit(Thread& child, Thread& parent, Arguments const& arguments)
{
    arch::save_float(parent);
    child.frame = parent.frame;
    child.frame.x[0] = 0;
    if (arguments[1] != 0)
        child.frame.sp = arguments[1];
    if (parent.float_used) {
        child.float_state = parent.float_state;
        child.float_used = true;
    }
    child.thread_pointer = arguments[0] & clone_settls ? arguments[3] : arch::thread_pointer(parent);
    this_torus().run_queue.set_parameters(child.entity, parameters_for_child(parent));
    child.affinity = parent.affinity;
    child.timer_slack_ns = parent.timer_slack_ns;
    __builtin_memcpy(child.name, parent.name, sizeof child.name);
    if (arguments[0] & clone_child_cleartid)
        child.clear_tid = arguments[4];
    signals_inherit(child, parent);
    if (arguments[0] & clone_vm && !(arguments[0] & clone_vfork))
        child.alternate_stack = {};
}

// The records and what is copied at once. On failure nothing is left.
Result<Process*> make_child(Thread& thread, Arguments const& arguments)
{
    ProcessTable& table = *this_torus().processes;
    Process& parent = *thread.process;
    std::uint64_t const flags = arguments[0];
    Process* const child = table.processes.create();
    Thread* const leader = child ? table.threads.create() : nullptr;
    auto const give_up = [&](Status status) {
        if (leader)
            table.threads.destroy(leader);
        if (child)
            table.processes.destroy(child);
        return unexpected{status};
    };
    if (!leader)
        return give_up(Status::WouldBlock);
    child->exit_signal = static_cast<std::uint8_t>(flags & clone_signal);
    inherit(*child, parent);
    inherit(*leader, thread, arguments);
    leader->process = child;
    child->threads.push_back(*leader);
    child->thread_count = 1;

    if (flags & clone_fs) {
        child->fs = parent.fs;
        ++child->fs->references;
    } else if (Result<FsContext*> const fs = copy_fs_context(*parent.fs)) {
        child->fs = *fs;
    } else {
        child->threads.clear();
        return give_up(fs.error());
    }
    Result<Space*> space = thread.space;
    if (flags & clone_vm)
        thread.space->retain();
    else
        space = Space::create();
    Result<FdTable*> files = parent.files;
    if (flags & clone_files)
        parent.files->retain();
    else
        files = FdTable::create();
    if (space)
        child->space = leader->space = *space;
    if (files)
        child->files = *files;
    if (parent.executable) {
        child->executable = parent.executable;
        retain(*child->executable);
    }
    if (!space || !files)
        child->state = ProcessState::Exiting; // told apart by the caller
    else if (!(flags & clone_vm)) {
        child->space->layout = thread.space->layout;
        child->space->stack_limit = thread.space->stack_limit;
        child->space->address_limit = thread.space->address_limit;
        child->space->data_limit = thread.space->data_limit;
    }
    return child;
}

bool step_memory(Thread& thread, Process& child, RestartRecord& record, Status& failed)
{
    Result<std::uint64_t> const next = child.space->copy_step(*thread.space, record.cursor);
    if (!next) {
        failed = next.error();
        return true;
    }
    record.cursor = *next;
    return record.cursor == ~0ull;
}

bool step_files(Thread& thread, Process& child, RestartRecord& record, Status& failed)
{
    Result<std::uint64_t> const next = child.files->copy_step(*thread.process->files, record.cursor);
    if (!next) {
        failed = next.error();
        return true;
    }
    record.cursor = *next;
    return record.cursor == ~0ull;
}

std::uint64_t process_count_of(std::uint32_t uid)
{
    std::uint64_t count = 0;
    std::int32_t pid = 0;
    while (Process const* p = next_process(pid))
        count += p->credentials.uid == uid;
    return count;
}

Result<void> may_fork(Thread const& thread)
{
    Process const& process = *thread.process;
    ProcessTable const& table = *this_torus().processes;
    if (table.processes.live() >= table.process_limit)
        return unexpected{Status::WouldBlock};
    Credentials const& who = process.credentials;
    std::uint64_t const limit = process.limits[Resource::Processes].soft;
    if (limit != unlimited && who.uid != 0 && !who.capable(Capability::SysResource)
        && !who.capable(Capability::SysAdmin) && process_count_of(who.uid) >= limit)
        return unexpected{Status::WouldBlock};
    return {};
}

// The child gets its name, its place in the tree and the run queue.
Outcome publish_child(Thread& thread, Process& child, Arguments const& arguments)
{
    ProcessTable& table = *this_torus().processes;
    std::uint64_t const flags = arguments[0];
    Result<std::int32_t> const pid = table.pids.take();
    if (!pid)
        return pid.error();
    Thread& leader = *child.leader();
    child.pid = leader.id = *pid;
    *table.pids.find(*pid) = {&child, &leader};
    Process& parent
        = flags & clone_parent && thread.process->parent ? *thread.process->parent : *thread.process;
    child.parent = &parent;
    parent.children.push_back(child);
    group_join(child, *thread.process->group);
    ++table.forks;
    if (flags & clone_parent_settid)
        (void)copy_out(Uaddr{arguments[2]}, *pid);
    if (flags & clone_child_settid)
        tell_tid_at_start(leader, arguments[4]);
    if (flags & clone_vfork)
        child.vfork_parent = &thread;
    start_thread(leader);
    return *pid;
}

// Frames and descriptors of a child that will not be, then its records. `record.small`: the errno to say.
bool abandon(RestartRecord& record)
{
    Process& child = child_of(record);
    Thread& leader = *child.leader();
    switch (record.step) {
    case abandon_memory:
        if (child.space && child.space->last_reference() && !child.space->tear_down_step())
            return false;
        if (child.space)
            child.space->release();
        record.step = abandon_files;
        record.cursor = 0;
        return false;
    case abandon_files:
        if (child.files && child.files->shared()) {
            child.files->release();
        } else if (child.files) {
            record.cursor = close_step(*child.files, record.cursor);
            if (record.cursor != ~0ull)
                return false;
            child.files->release();
            child.files->destroy();
        }
        record.step = abandon_rest;
        return false;
    default:
        break;
    }
    ProcessTable& table = *this_torus().processes;
    release(*child.fs);
    if (child.executable)
        release(*child.executable);
    child.threads.clear();
    table.threads.destroy(&leader);
    table.processes.destroy(&child);
    return true;
}

Outcome abandon_all(Thread& thread, Status status)
{
    RestartRecord& record = thread.restart;
    if (record.step < abandon_memory) {
        record.step = abandon_memory;
        record.small = static_cast<std::uint32_t>(status);
    }
    while (!abandon(record))
        if (must_yield(thread))
            return Outcome::again();
    return static_cast<Status>(record.small);
}

Outcome go_on(Thread& thread, Arguments const& arguments)
{
    RestartRecord& record = thread.restart;
    for (;;) {
        Status failed{};
        switch (record.step) {
        case copy_memory:
            if (arguments[0] & clone_vm || step_memory(thread, child_of(record), record, failed)) {
                record.step = copy_files;
                record.cursor = 0;
            }
            break;
        case copy_files:
            if (arguments[0] & clone_files || step_files(thread, child_of(record), record, failed))
                record.step = publish;
            break;
        case publish: {
            Process& child = child_of(record);
            Outcome const result = publish_child(thread, child, arguments);
            if (result.failed())
                return abandon_all(thread, Status::WouldBlock);
            if (!(arguments[0] & clone_vfork))
                return result;
            record.object = static_cast<std::uint64_t>(result.value());
            record.step = wait_for_vfork;
            break;
        }
        case wait_for_vfork: {
            Process* const child = find_process(static_cast<std::int32_t>(record.object));
            if (!child || child->vfork_parent != &thread)
                return static_cast<std::int64_t>(record.object);
            return sleep_until(thread, no_deadline, OnSignal::KillOnly);
        }
        default:
            return abandon_all(thread, Status::NoMemory);
        }
        if (failed != Status{})
            return abandon_all(thread, failed);
        if (must_yield(thread))
            return Outcome::again();
    }
}

} // namespace

bool fork_abandon_step(RestartRecord& record)
{
    if (record.step == wait_for_vfork) {
        if (Process* const child = find_process(static_cast<std::int32_t>(record.object)))
            child->vfork_parent = nullptr;
        return true;
    }
    if (record.step < abandon_memory)
        record.step = abandon_memory;
    return abandon(record);
}

namespace linux_abi {

// clone(flags, stack, parent_tid, tls, child_tid), the arm64 order of arguments
Outcome call_clone(Thread& thread, Arguments const& arguments)
{
    if (thread.restart.kind == CallKind::Fork)
        return go_on(thread, arguments);
    std::uint64_t const flags = arguments[0];
    if (flags & clone_thread && !(flags & clone_sighand))
        return Status::BadArgument;
    if (flags & clone_sighand && !(flags & clone_vm))
        return Status::BadArgument;
    if (flags & ~clone_supported || (flags & clone_signal) > signal_count)
        return Status::BadArgument; // threads and namespaces
    Result<void> const allowed = may_fork(thread);
    if (!allowed)
        return allowed.error();
    Result<Process*> const child = make_child(thread, arguments);
    if (!child)
        return child.error();
    RestartRecord& record = thread.restart;
    record.kind = CallKind::Fork;
    record.object = reinterpret_cast<std::uint64_t>(*child);
    record.cursor = 0;
    record.step = copy_memory;
    if ((*child)->state == ProcessState::Exiting)
        return abandon_all(thread, Status::NoMemory);
    Outcome const outcome = go_on(thread, arguments);
    if (outcome.finished())
        record.clear();
    return outcome;
}

} // namespace linux_abi

} // namespace torc
