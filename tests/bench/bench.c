// SPDX-License-Identifier: MIT
// The benchmark: runs as pid 1 and counts what common work costs. Under QEMU's icount one guest instruction
// takes one nanosecond of the guest's counter, so the figures are instructions and the same in every run.
//
// Each row is measured in five rounds after a warm-up; the median is the result. It prints
//     bench NAME MEDIAN LEAST MOST        or        bench NAME none ERRNO
// and ends the machine. Needs no threads, no sockets and no /proc; arguments: only=a,b rows, timer=N
// wake-ups.
#define _GNU_SOURCE
#include "load.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { rounds = 5, settle_seconds = 3 };

static char const* only;
static long wake_ups = 2000;
static double ns_per_tick;

static uint64_t ticks(void)
{
    uint64_t value;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value)::"memory");
    return value;
}

static int compare(void const* a, void const* b)
{
    double x = *(double const*)a, y = *(double const*)b;
    return (x > y) - (x < y);
}

static void print_line(char const* line)
{
    (void)!write(1, line, strlen(line));
}

static void report(char const* name, double* values, int count)
{
    char line[160];
    qsort(values, (size_t)count, sizeof *values, compare);
    snprintf(line, sizeof line, "bench %s %.1f %.1f %.1f\n", name, values[count / 2], values[0],
        values[count - 1]);
    print_line(line);
}

static void report_none(char const* name)
{
    char line[100];
    snprintf(line, sizeof line, "bench %s none %d\n", name, errno);
    print_line(line);
}

static int wanted(char const* name)
{
    size_t length = strlen(name);
    for (char const* p = only; p != NULL; p = strchr(p, ',')) {
        p += *p == ',';
        if (strncmp(p, name, length) == 0 && (p[length] == ',' || p[length] == 0))
            return 1;
    }
    return only == NULL;
}

// Runs `step` often enough and reports nanoseconds for one; step returns non-zero to give up. Inlined with
// the step, so that no call of a C function is measured with it.
static inline __attribute__((always_inline)) void measure(char const* name, long count, int (*step)(void))
{
    double values[rounds];
    if (!wanted(name))
        return;
    for (long i = 0; i <= count / 10; i++)
        if (step() != 0) {
            report_none(name);
            return;
        }
    for (int round = 0; round < rounds; round++) {
        uint64_t start = ticks();
        for (long i = 0; i < count; i++)
            if (step() != 0) {
                report_none(name);
                return;
            }
        values[round] = (double)(ticks() - start) * ns_per_tick / (double)count;
    }
    report(name, values, rounds);
}

// ---- calls ----------------------------------------------------------------------------------------
// The null call is counted as a program would write it in assembly: no wrapper, nothing but the loop round
// it.
static void null_call(void)
{
    enum { count = 20000 };
    double values[rounds];
    if (!wanted("null_call"))
        return;
    for (int round = -1; round < rounds; round++) {
        uint64_t start = ticks();
        for (long i = 0; i < count; i++) {
            register long number __asm__("x8") = 173; // getppid
            register long result __asm__("x0");
            __asm__ volatile("svc #0" : "=r"(result) : "r"(number) : "memory");
        }
        if (round >= 0)
            values[round] = (double)(ticks() - start) * ns_per_tick / count;
    }
    report("null_call", values, rounds);
}

static int null_device = -1;

static int write_null(void)
{
    return write(null_device, "", 1) == 1 ? 0 : -1;
}

static int volatile signals_seen;

static void count_signal(int signal)
{
    (void)signal;
    signals_seen++;
}

static pid_t self;

static int signal_self(void)
{
    int before = signals_seen;
    return kill(self, SIGUSR1) == 0 && signals_seen == before + 1 ? 0 : -1;
}

static char const file_name[] = "/tmp/bench.data";

static int open_close(void)
{
    int fd = open(file_name, O_RDONLY);
    return fd < 0 ? -1 : close(fd);
}

// ---- two processes --------------------------------------------------------------------------------
static int to_child[2], to_parent[2];

static int round_trip(void)
{
    char byte = 'b';
    return write(to_child[1], &byte, 1) == 1 && read(to_parent[0], &byte, 1) == 1 ? 0 : -1;
}

static void pipe_round_trip(void)
{
    if (!wanted("pipe_round_trip"))
        return;
    if (pipe(to_child) != 0 || pipe(to_parent) != 0) {
        report_none("pipe_round_trip");
        return;
    }
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(to_child[1]);
        close(to_parent[0]);
        while (read(to_child[0], &byte, 1) == 1 && write(to_parent[1], &byte, 1) == 1) { }
        _exit(0);
    }
    close(to_child[0]);
    close(to_parent[1]);
    measure("pipe_round_trip", 3000, round_trip);
    close(to_child[1]);
    close(to_parent[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
}

// The same conversation by two eventfds: numbers instead of bytes.
static int event_to_child, event_to_parent;

static int event_round_trip(void)
{
    uint64_t number = 1;
    return write(event_to_child, &number, 8) == 8 && read(event_to_parent, &number, 8) == 8 ? 0 : -1;
}

static void eventfd_round_trip(void)
{
    if (!wanted("eventfd_round_trip"))
        return;
    event_to_child = eventfd(0, 0);
    event_to_parent = eventfd(0, 0);
    pid_t child = event_to_parent < 0 ? -1 : fork();
    if (child < 0) {
        report_none("eventfd_round_trip");
        return;
    }
    if (child == 0) {
        uint64_t number;
        while (read(event_to_child, &number, 8) == 8 && write(event_to_parent, &number, 8) == 8) { }
        _exit(0);
    }
    measure("eventfd_round_trip", 3000, event_round_trip);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(event_to_child);
    close(event_to_parent);
}

static int fork_exit(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child > 0 && waitpid(child, NULL, 0) == child ? 0 : -1;
}

static char* const exit_arguments[] = {"/init", "--exit", NULL};
static char* const no_environment[] = {NULL};

static int fork_exec(void)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        execve("/init", exit_arguments, no_environment);
        _exit(127);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? 0 : -1;
}

