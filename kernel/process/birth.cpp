// SPDX-License-Identifier: MIT
#include "kernel/process/birth.hpp"
#include "arch/cpu.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/run_loop.hpp"
#include "kernel/process/scheduling.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/far_numbers.hpp"
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

Outcome reserve_name(Thread& maker, CloneRequest const& request, Status& failed)
{
    std::int32_t const wanted = request.wanted_tid;
    if (wanted == 0) [[likely]]
        return 0;
    Credentials const& who = maker.process->credentials;
    if (!this_torus().processes->pids.is_possible(wanted))
        failed = Status::BadArgument;
    else if (!who.capable(Capability::SysAdmin) && !who.capable(Capability::CheckpointRestore))
        failed = Status::NotPermitted;
    else if (birth_torus(wanted) != this_torus().number)
        return reserve_number(maker, wanted, failed);
    return 0;
}

Result<std::int32_t> take_name(Thread& child, CloneRequest const& request, Thread const& maker)
{
    PidDirectory& pids = this_torus().processes->pids;
    std::int32_t const wanted = request.wanted_tid;
    if (wanted == 0 || birth_torus(wanted) == this_torus().number) {
        child.id = TRY(wanted == 0 ? pids.take() : pids.take(wanted));
    } else {
        use_reserved_number(maker);
        child.id = wanted;
    }
    *find_number(child.id) = {nullptr, &child};
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
    Result<std::int32_t> const id = take_name(*thread, request, maker);
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
