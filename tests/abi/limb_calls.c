// SPDX-License-Identifier: MIT
// Which calls of a thread that runs on another torus than its process lives on are settled there: those take
// a fraction of the time of one that goes home. tests/qemu/limbs.py reads what it says.
#include "abi.h"
#include <linux/futex.h>
#include <sched.h>
#include <sys/time.h>
#include <time.h>

static uint32_t word = 1;
static unsigned elsewhere;

static long goes_home(void)
{
    return syscall(SYS_getppid);
}
static long asks_who(void)
{
    return syscall(SYS_gettid);
}
static long asks_where(void)
{
    unsigned cpu = 9;
    return syscall(SYS_getcpu, &cpu, NULL, NULL) == 0 && cpu == elsewhere ? 0 : -1;
}
static long gives_way(void)
{
    return syscall(SYS_sched_yield);
}
static long reads_clock(void)
{
    struct timespec now;
    return syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
}
static long reads_time(void)
{
    struct timeval now;
    return syscall(SYS_gettimeofday, &now, NULL);
}
static long wakes_nobody(void)
{
    return syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1);
}
static long waits_for_what_has_changed(void)
{
    errno = 0;
    return syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL) == -1 && errno == EAGAIN ? 0 : -1;
}

static long now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000 + now.tv_nsec;
}

// The least of several, as others use the machine under the emulator, too.
static long cost(long (*call)(void))
{
    long least = 1L << 60;
    for (int i = 0; i < 20; i++) {
        long const before = now_ns();
        for (int j = 0; j < 20; j++)
            if (call() < 0)
                return 1L << 60;
        long const took = now_ns() - before;
        least = took < least ? took : least;
    }
    return least;
}

static long home; // what a call that goes there costs

static void judge(char const* what, long (*call)(void))
{
    say("%s: %s", what, cost(call) * 3 < home ? "settled there" : "wrong: goes home, or fails");
}

static long cost_on(unsigned core)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    CHECK(sched_setaffinity(0, sizeof set, &set));
    return cost(goes_home);
}

int main(void)
{
    elsewhere = cost_on(0) < cost_on(1);
    home = cost_on(elsewhere);
    judge("who", asks_who);
    judge("where", asks_where);
    judge("yield", gives_way);
    judge("clock", reads_clock);
    judge("time of day", reads_time);
    judge("wake of nobody", wakes_nobody);
    judge("wait for nothing", waits_for_what_has_changed);
    return 0;
}
