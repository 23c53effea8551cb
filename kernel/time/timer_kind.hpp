// SPDX-License-Identifier: MIT
// What an expired timer of the torus's queue is embedded in (Timer::kind).
#pragma once
#include <cstdint>

namespace torc {

enum TimerKind : std::uint32_t {
    timer_thread_sleep = 1, // ThreadTimer: a blocked call's deadline
    timer_process_real = 2, // ProcessTimer: ITIMER_REAL
    timer_load_sample = 3, // LoadAverage
    timer_file = 4, // TimerFile
    timer_round = 5, // Rounds
};

} // namespace torc
