// SPDX-License-Identifier: MIT
// getpriority and setpriority: one thread, a process group, or all processes of a user.
#include "kernel/linux/calls.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/capability_rules.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/scheduling.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/torus.hpp"
#include <algorithm>

namespace torc {
namespace {

enum Which : std::uint64_t { of_process = 0, of_group = 1, of_user = 2 };

// Does `action(thread)` for all that (which, who) names. A walk over a user's processes does not yield: it is
// bounded by the process table, and only an administrator asks for it.
template <typename Action>
void for_each_named(Thread& caller, std::uint64_t which, std::int32_t who, Action&& action)
{
    auto const each_thread = [&](Process& process) {
        for (Thread& thread : process.threads)
            action(thread);
    };
    if (which == of_process) {
        if (Thread* const thread = who == 0 ? &caller : find_thread(who))
            action(*thread);
    } else if (which == of_group) {
        if (ProcessGroup* const group = who == 0 ? caller.process->group : group_find(who))
            for (Process& member : group->members)
                each_thread(member);
    } else {
        std::uint32_t const uid
            = who == 0 ? caller.process->credentials.uid : static_cast<std::uint32_t>(who);
        std::int32_t pid = 0;
        while (Process* const process = next_process(pid))
            if (process->credentials.uid == uid)
                each_thread(*process);
    }
}

// One process may be another torus's; of a group or a user those of this torus are all that is looked at.
Status nobody(Arguments const& arguments)
{
    return arguments[0] == of_process ? absence_of(arguments.as_int(1)) : Status::NoProcess;
}

Status set_one(Thread const& caller, Thread& target, int nice)
{
    Process const& by = *caller.process;
    if (!same_owner(by, *target.process) && !by.credentials.capable(Capability::SysNice))
        return Status::NotPermitted;
    if (nice < own_parameters(target).nice && !may_be_nice(by, *target.process, nice))
        return Status::AccessDenied;
    if (!may_schedule(by, *target.process))
        return Status::NotPermitted;
    set_nice(target, nice);
    return Status{};
}

} // namespace

bool may_be_nice(Process const& caller, Process const& target, int nice)
{
    auto const level
        = static_cast<std::uint64_t>(20 - nice); // RLIMIT_NICE counts 1 (nice 19) to 40 (nice -20)
    return level <= target.limits[Resource::Nice].soft || caller.credentials.capable(Capability::SysNice);
}

bool same_owner(Process const& caller, Process const& target)
{
    std::uint32_t const by = caller.credentials.euid;
    return by == target.credentials.euid || by == target.credentials.uid;
}

bool may_schedule(Process const& caller, Process const& target)
{
    return is_subset(target.credentials.permitted, caller.credentials.permitted)
        || caller.credentials.capable(Capability::SysNice);
}

void set_nice(Thread& thread, int nice)
{
    SchedParameters parameters = own_parameters(thread);
    parameters.nice = static_cast<std::int8_t>(nice);
    set_own_parameters(thread, parameters);
    if (thread.id == thread.process->pid)
        thread.process->nice = nice;
}

namespace linux_abi {

Outcome call_setpriority(Thread& thread, Arguments const& arguments)
{
    if (arguments[0] > of_user)
        return Status::BadArgument;
    int const nice = std::clamp(arguments.as_int(2), lowest_nice, highest_nice);
    bool any = false;
    Status failed{};
    for_each_named(thread, arguments[0], arguments.as_int(1), [&](Thread& target) {
        any = true;
        Status const status = set_one(thread, target, nice);
        if (status != Status{} && (failed == Status{} || arguments[0] == of_user)) // the one Linux tells
            failed = status;
    });
    if (!any)
        return nobody(arguments);
    return failed != Status{} ? Outcome{failed} : Outcome{0};
}

Outcome call_getpriority(Thread& thread, Arguments const& arguments)
{
    if (arguments[0] > of_user)
        return Status::BadArgument;
    int best = 0; // 20 - nice: 1 to 40, so that it is no errno
    for_each_named(thread, arguments[0], arguments.as_int(1),
        [&](Thread const& target) { best = std::max(best, 20 - own_parameters(target).nice); });
    return best != 0 ? Outcome{best} : Outcome{nobody(arguments)};
}

} // namespace linux_abi
} // namespace torc
