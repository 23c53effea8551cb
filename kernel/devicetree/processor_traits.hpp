// SPDX-License-Identifier: MIT
// How much a processor does and what it is best at, as the tree says it: what places programs
// (docs/braid.md). Linux Documentation/devicetree/bindings/cpu/cpu-capacity.txt, opp/opp-v2.yaml; `torc,role`
// is ours (docs/devicetree.md).
#pragma once
#include "kernel/devicetree/cpus.hpp"

namespace torc::dt {

struct ProcessorTraits {
    enum class Role : std::uint8_t { Any, Compute, Io, Simd };
    static constexpr std::uint32_t full_capacity = 1024; // the fastest kind's
    std::uint32_t capacity{full_capacity}; // 1..1024
    Role role{Role::Any};
};

// What was not believed.
struct TraitComplaint {
    std::uint16_t node{0};
    std::string_view reason;
};

struct TraitReading {
    static constexpr std::size_t max_complaints = 8; // the rest is as bad
    std::array<TraitComplaint, max_complaints> complaints{};
    std::size_t count{0};
    void complain(std::uint16_t node, std::string_view reason)
    {
        if (count < max_complaints)
            complaints[count++] = {node, reason};
    }
};

// Of each of `cpus`. Capacity is capacity-dmips-mhz times the highest frequency, if all say one; it counts
// only if all have it, as on Linux. Without a role of its own a processor is Io if it is clearly slower than
// the fastest, Compute if there are slower ones, else Any.
TraitReading read_traits(Tree const& tree, std::span<Cpu const> cpus, std::span<ProcessorTraits> traits);

} // namespace torc::dt
