// SPDX-License-Identifier: MIT
// What TPIDR_EL1 points at from the first instruction in the high half until the core has its torus: just the
// fields that the entry code knows by offset, the same as in Torus.
#pragma once
#include "arch-aarch64/frame_offsets.h"
#include "arch-aarch64/sysreg.hpp"
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace torc::arch {

struct EarlyTorus {
    std::uint64_t stack_top;
    void* current;
};
static_assert(offsetof(EarlyTorus, stack_top) == TORUS_STACK_TOP);

extern "C" EarlyTorus early_torus;

inline std::uint64_t kernel_stack_top()
{
    // SAFETY: either kind of torus begins with it
    return reinterpret_cast<EarlyTorus const*>(sysreg::TPIDR_EL1::read())->stack_top;
}
inline bool has_torus()
{
    return sysreg::TPIDR_EL1::read()
        != reinterpret_cast<std::uint64_t>(&early_torus); // SAFETY: compared only
}

// Polled console output of text whose lines end in \n alone.
void console_write_lines(std::string_view text);

} // namespace torc::arch
