// SPDX-License-Identifier: MIT
// Which tori take part in the braid, and where each stands: those that take programs. Torus 0 writes it
// before the others start; constant afterwards.
#pragma once
#include "kernel/devicetree/processor_traits.hpp"
#include "kernel/tori/port.hpp"
#include "substrate/projection.hpp"
#include <cstdint>

namespace torc {

struct Arrangement {
    static constexpr std::uint8_t nowhere = 255;
    std::uint16_t count{0};
    bool capacities_differ{false};
    std::uint8_t torus_at[torus_limit]{}; // by position
    std::uint8_t position_of[torus_limit]{}; // by torus; nowhere: not in the braid
    std::uint16_t capacity[torus_limit]{}; // by torus: 1..1024
    dt::ProcessorTraits::Role role[torus_limit]{};
};

// Of the tori whose bit is set, with what the device tree says of their cores.
struct TorusSet {
    std::uint64_t bits[torus_limit / 64]{};
    void add(unsigned torus) { bits[torus / 64] |= 1ull << torus % 64; }
    bool has(unsigned torus) const { return bits[torus / 64] >> torus % 64 & 1; }
};
void arrange_tori(TorusSet const& takers, Arrangement& arrangement);

RoleVector role_vector(dt::ProcessorTraits::Role role);

} // namespace torc
