// SPDX-License-Identifier: MIT
// The one clock (the generic timer's virtual counter) and this core's one-shot deadline.
#pragma once
#include "arch-aarch64/sysreg.hpp"
#include <cstdint>

namespace torc::arch {

inline std::uint64_t now_ticks()
{
    return read_cntvct_el0();
} // ordered after earlier instructions (ISB)
std::uint32_t ticks_per_second();

// ns = ticks * mult >> shift, for the vDSO and for all conversions here; exact to 1 ns over a century.
struct TickScale {
    std::uint32_t mult;
    std::uint32_t shift;
};
TickScale tick_scale();
std::uint64_t ticks_to_ns(std::uint64_t ticks);
std::uint64_t ns_to_ticks(std::uint64_t ns); // rounded up: a sleeper never wakes early; saturates at ~0

// The interrupt comes when now_ticks() >= deadline (at once when that is past). ~0: none.
void set_deadline(std::uint64_t deadline_ticks);

} // namespace torc::arch
