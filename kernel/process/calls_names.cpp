// SPDX-License-Identifier: MIT
// personality, and the names of the machine: uname sethostname setdomainname.
#include "kernel/linux/calls.hpp"
#include "kernel/machine_records.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/machine_names.hpp"
#include "kernel/process/process.hpp"
#include <cstring>
#include <span>

namespace torc {
namespace {

struct UtsName { // struct new_utsname
    char system[65], node[65], release[65], version[65], machine[65], domain[65];
};

void put(std::span<char> to, std::string_view text)
{
    std::memcpy(to.data(), text.data(), text.size());
}

void keep_name(char (&name)[65], std::string_view text)
{
    std::memset(name, 0, sizeof name);
    put(name, text.substr(0, 64));
}

Outcome set_name(Thread& thread, Arguments const& arguments, char (MachineNames::*name)[65])
{
    if (!thread.process->credentials.capable(Capability::SysAdmin))
        return Status::NotPermitted;
    int const length = arguments.as_int(1);
    if (length < 0 || length > 64)
        return Status::BadArgument;
    char fresh[65]{};
    if (auto const got = copy_in(fresh, Uaddr{arguments[0]}, static_cast<std::size_t>(length)); !got)
        return got;
    std::memcpy(TRY(machine_records())->names.*name, fresh, sizeof fresh);
    return 0;
}

} // namespace

std::string_view kernel_version()
{
    return "#1 Torc " __DATE__; // SOURCE_DATE_EPOCH makes it another day's
}
void set_host_name(MachineNames& names, std::string_view name)
{
    keep_name(names.host, name);
}
void set_domain_name(MachineNames& names, std::string_view name)
{
    keep_name(names.domain, name);
}

namespace linux_abi {

Outcome call_personality(Thread& thread, Arguments const& arguments)
{
    auto const wanted = static_cast<std::uint32_t>(arguments[0]);
    constexpr std::uint32_t ask = 0xffff'ffff, kind_mask = 0xff, linux32 = 8;
    std::uint32_t const old = thread.process->personality;
    if (wanted == ask)
        return old;
    if ((wanted & kind_mask) == linux32)
        return Status::BadArgument; // no 32-bit programs
    thread.process->personality = wanted;
    return old;
}

Outcome call_uname(Thread&, Arguments const& arguments)
{
    MachineNames const& machine = TRY(machine_records())->names;
    UtsName names{};
    put(names.system, kernel_system);
    put(names.node, machine.host);
    put(names.release, kernel_release);
    put(names.version, kernel_version());
    put(names.machine, "aarch64");
    put(names.domain, machine.domain);
    return copy_out(Uaddr{arguments[0]}, names);
}

Outcome call_sethostname(Thread& thread, Arguments const& arguments)
{
    return set_name(thread, arguments, &MachineNames::host);
}

Outcome call_setdomainname(Thread& thread, Arguments const& arguments)
{
    return set_name(thread, arguments, &MachineNames::domain);
}

} // namespace linux_abi
} // namespace torc
