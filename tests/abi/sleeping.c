// SPDX-License-Identifier: MIT
// nanosleep and clock_nanosleep: relative, absolute, interrupted, refused.
#include "abi.h"

static void on_signal(int signal)
{
    (void)signal;
}

static long call(clockid_t clock, int flags, long ns)
{
    struct timespec t = {ns / 1000000000, ns % 1000000000};
    return SYS(clock_nanosleep, clock, flags, &t, NULL);
}

static long now(clockid_t clock)
{
    struct timespec t;
    SYS(clock_gettime, clock, &t);
    return t.tv_sec * 1000000000 + t.tv_nsec;
}

static void took(char const* what, long start, long least)
{
    long passed = now(CLOCK_MONOTONIC) - start;
    say("%s: long enough %d, not absurd %d", what, passed >= least, passed < least + 2000000000);
}

int main(void)
{
    struct timespec t = {0, 30000000}, left = {7, 7};
    long start = now(CLOCK_MONOTONIC);
    VALUE(SYS(nanosleep, &t, &left));
    took("nanosleep", start, 30000000);
    say("rest untouched: %ld %ld", left.tv_sec, left.tv_nsec);
    start = now(CLOCK_MONOTONIC);
    VALUE(call(CLOCK_MONOTONIC, 0, 30000000));
    took("relative", start, 30000000);
    start = now(CLOCK_MONOTONIC);
    VALUE(call(CLOCK_MONOTONIC, TIMER_ABSTIME, start + 30000000));
    took("absolute", start, 30000000);
    VALUE(call(CLOCK_REALTIME, TIMER_ABSTIME, now(CLOCK_REALTIME) + 30000000));
    took("absolute real time", start, 60000000);
    VALUE(call(CLOCK_BOOTTIME, 0, 10000000));
    VALUE(call(CLOCK_MONOTONIC, TIMER_ABSTIME, 1));
    VALUE(call(CLOCK_REALTIME, TIMER_ABSTIME, 0));
    VALUE(call(CLOCK_MONOTONIC, 0, 0));
    start = now(CLOCK_MONOTONIC);
    for (int i = 0; i < 20; i++)
        call(CLOCK_MONOTONIC, 0, 1000000);
    took("twenty times a millisecond", start, 20000000);
    VALUE(call(CLOCK_MONOTONIC_RAW, 0, 1000));
    VALUE(call(CLOCK_MONOTONIC_COARSE, 0, 1000));
    VALUE(call(CLOCK_THREAD_CPUTIME_ID, 0, 1000));
    VALUE(call(77, 0, 1000));
    VALUE(call(-1, 0, 1000));
    t.tv_nsec = 1000000000;
    VALUE(SYS(nanosleep, &t, NULL));
    t.tv_nsec = -1;
    VALUE(SYS(nanosleep, &t, NULL));
    t = (struct timespec){-1, 0};
    VALUE(SYS(nanosleep, &t, NULL));
    VALUE(SYS(nanosleep, 1, NULL));
    VALUE(SYS(nanosleep, NULL, NULL));
    t = (struct timespec){0, 1000};
    VALUE(SYS(nanosleep, &t, 1));

    handle(SIGALRM, on_signal, 0);
    struct itimerval soon = {{0, 0}, {0, 30000}};
    setitimer(ITIMER_REAL, &soon, NULL);
    t = (struct timespec){10, 0};
    VALUE(SYS(nanosleep, &t, &left));
    say("rest: %d", left.tv_sec == 9 && left.tv_nsec > 0);
    setitimer(ITIMER_REAL, &soon, NULL);
    VALUE(SYS(nanosleep, &t, 1));
    setitimer(ITIMER_REAL, &soon, NULL);
    left = (struct timespec){7, 7};
    t.tv_sec = now(CLOCK_MONOTONIC) / 1000000000 + 10;
    VALUE(SYS(clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &t, &left));
    say("rest untouched: %ld %ld", left.tv_sec, left.tv_nsec);
    // Sleepers wake in the order of their times.
    int ends[2];
    MUST(pipe(ends));
    start = now(CLOCK_MONOTONIC);
    for (int i = 0; i < 8; i++)
        if (MUST(fork()) == 0) {
            int k = i * 5 % 8;
            call(CLOCK_MONOTONIC, TIMER_ABSTIME, start + 300000000 + 40000000 * k);
            char c = (char)('0' + k);
            write(ends[1], &c, 1);
            _exit(0);
        }
    while (wait(NULL) > 0) { }
    char order[9] = "";
    read(ends[0], order, 8);
    say("order %s", order);
    return 0;
}
