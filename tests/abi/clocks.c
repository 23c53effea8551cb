// SPDX-License-Identifier: MIT
// Clocks: which there are, their resolution, setting one, processor time.
#include "abi.h"
#include <sys/times.h>

static long ns(struct timespec t)
{
    return t.tv_sec * 1000000000 + t.tv_nsec;
}
static long get(clockid_t clock)
{
    struct timespec t = {0, 0};
    SYS(clock_gettime, clock, &t);
    return ns(t);
}

static void spin(long ms)
{
    long start = now_ms();
    while (now_ms() - start < ms) { }
}

int main(void)
{
    struct timespec t;
    for (int clock = -1; clock < 13; clock++)
        say("clock %d: %s", clock, SYS(clock_gettime, clock, &t) == 0 ? "ok" : error_name(errno));
    static clockid_t const fine[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
        CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME};
    for (unsigned i = 0; i < COUNT(fine); i++) {
        long r = SYS(clock_getres, fine[i], &t);
        say("resolution of %d: %ld, %ld.%09ld", fine[i], r, t.tv_sec, t.tv_nsec);
    }
    VALUE(SYS(clock_getres, CLOCK_MONOTONIC_COARSE, &t));
    say("coarse is coarser or the same: %d", t.tv_nsec >= 1 && t.tv_nsec <= 10000000);
    VALUE(SYS(clock_getres, 77, &t));
    VALUE(SYS(clock_getres, CLOCK_MONOTONIC, NULL));
    VALUE(SYS(clock_getres, CLOCK_MONOTONIC, 1));
    VALUE(SYS(clock_gettime, CLOCK_MONOTONIC, NULL));
    VALUE(SYS(clock_gettime, CLOCK_MONOTONIC, 1));

    int backwards = 0;
    for (long i = 0, last = 0; i < 5000; i++) {
        long now = get(CLOCK_MONOTONIC);
        backwards += now < last;
        last = now;
    }
    say("backwards: %d", backwards);
    long a = get(CLOCK_MONOTONIC), b = get(CLOCK_BOOTTIME), r = get(CLOCK_MONOTONIC_RAW);
    say("boot time and monotonic are close: %d %d", labs(a - b) < 1000000000, labs(a - r) < 1000000000);
    long coarse = get(CLOCK_MONOTONIC_COARSE);
    say("coarse is close: %d", labs(coarse - a) < 100000000);

    long cpu = get(CLOCK_PROCESS_CPUTIME_ID);
    sleep_ms(60);
    say("sleeping costs little processor time: %d", get(CLOCK_PROCESS_CPUTIME_ID) - cpu < 40000000);
    cpu = get(CLOCK_THREAD_CPUTIME_ID);
    spin(60);
    say("spinning costs: %d", get(CLOCK_THREAD_CPUTIME_ID) - cpu > 5000000);
    struct tms before, after;
    struct rusage usage;
    times(&before);
    CHILD("spinning child", spin(120));
    clock_t elapsed = times(&after);
    say("child's time shows after waiting: %d",
        after.tms_cutime + after.tms_cstime > before.tms_cutime + before.tms_cstime && elapsed > 0);
    VALUE(SYS(times, NULL) > 0);
    VALUE(SYS(times, 1));
    VALUE(getrusage(RUSAGE_CHILDREN, &usage));
    say("children: %d, faults counted %d",
        usage.ru_utime.tv_usec + usage.ru_utime.tv_sec + usage.ru_stime.tv_usec + usage.ru_stime.tv_sec > 0,
        usage.ru_minflt > 0);
    VALUE(getrusage(RUSAGE_SELF, &usage));
    say("self: %d, largest size %d KiB or more",
        usage.ru_utime.tv_usec + usage.ru_utime.tv_sec + usage.ru_stime.tv_usec + usage.ru_stime.tv_sec > 0,
        usage.ru_maxrss >= 100 ? 100 : (int)usage.ru_maxrss);
    VALUE(getrusage(RUSAGE_THREAD, &usage));
    VALUE(getrusage(7, &usage));
    VALUE(getrusage(RUSAGE_SELF, (struct rusage*)1));

    struct timeval v;
    struct timezone z = {1, 1};
    VALUE(SYS(gettimeofday, &v, &z));
    say("zone %d %d, agrees %d", z.tz_minuteswest, z.tz_dsttime,
        labs(v.tv_sec - get(CLOCK_REALTIME) / 1000000000) <= 1);
    VALUE(SYS(gettimeofday, NULL, NULL));
    VALUE(SYS(gettimeofday, 1, NULL));

    t = (struct timespec){2000000000, 500000000};
    a = get(CLOCK_MONOTONIC);
    VALUE(SYS(clock_settime, CLOCK_REALTIME, &t));
    r = get(CLOCK_REALTIME);
    say("set: %d", r >= 2000000000500000000 && r < 2000000010000000000);
    say("monotonic did not jump: %d", get(CLOCK_MONOTONIC) - a < 10000000000);
    t.tv_nsec = 1000000000;
    VALUE(SYS(clock_settime, CLOCK_REALTIME, &t));
    t.tv_nsec = -1;
    VALUE(SYS(clock_settime, CLOCK_REALTIME, &t));
    t = (struct timespec){-1, 0};
    VALUE(SYS(clock_settime, CLOCK_REALTIME, &t));
    VALUE(SYS(clock_settime, CLOCK_MONOTONIC, &t));
    VALUE(SYS(clock_settime, CLOCK_BOOTTIME, &t));
    VALUE(SYS(clock_settime, 77, &t));
    VALUE(SYS(clock_settime, CLOCK_REALTIME, 1));
    IN_CHILD("as a user")
    {
        become_user();
        t = (struct timespec){2000000000, 0};
        VALUE(SYS(clock_settime, CLOCK_REALTIME, &t));
    }
    t = (struct timespec){1750000000, 0};
    VALUE(SYS(clock_settime, CLOCK_REALTIME, &t));
    // Another process's processor time by its pid.
    pid_t me = getpid();
    VALUE(SYS(clock_gettime, (int)(~(unsigned)me << 3) | 2, &t));
    VALUE(SYS(clock_gettime, (int)(~99999u << 3) | 2, &t));
    return 0;
}
