// SPDX-License-Identifier: MIT
// capget and capset (linux/capability.h).
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/capability_rules.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/process_table.hpp"

namespace torc {
namespace {

struct Header { // struct __user_cap_header_struct
    std::uint32_t version;
    std::int32_t pid;
};
struct Data { // struct __user_cap_data_struct: low words, then (versions 2 and 3) high words
    std::uint32_t effective, permitted, inheritable;
};
constexpr std::uint32_t version1 = 0x1998'0330, version2 = 0x2007'1026, version3 = 0x2008'0522;

// How many Data follow the header; an unknown version is answered with ours.
Result<unsigned> data_count(Uaddr header_address, Header const& header)
{
    if (header.version == version1)
        return 1;
    if (header.version == version2 || header.version == version3)
        return 2;
    TRY(copy_out(header_address, version3));
    return unexpected{Status::BadArgument};
}

std::uint64_t joined(std::uint32_t low, std::uint32_t high)
{
    return (low | std::uint64_t{high} << 32) & all_capabilities;
}

} // namespace

namespace linux_abi {

Outcome call_capget(Thread& thread, Arguments const& arguments)
{
    auto const header = copy_in<Header>(Uaddr{arguments[0]});
    if (!header)
        return header.error();
    auto const count = data_count(Uaddr{arguments[0]}, *header);
    if (!count)
        return arguments[1] == 0 && count.error() == Status::BadArgument ? Outcome{0}
                                                                         : Outcome{count.error()};
    if (header->pid < 0)
        return Status::BadArgument;
    Process const* const target = header->pid == 0 ? thread.process : find_process_of(header->pid);
    if (target == nullptr || !target->home.is_null())
        return absence_of(header->pid);
    if (arguments[1] == 0)
        return 0;
    Credentials const& c = target->credentials;
    Data data[2];
    for (unsigned i = 0; i < 2; ++i)
        data[i] = {static_cast<std::uint32_t>(c.effective >> 32 * i),
            static_cast<std::uint32_t>(c.permitted >> 32 * i),
            static_cast<std::uint32_t>(c.inheritable >> 32 * i)};
    return copy_out(Uaddr{arguments[1]}, data, *count * sizeof(Data));
}

Outcome call_capset(Thread& thread, Arguments const& arguments)
{
    thread.process->has_changed();
    auto const header = copy_in<Header>(Uaddr{arguments[0]});
    if (!header)
        return header.error();
    auto const count = data_count(Uaddr{arguments[0]}, *header);
    if (!count)
        return count.error();
    if (header->pid != 0 && header->pid != thread.id)
        return Status::NotPermitted;
    Data data[2]{};
    if (auto const got = copy_in(data, Uaddr{arguments[1]}, *count * sizeof(Data)); !got)
        return got;
    return set_capabilities(thread.process->credentials,
        {joined(data[0].effective, data[1].effective), joined(data[0].permitted, data[1].permitted),
            joined(data[0].inheritable, data[1].inheritable)});
}

} // namespace linux_abi
} // namespace torc
