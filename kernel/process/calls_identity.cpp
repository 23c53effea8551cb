// SPDX-License-Identifier: MIT
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/torus.hpp"

namespace torc::linux_abi {
namespace {

constexpr std::uint64_t robust_head_size = 24; // struct robust_list_head

} // namespace

Outcome call_getpid(Thread& thread, Arguments const&)
{
    return thread.process->pid;
}

Outcome call_gettid(Thread& thread, Arguments const&)
{
    return thread.id;
}

Outcome call_getppid(Thread& thread, Arguments const&)
{
    Process const* const parent = thread.process->parent;
    return parent ? parent->pid : thread.process->parent_pid;
}

Outcome call_set_tid_address(Thread& thread, Arguments const& arguments)
{
    thread.clear_tid = arguments[0];
    return thread.id;
}

Outcome call_set_robust_list(Thread& thread, Arguments const& arguments)
{
    if (arguments[1] != robust_head_size)
        return Status::BadArgument;
    thread.robust_list = arguments[0];
    thread.robust_length = arguments[1];
    return 0;
}

Outcome call_get_robust_list(Thread& thread, Arguments const& arguments)
{
    Thread const* const of = arguments.as_int(0) == 0 ? &thread : find_thread(arguments.as_int(0));
    if (!of)
        return absence_of(arguments.as_int(0));
    Credentials const& mine = thread.process->credentials;
    if (of->process != thread.process && !mine.capable(Capability::SysPtrace)
        && mine.uid != of->process->credentials.uid)
        return Status::NotPermitted;
    Result<void> told = copy_out(Uaddr{arguments[2]}, robust_head_size);
    if (told)
        told = copy_out(Uaddr{arguments[1]}, of->robust_list);
    return told;
}

} // namespace torc::linux_abi
