// SPDX-License-Identifier: MIT
// The vDSO: clock_gettime and its like without entering the kernel. Compiled as a Linux arm64 shared object
// of its own (config/vdso.mk); runs in every program, so it uses nothing but the vvar page, the counter, and
// the system call for what it cannot answer. vvar lies one page below the image (vdso.ld).
#include <stdint.h>
#define static_assert _Static_assert

struct vvar { // kernel/time/vvar.hpp
    uint32_t sequence, shift;
    uint64_t mult;
    int64_t realtime_offset_ns;
    uint32_t counter_usable;
    int32_t tai_offset_s;
    int32_t minutes_west, dst_time;
};
static_assert(sizeof(struct vvar) == 40, "kernel/time/vvar.hpp says so");

extern const volatile struct vvar vvar_page __attribute__((visibility("hidden")));

struct timespec {
    int64_t seconds, nanoseconds;
};
struct timeval {
    int64_t seconds, microseconds;
};
struct timezone {
    int32_t minutes_west, dst_time;
};

enum {
    realtime = 0,
    monotonic = 1,
    monotonic_raw = 4,
    realtime_coarse = 5,
    monotonic_coarse = 6,
    boottime = 7,
    tai = 11
};
enum { call_clock_gettime = 113, call_clock_getres = 114, call_gettimeofday = 169 };
enum {
    monotonic_clocks = 1 << monotonic | 1 << monotonic_raw | 1 << monotonic_coarse | 1 << boottime,
    realtime_clocks = 1 << realtime | 1 << realtime_coarse,
    tai_clocks = 1 << tai,
    coarse_clocks = 1 << realtime_coarse | 1 << monotonic_coarse,
    all_clocks = monotonic_clocks | realtime_clocks | tai_clocks
};

static inline long system_call(long number, long a, long b)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1) : "memory");
    return x0;
}

// The counter, read after everything before it in program order.
static inline uint64_t counter(void)
{
    uint64_t value;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value) : : "memory");
    return value;
}

// Nanoseconds of a clock; the sequence is odd while the kernel writes the page.
static inline uint64_t nanoseconds_of(unsigned clock)
{
    uint32_t before;
    uint64_t ns;
    do {
        while ((before = __atomic_load_n(&vvar_page.sequence, __ATOMIC_ACQUIRE)) & 1)
            ;
        unsigned __int128 const product = (unsigned __int128)counter() * vvar_page.mult;
        ns = (uint64_t)(product >> (vvar_page.shift & 63));
        if (!(1u << clock & monotonic_clocks))
            ns += (uint64_t)vvar_page.realtime_offset_ns;
        if (clock == tai)
            ns += (uint64_t)(int64_t)vvar_page.tai_offset_s * 1000000000u;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
    } while (vvar_page.sequence != before);
    return ns;
}

static inline int is_ours(int clock)
{
    return (unsigned)clock <= tai && (1u << clock & all_clocks) && vvar_page.counter_usable;
}

int __kernel_clock_gettime(int clock, struct timespec* to)
{
    if (!is_ours(clock))
        return (int)system_call(call_clock_gettime, clock, (long)to);
    uint64_t const ns = nanoseconds_of((unsigned)clock);
    uint64_t const seconds = ns / 1000000000u;
    to->seconds = (int64_t)seconds;
    to->nanoseconds = (int64_t)(ns - seconds * 1000000000u);
    return 0;
}

int __kernel_gettimeofday(struct timeval* to, struct timezone* zone)
{
    if (!vvar_page.counter_usable)
        return (int)system_call(call_gettimeofday, (long)to, (long)zone);
    if (to) {
        uint64_t const us = nanoseconds_of(realtime) / 1000u;
        to->seconds = (int64_t)(us / 1000000u);
        to->microseconds = (int64_t)(us % 1000000u);
    }
    if (zone) {
        zone->minutes_west = vvar_page.minutes_west;
        zone->dst_time = vvar_page.dst_time;
    }
    return 0;
}

int __kernel_clock_getres(int clock, struct timespec* to)
{
    if ((unsigned)clock > tai || !(1u << clock & all_clocks))
        return (int)system_call(call_clock_getres, clock, (long)to);
    if (to) {
        to->seconds = 0;
        to->nanoseconds = 1u << clock & coarse_clocks ? 4000000 : 1;
    }
    return 0;
}
