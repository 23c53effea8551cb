// SPDX-License-Identifier: MIT
// The page that user space reads the clock from: a projection of it. Written by the kernel under the sequence
// count, read by the vDSO (arch-aarch64/vdso), which is compiled apart and shares this header and nothing
// else.
#pragma once
#include <stdint.h>

namespace torc {

struct Vvar {
    uint32_t sequence; // odd while it is written
    uint32_t shift; // ns = counter * mult >> shift
    uint64_t mult;
    int64_t realtime_offset_ns; // CLOCK_REALTIME minus CLOCK_MONOTONIC
    uint32_t counter_usable; // 0: the vDSO makes the system call
    int32_t tai_offset_s;
    int32_t minutes_west, dst_time; // settimeofday's time zone
};
static_assert(sizeof(Vvar) == 40);

struct alignas(4096) VvarPage {
    Vvar vvar;
    uint8_t rest[4096 - sizeof(Vvar)];
};

} // namespace torc
