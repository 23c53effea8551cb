// SPDX-License-Identifier: MIT
// The fake machine's arch/clock.hpp: the clock is FakeMachine::ticks, the deadline FakeMachine::deadline.
#pragma once
#include <cstdint>

namespace torc::arch {

std::uint64_t now_ticks();
inline std::uint64_t ticks_at_entry()
{
    return now_ticks();
}
std::uint32_t ticks_per_second();

struct TickScale {
    std::uint64_t mult;
    std::uint32_t shift;
};
TickScale tick_scale();
std::uint64_t ticks_to_ns(std::uint64_t ticks);
std::uint64_t ns_to_ticks(std::uint64_t ns);
void set_deadline(std::uint64_t deadline_ticks);

} // namespace torc::arch
