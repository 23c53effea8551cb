// SPDX-License-Identifier: MIT
// getpriority and setpriority: one thread, a process group, or all processes of a user.
#include "kernel/linux/calls.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/capability_rules.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/process/scheduling.hpp"
#include "kernel/process/sessions.hpp"
#include "kernel/tori/going_round.hpp"
#include "kernel/torus.hpp"
#include <algorithm>
#include <bit>

namespace torc {
namespace {

enum Which : std::uint64_t { of_process = 0, of_group = 1, of_user = 2 };

// All that live here, wherever they were born.
template <typename Action> void for_each_living(Action&& action)
{
    std::int32_t pid = 0;
    while (Process* const process = next_process(pid))
        action(*process); // a stub has no threads
    for (auto& arrivals : this_torus().processes->arrivals)
        for (Process& process : arrivals)
            action(process);
}

// Does `action(thread)` for all on this torus that (which, who) names. A walk over a user's processes does
// not yield: it is bounded by the process table, and only an administrator asks for it.
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
        for_each_living([&](Process& process) {
            if (process.credentials.uid == uid)
                each_thread(process);
        });
    }
}

// What one torus tells the next of a group or a user: the call goes round them (going_round.hpp).
struct Found {
    std::uint32_t best; // set: anybody
    std::uint32_t failed; // a Status
};

// One process may be another torus's.
Status nobody(Arguments const& arguments)
{
    return arguments[0] == of_process ? absence_of(arguments.as_int(1)) : Status::NoProcess;
}

bool more_elsewhere(Thread& thread, Arguments const& arguments, Found const& found)
{
    return arguments[0] != of_process && goes_round(thread, std::bit_cast<std::uint64_t>(found));
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
    auto found = std::bit_cast<Found>(thread.restart.done);
    for_each_named(thread, arguments[0], arguments.as_int(1), [&](Thread& target) {
        found.best = 1;
        Status const status = set_one(thread, target, nice);
        if (status != Status{} && (found.failed == 0 || arguments[0] == of_user)) // the one Linux tells
            found.failed = static_cast<std::uint32_t>(status);
    });
    if (more_elsewhere(thread, arguments, found)) [[unlikely]]
        return Status::Elsewhere;
    if (found.best == 0)
        return nobody(arguments);
    return found.failed != 0 ? Outcome{static_cast<Status>(found.failed)} : Outcome{0};
}

Outcome call_getpriority(Thread& thread, Arguments const& arguments)
{
    if (arguments[0] > of_user)
        return Status::BadArgument;
    auto found = std::bit_cast<Found>(thread.restart.done); // 20 - nice: 1 to 40, so that it is no errno
    for_each_named(thread, arguments[0], arguments.as_int(1), [&](Thread const& target) {
        found.best = std::max(found.best, static_cast<std::uint32_t>(20 - own_parameters(target).nice));
    });
    if (more_elsewhere(thread, arguments, found)) [[unlikely]]
        return Status::Elsewhere;
    return found.best != 0 ? Outcome{found.best} : Outcome{nobody(arguments)};
}

} // namespace linux_abi
} // namespace torc
