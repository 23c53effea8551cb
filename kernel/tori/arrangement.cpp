// SPDX-License-Identifier: MIT
#include "kernel/tori/arrangement.hpp"
#include "arch/tori.hpp"
#include "substrate/braid_layout.hpp"
#include <algorithm>

namespace torc {

void arrange_tori(TorusSet const& takers, Arrangement& arrangement)
{
    std::uint8_t torus_of[torus_limit]{};
    std::uint16_t cluster_of[torus_limit]{}, positions[torus_limit]{};
    std::uint16_t count = 0;
    std::ranges::fill(arrangement.position_of, Arrangement::nowhere);
    for (unsigned torus = 0; torus < torus_limit; ++torus) {
        if (!takers.has(torus))
            continue;
        arch::CoreTraits const traits = arch::core_traits(torus);
        arrangement.capacity[torus] = static_cast<std::uint16_t>(traits.capacity);
        arrangement.role[torus] = traits.role;
        arrangement.capacities_differ
            = arrangement.capacities_differ || traits.capacity != dt::ProcessorTraits::full_capacity;
        cluster_of[count] = traits.cluster;
        torus_of[count++] = static_cast<std::uint8_t>(torus);
    }
    arrange({cluster_of, count}, {positions, count});
    for (unsigned i = 0; i < count; ++i) {
        arrangement.torus_at[positions[i]] = torus_of[i];
        arrangement.position_of[torus_of[i]] = static_cast<std::uint8_t>(positions[i]);
    }
    arrangement.count = count;
}

// Affinities, no walls: what a torus is not best at it still does.
RoleVector role_vector(dt::ProcessorTraits::Role role)
{
    switch (role) {
    case dt::ProcessorTraits::Role::Compute:
        return {1024, 512, 768, 0};
    case dt::ProcessorTraits::Role::Io:
        return {512, 1024, 512, 0};
    case dt::ProcessorTraits::Role::Simd:
        return {768, 512, 1024, 0};
    case dt::ProcessorTraits::Role::Any:
        break;
    }
    return {1024, 1024, 1024, 0};
}

} // namespace torc
