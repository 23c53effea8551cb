// SPDX-License-Identifier: MIT
#include "kernel/process/birth.hpp"
#include "arch/cpu.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/run_loop.hpp"
#include "kernel/process/scheduling.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/torus.hpp"

namespace torc {

void inherit(Thread& child, Thread& maker, CloneRequest const& request)
{
    arch::save_float(maker);
    if (maker.leaving & leaves_to_limb) [[unlikely]]
        fetch_float(maker);
    child.frame = maker.frame;
    child.frame.x[0] = 0;
    if (request.stack != 0)
        child.frame.sp = request.stack;
    if (maker.float_used) {
        child.float_state = maker.float_state;
        child.float_used = true;
    }
    bool const has_tls = request.has(clone_flag::settls);
    child.thread_pointer = has_tls ? request.tls : arch::thread_pointer(maker);
    this_torus().run_queue.set_parameters(child.entity, parameters_for_child(maker));
    child.affinity = maker.affinity;
    child.timer_slack_ns = maker.timer_slack_ns;
    __builtin_memcpy(child.name, maker.name, sizeof child.name);
    if (request.has(clone_flag::child_cleartid))
        child.clear_tid = request.child_tid;
    if (!request.has(clone_flag::vm)) {
        child.sequence_area = maker.sequence_area;
        child.sequence_signature = maker.sequence_signature;
        child.sequence_cpu = maker.sequence_cpu;
    }
    signals_inherit(child, maker);
    if (request.has(clone_flag::vm) && !request.has(clone_flag::vfork))
        child.alternate_stack = {};
}

Result<std::int32_t> take_name(Thread& child, CloneRequest const& request, Process const& maker)
{
    PidDirectory& pids = this_torus().processes->pids;
    if (request.wanted_tid == 0) {
        child.id = TRY(pids.take());
    } else {
        Credentials const& who = maker.credentials;
        if (!pids.is_possible(request.wanted_tid))
            return unexpected{Status::BadArgument};
        if (!who.capable(Capability::SysAdmin) && !who.capable(Capability::CheckpointRestore))
            return unexpected{Status::NotPermitted};
        if (find_process_of(request.wanted_tid) != nullptr) // perhaps born elsewhere
            return unexpected{Status::Exists};
        child.id = TRY(pids.take(request.wanted_tid));
    }
    *pids.find(child.id) = {nullptr, &child};
    return child.id;
}

// As on Linux, a bad address is the caller's own affair.
void tell_name(Thread& child, CloneRequest const& request)
{
    if (request.has(clone_flag::parent_settid))
        (void)copy_out(Uaddr{request.parent_tid}, child.id);
    if (request.has(clone_flag::child_settid))
        tell_tid_at_start(child, request.child_tid);
}

Outcome create_thread(Thread& maker, CloneRequest const& request)
{
    ProcessTable& table = *this_torus().processes;
    Thread* const thread = table.threads.create();
    if (thread == nullptr)
        return Status::WouldBlock;
    inherit(*thread, maker, request);
    Result<std::int32_t> const id = take_name(*thread, request, *maker.process);
    if (!id) {
        table.threads.destroy(thread);
        return id.error();
    }
    thread->process = maker.process;
    thread->space = maker.space;
    maker.process->add(*thread);
    ++table.forks;
    tell_name(*thread, request);
    start_thread(*thread);
    return *id;
}

} // namespace torc
