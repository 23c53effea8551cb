// SPDX-License-Identifier: MIT
// FUTEX_LOCK_PI: whose priority changes while it waits or holds lifts the owners anew.
#include "abi.h"
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>

static _Atomic uint32_t first, second; // locks
static _Atomic pid_t owner, middle, last;
static atomic_int go_on, steps;

static long lock(_Atomic uint32_t* word)
{
    uint32_t free = 0;
    if (atomic_compare_exchange_strong(word, &free, (uint32_t)gettid()))
        return 0;
    return SYS(futex, word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0);
}

static void unlock(_Atomic uint32_t* word)
{
    uint32_t mine = (uint32_t)gettid();
    if (!atomic_compare_exchange_strong(word, &mine, 0))
        VALUE(SYS(futex, word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
}

// What it runs as: field 18 of stat.
static long priority_of(pid_t tid)
{
    char path[64], text[1024] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    int fd = (int)MUST(open(path, O_RDONLY));
    MUST(read(fd, text, sizeof text - 1));
    close(fd);
    char* at = strrchr(text, ')') + 2;
    for (int field = 3; field < 18; field++)
        at = strchr(at, ' ') + 1;
    return strtol(at, NULL, 10);
}

static void show(char const* when)
{
    say("%s: %ld %ld %ld", when, priority_of(owner), priority_of(middle), priority_of(last));
}

static void set(pid_t tid, int policy, int priority)
{
    struct sched_param p = {priority};
    MUST(SYS(sched_setscheduler, tid, policy, &p));
}

static void* own(void* unused)
{
    owner = gettid();
    lock(&first);
    steps++;
    while (!go_on)
        sleep_ms(2);
    unlock(&first);
    return unused;
}

static void* stand_between(void* unused)
{
    middle = gettid();
    lock(&second);
    steps++;
    lock(&first);
    unlock(&first);
    unlock(&second);
    return unused;
}

static void* wait_last(void* unused)
{
    last = gettid();
    steps++;
    lock(&second);
    unlock(&second);
    return unused;
}

int main(void)
{
    pthread_t threads[3];
    void* (*bodies[])(void*) = {own, stand_between, wait_last};
    for (int i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, bodies[i], NULL);
        while (steps != i + 1)
            sleep_ms(2);
        sleep_ms(20);
    }
    show("all alike");
    set(last, SCHED_FIFO, 10);
    show("the last waiter became urgent");
    set(last, SCHED_RR, 30);
    show("and more so");
    set(middle, SCHED_FIFO, 40);
    show("the one between too");
    set(middle, SCHED_OTHER, 0);
    show("and no more");
    set(owner, SCHED_FIFO, 50);
    show("the owner itself");
    set(owner, SCHED_FIFO, 20);
    show("a little");
    set(owner, SCHED_OTHER, 0);
    show("and no more");
    set(last, SCHED_OTHER, 0);
    show("nobody");
    VALUE(SYS(sched_getscheduler, owner));
    set(last, SCHED_FIFO, 5);
    show("the last one again");
    VALUE(SYS(sched_getscheduler, owner));
    go_on = 1;
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    say("done");
    return 0;
}
