// SPDX-License-Identifier: MIT
// Scheduling calls: policies, priorities, nice values, affinity, yielding; a real-time process goes first.
#include "abi.h"

static int volatile* shared;

static long set(int policy, int priority)
{
    struct sched_param p = {priority};
    return SYS(sched_setscheduler, 0, policy, &p);
}

int main(void)
{
    shared = shared_memory(PAGE);
    struct sched_param param = {77};
    VALUE(SYS(sched_getscheduler, 0));
    VALUE(SYS(sched_getparam, 0, &param));
    say("priority %d", param.sched_priority);
    for (int policy = 0; policy < 8; policy++)
        say("policy %d: %ld to %ld", policy, SYS(sched_get_priority_min, policy),
            SYS(sched_get_priority_max, policy));
    VALUE(SYS(sched_get_priority_max, -1));
    VALUE(set(SCHED_OTHER, 1));
    VALUE(set(SCHED_FIFO, 0));
    VALUE(set(SCHED_FIFO, 100));
    VALUE(set(4, 0));
    VALUE(set(99, 0));
    VALUE(set(-1, 0));
    VALUE(SYS(sched_setscheduler, -1, SCHED_OTHER, &param));
    VALUE(SYS(sched_setscheduler, 99999, SCHED_OTHER, &(struct sched_param){0}));
    VALUE(SYS(sched_setscheduler, 0, SCHED_OTHER, NULL));
    VALUE(SYS(sched_setscheduler, 0, SCHED_OTHER, 1));
    VALUE(SYS(sched_getscheduler, -1));
    VALUE(SYS(sched_getscheduler, 99999));
    VALUE(SYS(sched_getparam, 0, NULL));
    VALUE(SYS(sched_getparam, -1, &param));
    VALUE(SYS(sched_setparam, 0, &(struct sched_param){5}));
    VALUE(SYS(sched_setparam, 0, &(struct sched_param){0}));
    IN_CHILD("policies")
    {
        VALUE(set(SCHED_FIFO, 50));
        VALUE(SYS(sched_getscheduler, 0));
        SYS(sched_getparam, 0, &param);
        say("priority %d", param.sched_priority);
        VALUE(SYS(sched_setparam, 0, &(struct sched_param){20}));
        CHILD("inherited", VALUE(SYS(sched_getscheduler, 0)); SYS(sched_getparam, 0, &param);
            say("priority %d", param.sched_priority));
        VALUE(set(SCHED_RR | 0x40000000, 10));
        VALUE(SYS(sched_getscheduler, 0));
        CHILD("reset on fork", VALUE(SYS(sched_getscheduler, 0)));
        struct timespec t;
        VALUE(set(SCHED_BATCH, 0));
        VALUE(SYS(sched_getscheduler, 0));
        VALUE(set(SCHED_IDLE, 0));
        VALUE(SYS(sched_getscheduler, 0));
        (void)t;
    }
    IN_CHILD("as a user")
    {
        become_user();
        VALUE(set(SCHED_FIFO, 1));
        VALUE(set(SCHED_BATCH, 0));
        VALUE(set(SCHED_OTHER, 0));
        VALUE(setpriority(PRIO_PROCESS, 0, 5));
        VALUE(setpriority(PRIO_PROCESS, 0, 4));
        VALUE(SYS(getpriority, PRIO_PROCESS, 0));
        VALUE(setpriority(PRIO_PROCESS, 1, 5));
    }
    VALUE(SYS(getpriority, PRIO_PROCESS, 0));
    VALUE(setpriority(PRIO_PROCESS, 0, -100));
    VALUE(SYS(getpriority, PRIO_PROCESS, 0));
    VALUE(setpriority(PRIO_PROCESS, 0, 100));
    VALUE(SYS(getpriority, PRIO_PROCESS, 0));
    CHILD("nice inherited", VALUE(SYS(getpriority, PRIO_PROCESS, 0)));
    VALUE(setpriority(PRIO_PROCESS, 0, 0));
    VALUE(setpriority(PRIO_PGRP, 0, 3));
    VALUE(SYS(getpriority, PRIO_PGRP, 0));
    VALUE(SYS(getpriority, PRIO_USER, 54321));
    VALUE(SYS(getpriority, 3, 0));
    VALUE(setpriority(-1, 0, 0));
    VALUE(SYS(getpriority, PRIO_PROCESS, 99999));
    VALUE(setpriority(PRIO_PROCESS, 99999, 0));
    VALUE(setpriority(PRIO_PROCESS, 0, 0));

    unsigned long mask[128] = {0};
    long n = SYS(sched_getaffinity, 0, sizeof mask, mask);
    say("affinity: a multiple of eight bytes %d, first core in it %d", n > 0 && n % 8 == 0,
        (int)(mask[0] & 1));
    VALUE(SYS(sched_getaffinity, 0, 4, mask));
    VALUE(SYS(sched_getaffinity, 0, 9, mask));
    VALUE(SYS(sched_getaffinity, 0, 0, mask));
    VALUE(SYS(sched_getaffinity, 99999, sizeof mask, mask));
    VALUE(SYS(sched_getaffinity, 0, sizeof mask, 1));
    memset(mask, 0, sizeof mask);
    VALUE(SYS(sched_setaffinity, 0, 8, mask));
    mask[0] = 1ul << 60;
    VALUE(SYS(sched_setaffinity, 0, 8, mask));
    mask[0] = ~0ul;
    VALUE(SYS(sched_setaffinity, 0, 8, mask));
    mask[0] = 1;
    VALUE(SYS(sched_setaffinity, 0, 8, mask));
    VALUE(SYS(sched_setaffinity, 0, 1, mask));
    VALUE(SYS(sched_setaffinity, 0, 0, mask));
    VALUE(SYS(sched_setaffinity, 99999, 8, mask));
    VALUE(SYS(sched_setaffinity, 0, 8, 1));
    VALUE(SYS(sched_yield));

    // On one core a FIFO process keeps it from others until it blocks.
    pid_t child = (pid_t)MUST(fork());
    if (child == 0)
        for (;;)
            shared[0]++;
    IN_CHILD("real time goes first")
    {
        VALUE(set(SCHED_FIFO, 10));
        long start = now_ms();
        int before = shared[0];
        while (now_ms() - start < 50) { }
        bool const still = shared[0] == before;
        for (int i = 0; i < 100; i++)
            SYS(sched_yield);
        bool const yielding = shared[0] == before; // before it says anything: that may block
        say("the other stood still: %d", still);
        say("even when yielding: %d", yielding);
        sleep_ms(10);
        say("it ran while we slept: %d", shared[0] != before);
    }
    kill(child, SIGKILL);
    reap("spinner", child);

    // Nice values share the core unevenly.
    shared[1] = shared[2] = 0;
    pid_t children[2];
    for (int i = 0; i < 2; i++) {
        children[i] = (pid_t)MUST(fork());
        if (children[i] == 0) {
            setpriority(PRIO_PROCESS, 0, i == 0 ? 0 : 19);
            for (;;)
                shared[1 + i]++;
        }
    }
    sleep_ms(1200);
    kill(children[0], SIGKILL);
    kill(children[1], SIGKILL);
    while (wait(NULL) > 0) { }
    say("nice 0 got at least five times as much as nice 19: %d, which got some: %d",
        shared[1] / 5 > shared[2], shared[2] > 0);
    return 0;
}
