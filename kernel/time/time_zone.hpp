// SPDX-License-Identifier: MIT
// The time zone that settimeofday(2) still carries; the kernel itself has no use for it.
#pragma once
#include "kernel/result.hpp"
#include <cstdint>

namespace torc {

struct TimeZone { // struct timezone of the ABI
    std::int32_t minutes_west, dst_time;
};
TimeZone time_zone();
Result<void> set_time_zone(TimeZone to); // NotSupported: only torus 0 may

} // namespace torc
