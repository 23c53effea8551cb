// SPDX-License-Identifier: MIT
#pragma once
#include "kernel/process/exec.hpp"
#include <cstdint>

namespace torc {

// Frames of the birth torus, one leading to the next, as physical addresses.
struct FrameChain {
    std::uint64_t first{0}, last{0};
};

struct MoveState { // pool record: a process that moves while it runs (kernel/tori/moving.hpp)
    enum class Phase : std::uint8_t { Mappings, Pages, Travel, Over } phase{};
    std::uint64_t at{0}; // the address that the lists go on with
    FrameChain mappings, pages;
    TravelState travel;
};

} // namespace torc
