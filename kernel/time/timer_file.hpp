// SPDX-License-Identifier: MIT
// timerfd: a timer that is read. What it has counted is `ticks`; a periodic one is armed again when it is
// read or looked at, not when it fires, and counts what it missed by a division. One that was set to a time
// of day follows the clock when that is set.
#pragma once
#include "kernel/process/wait_queue.hpp"
#include "substrate/timer_queue.hpp"
#include <cstdint>

namespace torc {

struct TimerFile final : Timer { // pool record, of one open file; kind is timer_file
    std::int32_t clock{0};
    std::uint32_t flags{0}; // of the last timerfd_settime
    std::uint64_t expires_ns{0}; // time of day if it follows the clock, else since boot; 0: never set
    std::uint64_t interval_ns{0}; // 0: fires once
    std::uint64_t ticks{0}; // fired since it was read
    bool follows_clock{false};
    bool expired{false}; // fired, and not armed again yet
    bool may_cancel{false}; // TFD_TIMER_CANCEL_ON_SET
    bool cancelled{false}; // the clock was set, and nobody has been told
    WaitQueue readable;
    Waiter clock_watch; // in the torus's realtime_sleepers while it follows the clock

    // How often it has fired by `now`, which is not before expires_ns; goes on to the next time.
    std::uint64_t forward(std::uint64_t now);
};

void timer_file_expired(TimerFile& timer);
// The time of day was changed.
void timer_file_clock_set(TimerFile& timer);

} // namespace torc
