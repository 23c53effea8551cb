// SPDX-License-Identifier: MIT
// The one clock (the generic timer's virtual counter) and this core's one-shot deadline.
#pragma once
#include "arch-aarch64/barrier.hpp"
#include "arch-aarch64/sysreg.hpp"
#include <cstdint>

namespace torc::arch {

inline std::uint64_t now_ticks()
{
    isb(); // not read before what was asked for earlier
    return sysreg::CNTVCT_EL0::read();
}
// The same where the way into the kernel came between this and the last look: it has kept them in order.
inline std::uint64_t ticks_at_entry()
{
    return sysreg::CNTVCT_EL0::read();
}
std::uint32_t ticks_per_second();

// ns = ticks * mult >> shift with a 128-bit product, for the vDSO and for all conversions here; exact to 1 ns
// over a century (which 32 bits of mult are not at 19.2 MHz), so nobody keeps a base to count from.
struct TickScale {
    std::uint64_t mult;
    std::uint32_t shift; // below 64
};
TickScale tick_scale();
std::uint64_t ticks_to_ns(std::uint64_t ticks);
std::uint64_t ns_to_ticks(std::uint64_t ns); // rounded up: a sleeper never wakes early; saturates at ~0

// The interrupt comes when now_ticks() >= deadline (at once when that is past). ~0: none. It comes once:
// taking it disarms the deadline, then calls timer_expired() (kernel/time).
void set_deadline(std::uint64_t deadline_ticks);

} // namespace torc::arch
