// SPDX-License-Identifier: MIT
// Clock numbers of clock_gettime(2), and those that name a process's or thread's processor time.
#pragma once
#include "kernel/result.hpp"
#include <cstdint>

namespace torc {
struct Thread;

enum ClockId : std::int32_t {
    clock_realtime = 0,
    clock_monotonic = 1,
    clock_process_time = 2,
    clock_thread_time = 3,
    clock_monotonic_raw = 4,
    clock_realtime_coarse = 5,
    clock_monotonic_coarse = 6,
    clock_boottime = 7,
    clock_realtime_alarm = 8,
    clock_boottime_alarm = 9,
    clock_tai = 11,
};
inline constexpr std::int32_t tai_offset_s
    = 0; // International atomic time: nobody has told us, as on a fresh Linux

// Negative numbers: ~pid << 3 | thread bit (4) | what is counted (0: all, 1: user, 2: all; 3: no such clock,
// or without the thread bit that of a descriptor), clock_getcpuclockid(3).
struct ProcessorClock {
    std::int32_t id;
    bool of_thread;
    bool user_only;
};
constexpr bool is_processor_clock(std::int32_t clock)
{
    return clock < 0 && (clock & 7) != 3;
}
constexpr ProcessorClock processor_clock(std::int32_t clock)
{
    return {~(clock >> 3), (clock & 4) != 0, (clock & 3) == 1};
}
static_assert(processor_clock(static_cast<std::int32_t>(~5u << 3 | 2)).id == 5);

// Of the clocks that are everybody's. BadArgument: none of them.
Result<std::uint64_t> machine_clock_ns(std::int32_t clock);
// The clock's time for this thread. BadArgument: no such clock.
Result<std::uint64_t> clock_now_ns(Thread& thread, std::int32_t clock);

} // namespace torc
