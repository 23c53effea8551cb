// SPDX-License-Identifier: MIT
#include "arch-aarch64/power/psci.hpp"

#include "arch-aarch64/power/firmware_call.hpp"

namespace torc::arch {
namespace {

// DEN 0022, 5.2.2. Version 0.1's functions answer in 32 bits, the later ones sign-extended.
Status status_of(std::int32_t code)
{
    constexpr std::int32_t invalid_parameters = -2, denied = -3, already_on = -4, on_pending = -5,
                           invalid_address = -9;
    switch (code) {
    case already_on:
    case on_pending:
        return Status::Busy;
    case invalid_parameters:
    case invalid_address:
        return Status::BadArgument;
    case denied:
        return Status::NotPermitted;
    default:
        return Status::Io;
    }
}

std::int32_t call(dt::Psci const& psci, std::uint32_t function, std::uint64_t first = 0,
    std::uint64_t second = 0, std::uint64_t third = 0)
{
    bool const hvc = psci.conduit == dt::Psci::Conduit::Hvc;
    return static_cast<std::int32_t>(
        hvc ? firmware_hvc(function, first, second, third) : firmware_smc(function, first, second, third));
}

} // namespace

Result<void> psci_start_core(dt::Psci const& psci, std::uint64_t mpidr, Paddr entry, std::uint64_t context)
{
    if (psci.cpu_on == 0)
        return unexpected{Status::NotSupported};
    std::int32_t const code = call(psci, psci.cpu_on, mpidr, entry.raw(), context);
    if (code != 0)
        return unexpected{status_of(code)};
    return {};
}

void psci_system_off(dt::Psci const& psci)
{
    if (psci.system_off != 0)
        call(psci, psci.system_off);
}

void psci_system_reset(dt::Psci const& psci)
{
    if (psci.system_reset != 0)
        call(psci, psci.system_reset);
}

} // namespace torc::arch
