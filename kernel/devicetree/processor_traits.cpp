// SPDX-License-Identifier: MIT
#include "kernel/devicetree/processor_traits.hpp"
#include <algorithm>

namespace torc::dt {
namespace {

using Role = ProcessorTraits::Role;

constexpr std::uint32_t most_per_megahertz = 1u << 20; // beyond that it is no such number
constexpr std::uint64_t most_megahertz = 1u << 20;

// Megahertz; 0: the tree does not say.
std::uint64_t highest_frequency(Tree const& tree, Node cpu)
{
    std::uint64_t most = cpu.u64("clock-frequency").value_or(0);
    auto const phandle = cpu.u32("operating-points-v2");
    auto const table = phandle ? tree.by_phandle(*phandle) : std::nullopt;
    if (table)
        for (Node const point : table->children())
            most = std::max(most, point.u64("opp-hz").value_or(0));
    return std::min(most / 1'000'000, most_megahertz);
}

// capacity-dmips-mhz; 0: not given, or not believed.
std::uint64_t per_megahertz(Node cpu, TraitReading& reading)
{
    if (!cpu.has("capacity-dmips-mhz"))
        return 0;
    auto const value = cpu.u32("capacity-dmips-mhz");
    if (value && *value != 0 && *value <= most_per_megahertz)
        return *value;
    reading.complain(cpu.index(), "its capacity-dmips-mhz is not one number from 1 to 1048576");
    return 0;
}

Role role_of(Node cpu, TraitReading& reading)
{
    if (!cpu.has("torc,role"))
        return Role::Any;
    auto const name = cpu.string("torc,role");
    if (name && *name == "compute")
        return Role::Compute;
    if (name && *name == "io")
        return Role::Io;
    if (name && *name == "simd")
        return Role::Simd;
    reading.complain(cpu.index(), "its torc,role is not \"compute\", \"io\" or \"simd\"");
    return Role::Any;
}

struct Raw {
    std::array<std::uint64_t, CpuList::max_cpus> speed{}, megahertz{};
};

// 0: no capacities that can be compared.
std::uint64_t fastest(Tree const& tree, std::span<Cpu const> cpus, Raw& raw, TraitReading& reading)
{
    std::size_t known = 0, clocked = 0;
    std::uint64_t most = 0;
    for (std::size_t i = 0; i < cpus.size(); ++i) {
        Node const node = tree.node(cpus[i].node);
        raw.speed[i] = per_megahertz(node, reading);
        raw.megahertz[i] = highest_frequency(tree, node);
        known += raw.speed[i] != 0 ? 1 : 0;
        clocked += raw.megahertz[i] != 0 ? 1 : 0;
    }
    if (known != 0 && known < cpus.size())
        for (std::size_t i = 0; i < cpus.size(); ++i)
            if (raw.speed[i] == 0 && !tree.node(cpus[i].node).has("capacity-dmips-mhz"))
                reading.complain(cpus[i].node, "it has no capacity-dmips-mhz, which others have");
    if (known < cpus.size())
        return 0;
    for (std::size_t i = 0; i < cpus.size(); ++i) {
        raw.speed[i] *= clocked == cpus.size() ? raw.megahertz[i] : 1;
        most = std::max(most, raw.speed[i]);
    }
    return most;
}

Role role_by_capacity(std::uint32_t capacity, std::uint32_t least)
{
    if (capacity < ProcessorTraits::full_capacity / 4 * 3)
        return Role::Io;
    return least < ProcessorTraits::full_capacity / 4 * 3 ? Role::Compute : Role::Any;
}

} // namespace

TraitReading read_traits(Tree const& tree, std::span<Cpu const> cpus, std::span<ProcessorTraits> traits)
{
    TraitReading reading;
    Raw raw;
    cpus = cpus.first(std::min({cpus.size(), traits.size(), CpuList::max_cpus}));
    std::uint64_t const most = fastest(tree, cpus, raw, reading);
    std::uint32_t least = ProcessorTraits::full_capacity;
    for (std::size_t i = 0; i < cpus.size(); ++i) {
        std::uint64_t const capacity = most == 0 ? ProcessorTraits::full_capacity
                                                 : raw.speed[i] * ProcessorTraits::full_capacity / most;
        traits[i].capacity = static_cast<std::uint32_t>(std::max<std::uint64_t>(capacity, 1));
        least = std::min(least, traits[i].capacity);
    }
    for (std::size_t i = 0; i < cpus.size(); ++i) {
        traits[i].role = role_of(tree.node(cpus[i].node), reading);
        if (traits[i].role == Role::Any)
            traits[i].role = role_by_capacity(traits[i].capacity, least);
    }
    return reading;
}

} // namespace torc::dt
