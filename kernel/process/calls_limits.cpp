// SPDX-License-Identifier: MIT
// getrlimit setrlimit prlimit64
#include "kernel/linux/calls.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/time/interval_timers.hpp"

namespace torc {
namespace {

constexpr auto resource_count = static_cast<std::uint64_t>(Resource::count_);
constexpr std::uint64_t most_files = 1u << 20; // Linux's fs.nr_open

Result<void> check_new(Process const& caller, Limit const& old, Limit const& wanted, Resource resource)
{
    if (wanted.soft > wanted.hard)
        return unexpected{Status::BadArgument};
    if (resource == Resource::Files && wanted.hard > most_files)
        return unexpected{Status::NotPermitted};
    if (wanted.hard > old.hard && !caller.credentials.capable(Capability::SysResource))
        return unexpected{Status::NotPermitted};
    return {};
}

// Others keep copies of some limits where they are looked at.
void limit_changed(Process& process, Resource resource)
{
    std::uint64_t const soft = process.limits[resource].soft;
    if (resource == Resource::Stack && process.space != nullptr)
        process.space->stack_limit = soft;
    if (resource == Resource::AddressSpace && process.space != nullptr)
        process.space->address_limit = soft;
    if (resource == Resource::Data && process.space != nullptr)
        process.space->data_limit = soft;
    if (resource == Resource::Cpu) {
        if (soft == 0) // as Linux: a limit of nothing at all is a second
            process.limits[resource].soft = 1;
        processor_check_changed(process);
    }
}

Result<void> set_limit(Process const& caller, Process& target, Resource resource, Limit const& wanted)
{
    TRY(check_new(caller, target.limits[resource], wanted, resource));
    target.limits[resource] = wanted;
    target.has_changed();
    limit_changed(target, resource);
    return {};
}

bool may_touch(Process const& caller, Process const& target)
{
    Credentials const& c = caller.credentials;
    Credentials const& t = target.credentials;
    bool const same_user = c.uid == t.euid && c.uid == t.suid && c.uid == t.uid;
    bool const same_group = c.gid == t.egid && c.gid == t.sgid && c.gid == t.gid;
    return &caller == &target || (same_user && same_group) || c.capable(Capability::SysResource);
}

} // namespace

namespace linux_abi {

Outcome call_prlimit64(Thread& thread, Arguments const& arguments)
{
    auto const number = static_cast<std::uint32_t>(arguments[1]);
    Limit wanted{};
    if (arguments[2] != 0)
        if (auto const got = copy_in(&wanted, Uaddr{arguments[2]}, sizeof wanted); !got)
            return got;
    Process& caller = *thread.process;
    Process* const target = arguments.as_int(0) == 0 ? &caller : find_process_of(arguments.as_int(0));
    if (target == nullptr || !target->home.is_null())
        return absence_of(arguments.as_int(0));
    if (!may_touch(caller, *target))
        return Status::NotPermitted;
    if (number >= resource_count)
        return Status::BadArgument;
    auto const resource = static_cast<Resource>(number);
    Limit const old = target->limits[resource];
    if (arguments[2] != 0)
        if (auto const done = set_limit(caller, *target, resource, wanted); !done)
            return done;
    return arguments[3] != 0 ? Outcome{copy_out(Uaddr{arguments[3]}, old)} : Outcome{0};
}

Outcome call_getrlimit(Thread& thread, Arguments const& arguments)
{
    auto const number = static_cast<std::uint32_t>(arguments[0]);
    if (number >= resource_count)
        return Status::BadArgument;
    return copy_out(Uaddr{arguments[1]}, thread.process->limits[static_cast<Resource>(number)]);
}

Outcome call_setrlimit(Thread& thread, Arguments const& arguments)
{
    auto const number = static_cast<std::uint32_t>(arguments[0]);
    auto const wanted = copy_in<Limit>(Uaddr{arguments[1]});
    if (!wanted)
        return wanted.error();
    if (number >= resource_count)
        return Status::BadArgument;
    return set_limit(*thread.process, *thread.process, static_cast<Resource>(number), *wanted);
}

} // namespace linux_abi
} // namespace torc
