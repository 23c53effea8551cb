// SPDX-License-Identifier: MIT
// membarrier: entering the kernel is as good as a barrier, so that the calls cost nothing as long as all of a
// process's threads run on its home. Those that are lent are called back once, and sent out again.
#include "kernel/linux/calls.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/thread.hpp"
#include "kernel/tori/lending.hpp"
#include "kernel/tori/limb_records.hpp"
#include "kernel/torus.hpp"

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

// Until all that were away have been here.
Outcome pass_barrier(Thread& thread)
{
    RestartRecord& record = thread.restart;
    LimbRecords* const limbs = this_torus().limbs;
    if (limbs == nullptr || thread.space->walkers == 0)
        return 0;
    if (record.kind != CallKind::Other) {
        record.kind = CallKind::Other;
        record.small = limbs->last_sequence;
        for (Thread& other : thread.process->threads)
            recall(other);
    }
    return any_away_since(thread, record.small) ? block(thread, limbs->backs, OnSignal::Never) : Outcome{0};
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
        return command == register_global ? Outcome{0} : pass_barrier(thread);
    case private_expedited:
    case private_sync_core:
    case private_sequences:
        return registered & command << 1 ? pass_barrier(thread) : Outcome{Status::NotPermitted};
    default:
        return Status::BadArgument;
    }
}

} // namespace torc::linux_abi
