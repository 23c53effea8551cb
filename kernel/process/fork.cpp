// SPDX-License-Identifier: MIT
// clone and clone3. A new thread of the same process is one grain (birth.cpp); a new process is built in
// grains: records, memory, descriptors. Until it is published it is known to its maker's restart record only.
#include "kernel/process/fork.hpp"
#include "arch/clock.hpp"
#include "arch/cpu.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/process/birth.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process_file.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/run_loop.hpp"
#include "kernel/process/scheduling.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/far_numbers.hpp"
#include "kernel/torus.hpp"

namespace torc {
namespace {

namespace want = clone_flag;

enum Step : std::uint8_t {
    copy_memory,
    copy_files,
    publish, // its number may be one to wait for
    wait_for_vfork,
    reserve_for_thread, // there is no child: the call begins again
    abandon_memory,
    abandon_files,
    abandon_rest
};

// restart.object while a fork is under way
Process& child_of(RestartRecord const& record)
{
    return *reinterpret_cast<Process*>(record.object); // SAFETY: the record owns the unborn child
}

// What is needed of the request after the first grain: the caller's memory may say something else by then.
// The child's own record has room for the rest until it is born.
void keep_request(RestartRecord& record, CloneRequest const& request)
{
    child_of(record).leader()->restart.object = request.pidfd;
    record.extra[0] = request.flags;
    record.extra[1] = request.child_tid;
    record.done = request.parent_tid;
    record.deadline_ticks = static_cast<std::uint64_t>(request.wanted_tid);
}

CloneRequest kept_request(RestartRecord const& record)
{
    return {.flags = record.extra[0],
        .parent_tid = record.done,
        .child_tid = record.extra[1],
        .wanted_tid = static_cast<std::int32_t>(record.deadline_ticks)};
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
}

Result<void> take_handlers(Process& child, Process const& parent, CloneRequest const& request)
{
    Handlers const how = request.has(want::sighand) ? Handlers::Shared
        : request.has(want::clear_sighand)          ? Handlers::Cleared
                                                    : Handlers::Copied;
    return signals_inherit(child, parent, how);
}

Result<void> take_fs(Process& child, Process const& parent, CloneRequest const& request)
{
    if (request.has(want::fs)) {
        child.fs = parent.fs;
        retain(*child.fs);
        return {};
    }
    child.fs = TRY(copy_fs_context(*parent.fs));
    return {};
}

Result<void> take_space(Process& child, Thread const& maker, CloneRequest const& request)
{
    if (request.has(want::vm)) {
        maker.space->retain();
        child.space = maker.space;
    } else {
        child.space = TRY(Space::create());
        child.space->layout = maker.space->layout;
        child.space->stack_limit = maker.space->stack_limit;
        child.space->address_limit = maker.space->address_limit;
        child.space->data_limit = maker.space->data_limit;
        child.space->barrier_registrations = maker.space->barrier_registrations;
    }
    child.leader()->space = child.space;
    return {};
}

Result<void> take_files(Process& child, Process const& parent, CloneRequest const& request)
{
    if (request.has(want::files)) {
        parent.files->retain();
        child.files = parent.files;
        return {};
    }
    child.files = TRY(FdTable::create());
    return {};
}

// All that a child counts; on failure it is to be abandoned.
Result<void> take_shared(Process& child, Thread const& maker, CloneRequest const& request)
{
    Process const& parent = *maker.process;
    TRY(take_handlers(child, parent, request));
    TRY(take_fs(child, parent, request));
    TRY(take_space(child, maker, request));
    TRY(take_files(child, parent, request));
    if (parent.executable) {
        child.executable = parent.executable;
        retain(*child.executable);
    }
    return {};
}

// Two records that know each other; WouldBlock when there are none.
Result<Process*> make_child(Thread& maker, CloneRequest const& request)
{
    ProcessTable& table = *this_torus().processes;
    Process* const child = table.processes.create();
    Thread* const leader = child ? table.threads.create() : nullptr;
    if (!leader) {
        if (child)
            table.processes.destroy(child);
        return unexpected{Status::WouldBlock};
    }
    bool const sibling = request.has(want::parent) && maker.process->parent;
    child->exit_signal = sibling ? maker.process->exit_signal : request.exit_signal;
    inherit(*child, *maker.process);
    inherit(*leader, maker, request);
    leader->process = child;
    child->add(*leader);
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

// RLIMIT_NPROC counts threads.
std::uint64_t thread_count_of(std::uint32_t uid)
{
    std::uint64_t count = 0;
    std::int32_t pid = 0;
    while (Process const* p = next_process(pid))
        if (p->credentials.uid == uid)
            count += p->thread_count;
    return count;
}

Result<void> may_clone(Thread const& thread)
{
    Process const& process = *thread.process;
    Credentials const& who = process.credentials;
    std::uint64_t const limit = process.limits[Resource::Processes].soft;
    if (limit != unlimited && who.uid != 0 && !who.capable(Capability::SysResource)
        && !who.capable(Capability::SysAdmin) && thread_count_of(who.uid) >= limit)
        return unexpected{Status::WouldBlock};
    return {};
}

// The child gets its name, its place in the tree and the run queue.
Result<std::int32_t> publish_child(Thread& maker, Process& child, CloneRequest const& request)
{
    Thread& leader = *child.leader();
    child.pid = TRY(take_name(leader, request, maker));
    if (request.has(want::pidfd))
        if (auto const given = give_process_descriptor(maker, child, Uaddr{leader.restart.object}); !given) {
            give_back_number(child.pid);
            return unexpected{given.error()};
        }
    leader.restart.clear();
    find_number(child.pid)->process = &child;
    bool const sibling = request.has(want::parent) && maker.process->parent;
    Process& parent = sibling ? *maker.process->parent : *maker.process;
    child.parent = &parent;
    parent.children.push_back(child);
    group_join(child, *maker.process->group);
    ++this_torus().processes->forks;
    tell_name(leader, request);
    if (request.has(want::vfork))
        child.vfork_parent = &maker;
    start_thread(leader);
    return child.pid;
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
    signals_close(child);
    if (child.fs)
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
    if (thread.space->turn.holder == &thread)
        thread.space->turn.give_up();
    if (!make_steps(thread, [&] { return abandon(record); }))
        return Outcome::again();
    return static_cast<Status>(record.small);
}

// The maker's memory is copied under its turn: other threads may not change mappings half-way.
Outcome copy_mappings(Thread& maker, RestartRecord& record, Status& failed)
{
    Turn& turn = maker.space->turn;
    if (!turn.free_for(maker))
        return block(maker, turn.waiting, OnSignal::KillOnly);
    turn.holder = &maker;
    while (!step_memory(maker, child_of(record), record, failed))
        if (must_yield(maker))
            return Outcome::again();
    if (failed == Status::NotYet) // for a frame: the turn is kept, and the step made again
        return failed;
    turn.give_up();
    record.step = copy_files;
    record.cursor = 0;
    return 0;
}

Outcome go_on(Thread& maker)
{
    RestartRecord& record = maker.restart;
    CloneRequest const request = kept_request(record);
    for (;;) {
        Status failed{};
        switch (record.step) {
        case copy_memory:
            if (Outcome const copied = copy_mappings(maker, record, failed); !copied.finished())
                return copied;
            break;
        case copy_files:
            if (request.has(want::files) || step_files(maker, child_of(record), record, failed))
                record.step = publish;
            break;
        case publish: {
            if (Outcome const reserved = reserve_name(maker, request, failed); !reserved.finished())
                return reserved;
            if (failed != Status{})
                break;
            Process& child = child_of(record);
            Result<std::int32_t> const result = publish_child(maker, child, request);
            if (!result)
                return abandon_all(maker, result.error());
            if (!request.has(want::vfork))
                return *result;
            record.object = static_cast<std::uint64_t>(*result);
            record.step = wait_for_vfork;
            break;
        }
        case wait_for_vfork: {
            Process* const child = find_process(static_cast<std::int32_t>(record.object));
            if (!child || child->vfork_parent != &maker)
                return static_cast<std::int64_t>(record.object);
            return sleep_until(maker, no_deadline, OnSignal::KillOnly);
        }
        default:
            return abandon_all(maker, Status::NoMemory);
        }
        if (failed != Status{})
            return abandon_all(maker, failed);
        if (must_yield(maker))
            return Outcome::again();
    }
}

Outcome create_process(Thread& maker, CloneRequest const& request)
{
    ProcessTable const& table = *this_torus().processes;
    if (table.processes.live() >= table.process_limit)
        return Status::WouldBlock;
    Result<Process*> const child = make_child(maker, request);
    if (!child)
        return child.error();
    RestartRecord& record = maker.restart;
    record.kind = CallKind::Fork;
    record.object = reinterpret_cast<std::uint64_t>(*child);
    record.cursor = 0;
    record.step = request.has(want::vm) ? copy_files : copy_memory;
    keep_request(record, request);
    if (!take_shared(**child, maker, request))
        return abandon_all(maker, Status::NoMemory);
    return go_on(maker);
}

// Nothing is made before it has its number, so that nothing is left of a call that fails or begins again.
Outcome make_thread(Thread& maker, CloneRequest const& request)
{
    Status failed{};
    if (Outcome const reserved = reserve_name(maker, request, failed); !reserved.finished()) {
        maker.restart.kind = CallKind::Fork;
        maker.restart.step = reserve_for_thread;
        return reserved;
    }
    return failed == Status{} ? create_thread(maker, request) : Outcome{failed};
}

Outcome clone(Thread& maker, CloneRequest const& request)
{
    bool const by_first = maker.process == this_torus().processes->first;
    bool const told_twice
        = request.has(want::pidfd) && request.has(want::parent_settid) && request.pidfd == request.parent_tid;
    if (!is_consistent(request.flags, by_first) || !is_supported(request.flags) || told_twice)
        return Status::BadArgument;
    if (Result<void> const allowed = may_clone(maker); !allowed)
        return allowed.error();
    if (may_not_fork(maker))
        return Status::WouldBlock;
    if (request.has(want::pidfd)) // while there is nothing to undo
        TRY(maker.space->resolve(Uaddr{request.pidfd}, Access::Write));
    return request.has(want::thread) ? make_thread(maker, request) : create_process(maker, request);
}

Outcome clone3(Thread& thread, Arguments const& arguments)
{
    RestartRecord const& record = thread.restart;
    if (record.kind == CallKind::Fork && record.step != reserve_for_thread)
        return go_on(thread);
    Result<CloneRequest> const request = read_clone_arguments(Uaddr{arguments[0]}, arguments[1]);
    return request ? clone(thread, *request) : Outcome{request.error()};
}

} // namespace

bool fork_abandon_step(Thread& maker)
{
    drop_reserved_number(maker);
    RestartRecord& record = maker.abandoned;
    if (record.step == reserve_for_thread)
        return true;
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
        return go_on(thread);
    return clone(thread,
        {.flags = arguments[0] & want::legacy & ~want::signal_mask,
            .stack = arguments[1],
            .tls = arguments[3],
            .parent_tid = arguments[2],
            .child_tid = arguments[4],
            .pidfd = arguments[2],
            .exit_signal = static_cast<std::uint8_t>(arguments[0] & want::signal_mask)});
}

// clone3(struct clone_args*, size)
Outcome call_clone3(Thread& thread, Arguments const& arguments)
{
    Outcome const outcome = clone3(thread, arguments);
    if (outcome.finished())
        drop_reserved_number(thread); // it has failed since
    return outcome;
}

} // namespace linux_abi

} // namespace torc
