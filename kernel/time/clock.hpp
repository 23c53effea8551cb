// SPDX-License-Identifier: MIT
// Time of day and since boot. Everything derives from the one counter: monotonic time is the counter in
// nanoseconds, real time is that plus an offset which clock_settime changes. Deadlines are kept in ticks.
#pragma once
#include "arch/clock.hpp"
#include "kernel/result.hpp"
#include <cstdint>

namespace torc {
struct Torus;

inline constexpr std::uint64_t ns_per_second = 1'000'000'000;
inline constexpr std::uint64_t longest_ns = ~0ull >> 1; // 292 years: all longer times are this

struct TimeSpec { // struct timespec of the ABI
    std::int64_t seconds{0};
    std::int64_t nanoseconds{0};
};
struct TimeVal { // struct timeval of the ABI
    std::int64_t seconds{0};
    std::int64_t microseconds{0};
};

constexpr TimeSpec to_timespec(std::uint64_t ns)
{
    return {static_cast<std::int64_t>(ns / ns_per_second), static_cast<std::int64_t>(ns % ns_per_second)};
}
constexpr TimeVal to_timeval(std::uint64_t ns)
{
    return {
        static_cast<std::int64_t>(ns / ns_per_second), static_cast<std::int64_t>(ns % ns_per_second / 1000)};
}
// BadArgument for a negative or denormal one; saturates (292 years) like Linux's ktime.
Result<std::uint64_t> to_ns(TimeSpec t);
Result<std::uint64_t> to_ns(TimeVal t);

// Since the counter was zero (power-on): CLOCK_MONOTONIC, CLOCK_BOOTTIME, /proc/uptime.
inline std::uint64_t monotonic_ns()
{
    return arch::ticks_to_ns(arch::now_ticks());
}
// Since 1970: CLOCK_REALTIME. Never negative.
std::uint64_t realtime_ns();
inline TimeSpec realtime_now() // for files' time stamps
{
    return to_timespec(realtime_ns());
}
// The offset between the two; clock_settime changes it and wakes absolute real-time sleepers. The clock is
// torus 0's: others read it (the vvar page), and setting it there is NotSupported.
std::int64_t realtime_offset_ns();
Result<void> set_realtime(std::uint64_t ns);

// Boot: the wall clock starts here (the build's date, or torc.time=SECONDS among the boot arguments), and the
// vvar page is filled.
void clock_start(std::uint64_t realtime_seconds);

// The deadline in ticks of a relative time; no_deadline when it is beyond reach.
std::uint64_t deadline_after(std::uint64_t ns);
// poll and friends: a relative struct timespec in user memory -> deadline; a null pointer: no_deadline.
Result<std::uint64_t> deadline_from_user(std::uint64_t timespec_address);

// The timer interrupt's handler (arch calls it): expires what is due, in bounded steps, and arms the next
// deadline. arm_timer() must follow every change of the earliest deadline (blocking.cpp does); it also covers
// the end of the running thread's slice, exactly.
void timer_expired();
void arm_timer();
// Sees to it that the running thread is looked at within a slice. The run loop calls it when attention has
// attend_slice, and after switching to a thread for which needs_slice() holds.
void arm_slice();
bool needs_slice();
// The run queue is sampled every few seconds until nothing is found in it. Boot, and the run loop when a
// thread comes along again, start it.
void sample_load(Torus& torus);
void wake_load(Torus& torus);

} // namespace torc
