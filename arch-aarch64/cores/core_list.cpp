// SPDX-License-Identifier: MIT
#include "arch-aarch64/cores/core_list.hpp"

#include "arch-aarch64/sysreg.hpp"
#include "arch/tori.hpp"
#include "kernel/log.hpp"

namespace torc::arch {
namespace {

struct Cores {
    std::array<dt::Cpu, max_cores> list{};
    std::array<dt::ProcessorTraits, max_cores> traits{};
    unsigned count{0};
};
constinit dt::CpuList listed{};
constinit Cores cores{}; // written at boot, constant afterwards

constexpr std::uint32_t packed(std::uint64_t mpidr)
{
    return static_cast<std::uint32_t>((mpidr >> 8 & 0xff00'0000) | (mpidr & 0x00ff'ffff));
}

void log_rejected(dt::Tree const& tree)
{
    for (dt::RejectedCpu const& cpu : listed.rejected())
        log("{} in the device tree is not used: {}.", tree.node(cpu.node).name(), cpu.reason);
}

void read_core_traits(dt::Tree const& tree)
{
    dt::TraitReading const reading
        = dt::read_traits(tree, std::span{cores.list}.first(cores.count), cores.traits);
    for (dt::TraitComplaint const& complaint : std::span{reading.complaints}.first(reading.count))
        log("{} in the device tree: {}; that is not counted.", tree.node(complaint.node).name(),
            complaint.reason);
}

} // namespace

Result<void> core_list_init(dt::Tree const& tree)
{
    std::uint64_t const here = sysreg::MPIDR_EL1::read() & mpidr_affinity_mask;
    auto const read = listed.read(tree);
    log_rejected(tree);
    cores.count = 1;
    cores.list[boot_core].mpidr = here;
    for (dt::Cpu const& cpu : listed.cpus()) {
        if (cpu.mpidr == here)
            cores.list[boot_core] = cpu;
        else if (cores.count < max_cores)
            cores.list[cores.count++] = cpu;
    }
    read_core_traits(tree);
    return read;
}

unsigned core_count()
{
    return cores.count;
}

dt::Cpu const& core_description(unsigned core)
{
    return cores.list[core];
}

std::uint64_t core_mpidr(unsigned core)
{
    return cores.list[core].mpidr;
}

CoreTraits core_traits(unsigned core)
{
    dt::ProcessorTraits const& traits = cores.traits[core];
    return {.capacity = traits.capacity, .role = traits.role, .cluster = cores.list[core].cluster};
}

std::optional<unsigned> core_with_affinity(std::uint32_t affinity)
{
    for (unsigned core = 0; core < cores.count; ++core) {
        if (packed(cores.list[core].mpidr) == affinity)
            return core;
    }
    return std::nullopt;
}

} // namespace torc::arch