// ---- memory ---------------------------------------------------------------------------------------
static void page_fault(void)
{
    size_t const size = 64ul << 20, page = 4096;
    double values[rounds];
    if (!wanted("page_fault"))
        return;
    for (int round = 0; round < rounds; round++) {
        char* area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (area == MAP_FAILED) {
            report_none("page_fault");
            return;
        }
        madvise(area, size, MADV_NOHUGEPAGE);
        uint64_t start = ticks();
        for (size_t at = 0; at < size; at += page)
            *(char volatile*)(area + at) = 1;
        values[round] = (double)(ticks() - start) * ns_per_tick / (double)(size / page);
        munmap(area, size);
    }
    report("page_fault", values, rounds);
}

// ---- timers ---------------------------------------------------------------------------------------
static void advance(struct timespec* t, long ns)
{
    t->tv_nsec += ns;
    if (t->tv_nsec >= 1000000000) {
        t->tv_nsec -= 1000000000;
        t->tv_sec++;
    }
}

// A real-time process sleeps until each millisecond; how late it runs is the latency.
static int wake_late(double* late)
{
    struct timespec next, now;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (long i = 0; i < wake_ups; i++) {
        advance(&next, 1000000);
        errno = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
        if (errno != 0)
            return -1;
        clock_gettime(CLOCK_MONOTONIC, &now);
        late[i] = (double)(now.tv_sec - next.tv_sec) * 1e9 + (double)(now.tv_nsec - next.tv_nsec);
        for (double behind = late[i]; behind > 1e6; behind -= 1e6) // periods that were missed altogether
            advance(&next, 1000000);
    }
    return 0;
}

static void timer_wake_up(char const* name, int loaded)
{
    if (!wanted(name))
        return;
    pid_t load = 0;
    if (loaded && (load = fork()) == 0)
        churn(4);
    double* late = calloc((size_t)wake_ups, sizeof *late);
    for (long i = 0; i < wake_ups; i++)
        late[i] = 1; // present before the first wake-up
    struct sched_param urgent = {80}, ordinary = {0};
    mlockall(MCL_CURRENT | MCL_FUTURE);
    if (sched_setscheduler(0, SCHED_FIFO, &urgent) != 0 || wake_late(late) != 0) {
        report_none(name);
    } else {
        char line[160];
        sched_setscheduler(0, SCHED_OTHER, &ordinary);
        qsort(late, (size_t)wake_ups, sizeof *late, compare);
        snprintf(line, sizeof line, "bench %s %.0f %.0f %.0f\n", name, late[wake_ups - 1], late[0],
            late[wake_ups / 2]);
        print_line(line); // the worst, the best, the median
    }
    munlockall();
    free(late);
    if (load > 0) {
        // The load's own child ends by itself when its pipe breaks.
        signal(SIGPIPE, SIG_DFL);
        kill(load, SIGKILL);
        while (wait(NULL) > 0) { }
    }
}

// ---- the whole ------------------------------------------------------------------------------------
static void prepare(void)
{
    mkdir("/dev", 0755);
    mkdir("/tmp", 01777);
    if (access("/dev/null", F_OK) != 0)
        mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
    null_device = open("/dev/null", O_WRONLY);
    int fd = open(file_name, O_RDWR | O_CREAT, 0600);
    if (fd >= 0) {
        static char page[4096];
        (void)!write(fd, page, sizeof page);
        close(fd);
    }
    self = getpid();
    signal(SIGUSR1, count_signal);
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    sched_setaffinity(0, sizeof first, &first);
}

int main(int argc, char** argv)
{
    uint64_t at_start = ticks(), frequency;
    if (argc > 1 && strcmp(argv[1], "--exit") == 0)
        _exit(0);
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
    ns_per_tick = 1e9 / (double)frequency;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "only=", 5) == 0)
            only = argv[i] + 5;
        if (strncmp(argv[i], "timer=", 6) == 0 && atol(argv[i] + 6) > 0)
            wake_ups = atol(argv[i] + 6);
    }
    char line[100];
    struct sysinfo memory;
    snprintf(line, sizeof line, "bench boot %.0f 0 0\n", (double)at_start * ns_per_tick);
    print_line(line);
    if (sysinfo(&memory) == 0) {
        snprintf(line, sizeof line, "bench memory_free %.0f 0 0\n",
            (double)memory.freeram * memory.mem_unit / 1024);
        print_line(line);
    }
    prepare();
    // What a kernel still does behind the first program's back comes to its end first.
    nanosleep(&(struct timespec){settle_seconds, 0}, NULL);
    null_call();
    measure("write_null", 10000, write_null);
    pipe_round_trip();
    eventfd_round_trip();
    measure("fork_exit_wait", 200, fork_exit);
    measure("fork_exec_wait", 100, fork_exec);
    measure("signal_self", 5000, signal_self);
    measure("open_close", 3000, open_close);
    page_fault();
    timer_wake_up("timer_idle", 0);
    timer_wake_up("timer_load", 1);
    print_line("bench done 0 0 0\n");
    reboot(RB_POWER_OFF);
    for (;;)
        pause();
}
