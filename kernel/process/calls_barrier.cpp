// SPDX-License-Identifier: MIT
// membarrier: all of a process's threads run on one torus, and entering the kernel is as good as a barrier
// for those that do not run now. So the calls cost nothing; what must be registered first is as on Linux.
#include "kernel/linux/calls.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/process/thread.hpp"

namespace torc::linux_abi {
namespace {

// linux/membarrier.h
constexpr std::uint32_t query = 0, global = 1, global_expedited = 2, register_global = 4, one_cpu = 1;
constexpr std::uint32_t private_expedited = 8, private_sync_core = 32, private_sequences = 128;
constexpr std::uint32_t known = 0x1ff;

// Each register command is the bit above the one it is for.
constexpr bool is_registration(std::uint32_t command)
{
    return command == private_expedited << 1 || command == private_sync_core << 1
        || command == private_sequences << 1;
}

} // namespace

Outcome call_membarrier(Thread& thread, Arguments const& arguments)
{
    auto const command = static_cast<std::uint32_t>(arguments[0]),
               flags = static_cast<std::uint32_t>(arguments[1]);
    bool const may_name_cpu = command == private_sequences && flags == one_cpu;
    if (flags != 0 && !may_name_cpu)
        return Status::BadArgument;
    std::uint16_t& registered = thread.space->barrier_registrations;
    if (is_registration(command)) {
        registered |= static_cast<std::uint16_t>(command);
        return 0;
    }
    switch (command) {
    case query:
        return known;
    case global:
    case global_expedited:
    case register_global:
        return 0;
    case private_expedited:
    case private_sync_core:
    case private_sequences:
        return registered & command << 1 ? Outcome{0} : Outcome{Status::NotPermitted};
    default:
        return Status::BadArgument;
    }
}

} // namespace torc::linux_abi
