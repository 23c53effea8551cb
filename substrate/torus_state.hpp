// SPDX-License-Identifier: MIT
// What the kernel knows of its own torus before a round: the input of the rules. All of it is maintained by
// whoever changes it, so that a round looks at no process and no queue.
#pragma once
#include <cstdint>

#include "substrate/projection.hpp"

namespace torc {

struct TorusState {
    std::uint64_t load{0}; // weights of the runnable fair threads, smoothed (smoothed_load)
    std::uint32_t capacity{1024}; // 0: isolated, takes no part in sharing
    std::uint32_t lightest{0}; // weight of the lightest process that may move; 0: none
    Urgency waiting{urgency_none}; // of the threads that may move
    Urgency running{urgency_none};
    Health health{Health::well};
    TorusPolicy policy{TorusPolicy::open};
    std::uint16_t memory_pressure{0};
    std::uint32_t frames_spare{0}; // would be lent
    std::uint32_t frames_wanted{0}; // would be borrowed
    RoleVector role{}; // what this torus is good at
    std::uint32_t misfit_weight{0}; // of the process most out of place here; 0: none
    Role misfit{Role::spare}; // the role it wants
    bool looks_around{true}; // false: not in this round, in which the kernel has other things to do
};

} // namespace torc
