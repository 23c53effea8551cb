// SPDX-License-Identifier: MIT
// Interval timers: the three kinds, repetition, remaining time, fork and exec.
#include "abi.h"

static int volatile count, last;

static void on_timer(int signal)
{
    last = signal;
    count++;
}

static void spin_until(int n)
{
    long start = now_ms();
    while (count < n && now_ms() - start < 8000) { }
}

// Timers run on wherever the process is after a few calls.
static void among_calls(int which, int first_ms, int interval_ms, int times)
{
    struct itimerval timer = {{0, interval_ms * 1000}, {0, first_ms * 1000}}, left, off = {{0, 0}, {0, 0}};
    count = 0;
    long const start = now_ms();
    setitimer(which, &timer, NULL);
    for (int i = 0; i < 200; i++)
        getppid();
    getitimer(which, &left);
    bool const runs = left.it_interval.tv_usec == interval_ms * 1000
        && (left.it_value.tv_usec > 0 || interval_ms == 0)
        && left.it_value.tv_usec <= 1000 * first_ms + 10000; // Linux: a tick more
    while (count < times && now_ms() - start < 8000)
        getppid();
    say("%d: runs %d, fired %d times, not too early %d", which, runs, count,
        now_ms() - start >= first_ms + (times - 1) * interval_ms - 1);
    setitimer(which, &off, NULL);
}

int main(int argc, char** argv)
{
    if (argc > 1 && strcmp(argv[1], "spin") == 0)
        for (;;)
            getppid();
    struct itimerval timer = {{0, 0}, {0, 30000}}, old, off = {{0, 0}, {0, 0}};
    if (argc > 1) {
        getitimer(ITIMER_REAL, &old);
        say("after exec it runs: %d", old.it_value.tv_sec > 0);
        return 0;
    }
    handle(SIGALRM, on_timer, 0);
    handle(SIGVTALRM, on_timer, 0);
    handle(SIGPROF, on_timer, 0);
    long start = now_ms();
    VALUE(setitimer(ITIMER_REAL, &timer, NULL));
    pause();
    IS(now_ms() - start >= 29 && now_ms() - start < 2000);
    say("%s, %d", signal_name(last), count);
    getitimer(ITIMER_REAL, &old);
    say("expired: %ld %ld", old.it_value.tv_sec, old.it_value.tv_usec);

    count = 0;
    timer.it_interval.tv_usec = 20000;
    setitimer(ITIMER_REAL, &timer, NULL);
    for (int i = 0; i < 5; i++)
        pause();
    say("repeats: %d", count >= 5);
    VALUE(setitimer(ITIMER_REAL, &off, &old));
    say("interval was %ld us, value within it %d", old.it_interval.tv_usec, old.it_value.tv_usec <= 20000);
    among_calls(ITIMER_REAL, 300, 0, 1);
    among_calls(ITIMER_REAL, 30, 25, 8);
    among_calls(ITIMER_PROF, 20, 20, 3);
    among_calls(ITIMER_VIRTUAL, 20, 20, 2);
    count = 0;
    timer.it_interval.tv_usec = 0;
    timer.it_value.tv_usec = 10000;
    setitimer(ITIMER_VIRTUAL, &timer, NULL);
    sleep_ms(50);
    say("virtual time does not pass while asleep: %d", count == 0);
    spin_until(1);
    say("%s, %d", signal_name(last), count);
    count = 0;
    setitimer(ITIMER_PROF, &timer, NULL);
    spin_until(1);
    say("%s, %d", signal_name(last), count);

    timer.it_value.tv_sec = 100;
    timer.it_value.tv_usec = 0;
    setitimer(ITIMER_REAL, &timer, NULL);
    getitimer(ITIMER_REAL, &old);
    say("remaining: %d", old.it_value.tv_sec == 99 || old.it_value.tv_sec == 100);
    CHILD("not inherited", getitimer(ITIMER_REAL, &old); say("in the child %ld", old.it_value.tv_sec));
    CHILD("exec", setitimer(ITIMER_REAL, &timer, NULL); char* arguments[] = {"itimer", "again", NULL};
        execve("/abi/itimer", arguments, NULL));
    CHILD("processor time after exec", timer.it_value.tv_sec = 0; timer.it_value.tv_usec = 30000;
        handle(SIGPROF, SIG_DFL, 0); setitimer(ITIMER_PROF, &timer, NULL);
        execl("/abi/itimer", "itimer", "spin", NULL));
    CHILD("limit after exec", setrlimit(RLIMIT_CPU, &(struct rlimit){1, 2});
        execl("/abi/itimer", "itimer", "spin", NULL));
    timer.it_value.tv_sec = 100;
    setitimer(ITIMER_REAL, &timer, NULL);
    say("alarm gives the rest: %d", alarm(50) >= 99);
    say("and cancels: %u", alarm(0));
    VALUE(setitimer(3, &timer, NULL));
    VALUE(getitimer(-1, &old));
    timer.it_value.tv_usec = 1000000;
    VALUE(setitimer(ITIMER_REAL, &timer, NULL));
    timer.it_value.tv_usec = -1;
    VALUE(setitimer(ITIMER_REAL, &timer, NULL));
    timer.it_value.tv_usec = 0;
    timer.it_value.tv_sec = -1;
    VALUE(setitimer(ITIMER_REAL, &timer, NULL));
    VALUE(setitimer(ITIMER_REAL, (struct itimerval*)1, NULL));
    VALUE(setitimer(ITIMER_REAL, NULL, &old));
    VALUE(getitimer(ITIMER_REAL, (struct itimerval*)1));
    CHILD("default action", handle(SIGALRM, SIG_DFL, 0); timer.it_value.tv_sec = 0;
        timer.it_value.tv_usec = 1000; setitimer(ITIMER_REAL, &timer, NULL); for (;;) pause());
    return 0;
}
