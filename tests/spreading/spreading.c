// SPDX-License-Identifier: MIT
// Where threads that compute end up: runs as pid 1, starts some workers that say from time to time on which
// core they are, and prints
//     worker N first CORE last CORE left US late US
// for each (when it was last seen on a core of `from`, and when it was first seen at all, after the start),
// and
//     sent N M    threads that the rules had sent elsewhere, and processes that had moved, after half of the
//     time and at its end
// Arguments: kind=threads|processes, count=N, ms=N, from=MASK (they begin on these cores and may be on all
// once they run; 0: wherever they begin), priority=N (SCHED_FIFO from N downwards), nice=N (the second half).
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { most = 64 };

struct worker {
    int volatile tid, first, last;
    int64_t volatile began, left;
};

struct shared {
    struct worker workers[most];
    int64_t volatile start; // 0: not yet
};
static struct shared* shared;
static int64_t length = 200 * 1000000ll;
static uint64_t from;
static int priority, niceness, count = 1;

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void sleep_until(int64_t when)
{
    struct timespec const time = {when / 1000000000, when % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) != 0) { }
}

static void set_mask(int tid, uint64_t bits)
{
    if (syscall(SYS_sched_setaffinity, tid, sizeof bits, &bits) < 0)
        perror("sched_setaffinity");
}

static void become_urgent(int level)
{
    struct sched_param const parameters = {.sched_priority = level};
    if (sched_setscheduler(0, SCHED_FIFO, &parameters) != 0)
        perror("sched_setscheduler");
}

static void work(int number)
{
    struct worker* const self = &shared->workers[number];
    if (niceness != 0 && number >= count / 2)
        setpriority(PRIO_PROCESS, 0, niceness);
    if (priority != 0)
        become_urgent(priority - number);
    self->first = sched_getcpu();
    self->tid = (int)syscall(SYS_gettid);
    self->began = now();
    int64_t end = 0;
    do {
        for (int volatile i = 0; i < 1000; i++) { }
        int const core = sched_getcpu();
        self->last = core;
        if (from >> core & 1)
            self->left = now();
        if (shared->start != 0)
            end = shared->start + length;
    } while (end == 0 || now() < end);
}

static void* work_as_thread(void* number)
{
    work((int)(intptr_t)number);
    return NULL;
}

static void say_sent(void)
{
    static char line[512];
    unsigned long sent = 0, moved = 0;
    FILE* const file = fopen("/proc/torc/tori", "r");
    while (file != NULL && fgets(line, sizeof line, file)) {
        char const *const at = strstr(line, " sent "), *const out = strstr(line, " moved-out ");
        sent += at != NULL ? strtoul(at + 6, NULL, 10) : 0;
        moved += out != NULL ? strtoul(out + 11, NULL, 10) : 0;
    }
    if (file != NULL)
        fclose(file);
    printf("sent %lu %lu\n", sent, moved);
}

static long argument(int argc, char** argv, char const* name, long otherwise)
{
    for (int i = 0; i < argc; i++)
        if (strncmp(argv[i], name, strlen(name)) == 0 && argv[i][strlen(name)] == '=')
            return strtol(argv[i] + strlen(name) + 1, NULL, 0);
    return otherwise;
}

static void start_one(int number, int threads)
{
    pthread_t thread;
    if (threads) {
        if (pthread_create(&thread, NULL, work_as_thread, (void*)(intptr_t)number) != 0)
            perror("pthread_create");
    } else if (fork() == 0) {
        work(number);
        _exit(0);
    }
}

int main(int argc, char** argv)
{
    int threads = 0;
    for (int i = 0; i < argc; i++)
        threads |= strcmp(argv[i], "kind=threads") == 0;
    count = (int)argument(argc, argv, "count", 1);
    length = argument(argc, argv, "ms", 200) * 1000000ll;
    from = (uint64_t)argument(argc, argv, "from", 0);
    priority = (int)argument(argc, argv, "priority", 0);
    niceness = (int)argument(argc, argv, "nice", 0);
    mount("proc", "/proc", "proc", 0, NULL);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (priority != 0)
        become_urgent(priority + 1); // or they would not let it run
    if (from != 0)
        set_mask(0, from);
    for (int i = 0; i < count; i++)
        start_one(i, threads);
    for (int i = 0; from != 0 && i < count; i++)
        while (shared->workers[i].tid == 0)
            sleep_until(now() + 1000000);
    shared->start = now();
    for (int i = 0; from != 0 && i < count; i++)
        set_mask(shared->workers[i].tid, ~0ull);
    sleep_until(shared->start + length / 2);
    say_sent();
    sleep_until(shared->start + length - 20000000); // what is told is some milliseconds old
    say_sent();
    sleep_until(shared->start + length + 100000000);
    while (!threads && wait(NULL) > 0) { }
    for (int i = 0; i < count; i++) {
        struct worker const* const w = &shared->workers[i];
        printf("worker %d first %d last %d left %ld late %ld\n", i, w->first, w->last,
            w->left != 0 ? (long)((w->left - shared->start) / 1000) : -1,
            (long)((w->began - shared->start) / 1000));
    }
    printf("spreading done\n");
    fflush(stdout);
    sync();
    reboot(RB_POWER_OFF);
    return 1;
}
