// SPDX-License-Identifier: MIT
// What several cores cost and give: runs as pid 1 and marks the begin and the end of each row for the
// counting plugin (count.c). It prints
//     row NAME COUNT        after each row (COUNT: how often its step ran; 0: it could not run)
// and ends the machine. Arguments: cores=N, case=NAME, load=1 (every other core is kept busy),
// load=2 (by programs that open and execute nothing), processes=N, spinners=N (asleep, or computing;
// case=rounds).
#define _GNU_SOURCE
#include "load.h"
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// 0: a row begins; 1: it ends; 2: woken
#define MARK(number) __asm__ volatile("hint #112 + " #number ::: "memory")

static int cores = 1;

static void say(char const* name, long count)
{
    char line[100];
    snprintf(line, sizeof line, "row %s %ld\n", name, count);
    (void)!write(1, line, strlen(line));
}

static int pin(int core)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    return sched_setaffinity(0, sizeof set, &set);
}

static void pin_to_all(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int core = 0; core < cores; core++)
        CPU_SET(core, &set);
    sched_setaffinity(0, sizeof set, &set);
}

// A row that is the same step again and again; returns whether all succeeded.
static inline __attribute__((always_inline)) void measure(char const* name, long count, int (*step)(void))
{
    int failed = 0;
    for (long i = 0; i <= count / 10; i++)
        failed |= step() != 0;
    MARK(0);
    for (long i = 0; i < count; i++)
        failed |= step() != 0;
    MARK(1);
    say(name, failed ? 0 : count);
}

// ---- one core among others ------------------------------------------------------------------------
static int null_call(void)
{
    register long number __asm__("x8") = 173; // getppid
    register long result __asm__("x0");
    __asm__ volatile("svc #0" : "=r"(result) : "r"(number) : "memory");
    return 0;
}

static int to_child[2], to_parent[2];

static int round_trip(void)
{
    char byte = 'b';
    return write(to_child[1], &byte, 1) == 1 && read(to_parent[0], &byte, 1) == 1 ? 0 : -1;
}

static void echo(int from, int to)
{
    char byte;
    while (read(from, &byte, 1) == 1 && write(to, &byte, 1) == 1) { }
    _exit(0);
}

// The other end is on `core`: it gets there by exec, as taskset does it.
static void pipe_round_trip(char const* name, int core)
{
    if (pipe(to_child) != 0 || pipe(to_parent) != 0)
        return say(name, 0);
    pid_t child = fork();
    if (child == 0) {
        char from[16], to[16];
        close(to_child[1]);
        close(to_parent[0]);
        if (core == 0)
            echo(to_child[0], to_parent[1]);
        snprintf(from, sizeof from, "%d", to_child[0]);
        snprintf(to, sizeof to, "%d", to_parent[1]);
        pin(core);
        execl("/init", "/init", "--echo", from, to, (char*)0);
        _exit(1);
    }
    close(to_child[0]);
    close(to_parent[1]);
    measure(name, 2000, round_trip);
    close(to_child[1]);
    close(to_parent[0]);
    waitpid(child, NULL, 0);
}

static int fork_exec(void)
{
    int status = 1;
    pid_t child = fork();
    if (child == 0) {
        execl("/init", "/init", "--exit", (char*)0);
        _exit(1);
    }
    return waitpid(child, &status, 0) == child && status == 0 ? 0 : -1;
}

static void calls(void)
{
    measure("null_call", 20000, null_call);
    pipe_round_trip("pipe_round_trip", 0);
    measure("fork_exec_wait", 60, fork_exec);
}

// ---- two cores ------------------------------------------------------------------------------------
static uint32_t words[2]; // the turn of each thread

static void await(uint32_t* word)
{
    while (__atomic_exchange_n(word, 0, __ATOMIC_ACQUIRE) == 0)
        syscall(SYS_futex, word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0);
}

static void give(uint32_t* word)
{
    __atomic_store_n(word, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0);
}

static void* answer(void* core)
{
    pin((int)(intptr_t)core);
    for (;;) {
        await(&words[0]);
        give(&words[1]);
    }
    return NULL;
}

static int ask(void)
{
    give(&words[0]);
    await(&words[1]);
    return 0;
}

static void futex_round_trip(char const* name, int own, int other)
{
    pthread_t thread;
    pin(own);
    if (pthread_create(&thread, NULL, answer, (void*)(intptr_t)other) != 0)
        return say(name, 0);
    usleep(10000);
    measure(name, 2000, ask);
}

// ---- calls of a limb that need no home --------------------------------------------------------------
static int wake_nobody(void)
{
    return syscall(SYS_futex, &words[0], FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1) == 0 ? 0 : -1;
}
static int wait_for_nothing(void)
{
    return syscall(SYS_futex, &words[0], FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0) == -1 ? 0 : -1;
}
static int read_clock(void)
{
    struct timespec now;
    return syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) == 0 ? 0 : -1;
}

static void settled(void)
{
    pin(1);
    measure("wake_nobody", 2000, wake_nobody);
    measure("wait_for_nothing", 2000, wait_for_nothing);
    measure("read_clock", 2000, read_clock);
}

// ---- work that spreads ----------------------------------------------------------------------------
static long const work = 30000000;

static void* compute(void* unused)
{
    for (long i = 0; i < work; i++)
        __asm__ volatile("" ::: "memory");
    return unused;
}

static void processes(int count)
{
    MARK(0);
    for (int i = 0; i < count; i++)
        if (fork() == 0) {
            compute(NULL);
            _exit(0);
        }
    while (wait(NULL) > 0) { }
    MARK(1);
    say("processes", count);
}

static void threads(int count)
{
    pthread_t all[64];
    MARK(0);
    for (int i = 0; i < count; i++)
        pthread_create(&all[i], NULL, compute, NULL);
    for (int i = 0; i < count; i++)
        pthread_join(all[i], NULL);
    MARK(1);
    say("threads", count);
}

// Each fills 16 MiB that nobody has touched, on a core of its own.
static void* fill(void* number)
{
    enum { size = 16 << 20 };
    pin((int)(intptr_t)number % cores);
    uint64_t* const area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED)
        return NULL;
    madvise(area, size, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < size / sizeof *area; i++)
        ((uint64_t volatile*)area)[i] = i;
    munmap(area, size);
    return NULL;
}

static void fillers(int count)
{
    pthread_t all[64];
    MARK(0);
    for (int i = 0; i < count; i++)
        pthread_create(&all[i], NULL, fill, (void*)(intptr_t)i);
    for (int i = 0; i < count; i++)
        pthread_join(all[i], NULL);
    MARK(1);
    say("fillers", count);
}

// ---- a real-time program --------------------------------------------------------------------------
// Sleeps to each of the next milliseconds; each time it runs is a mark.
static void wake_ups(long count)
{
    struct sched_param urgent = {80};
    struct timespec next;
    int failed = sched_setscheduler(0, SCHED_FIFO, &urgent);
    mlockall(MCL_CURRENT | MCL_FUTURE);
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (long i = 0; i < count && !failed; i++) {
        next.tv_nsec += 1000000;
        if (next.tv_nsec >= 1000000000) {
            next.tv_nsec -= 1000000000;
            next.tv_sec++;
        }
        failed = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
        MARK(2);
    }
    say("wake_up", failed ? 0 : count);
}

// ---- the whole ------------------------------------------------------------------------------------
// This program once more, on a core.
static pid_t start(int core, char const* what)
{
    pid_t child = fork();
    if (child == 0) {
        pin(core);
        execl("/init", "/init", what, (char*)0);
        _exit(1);
    }
    return child;
}

static void start_load(int from, int to, char const* what)
{
    for (int core = from; core < to; core++)
        start(core, what);
    usleep(20000);
}

// ---- rounds of a torus where many processes sleep ----------------------------------------------------
static int sleepers, spinners;

static void rounds(void)
{
    int volatile* const begun = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int made = 0;
    for (; made < sleepers; made++) {
        pid_t const child = fork();
        if (child == 0) {
            __atomic_fetch_add(begun, 1, __ATOMIC_RELAXED);
            for (;;)
                pause();
        }
        if (child < 0)
            break;
    }
    while (*begun < made)
        usleep(1000);
    for (int i = 0; i < spinners; i++)
        if (fork() == 0) {
            pin_to_all();
            for (;;) { }
        }
    usleep(200000); // loads are smoothed, and who computes has found its core
    MARK(0);
    for (long volatile i = 0; i < 20000000; i++) { }
    MARK(1);
    say("rounds", made);
}

static void run_case(char const* name)
{
    if (strcmp(name, "calls") == 0) {
        calls();
    } else if (strcmp(name, "pipe") == 0) {
        pipe_round_trip("pipe_two_cores", 1);
    } else if (strcmp(name, "futex") == 0) {
        futex_round_trip("futex_two_cores", 0, 1);
    } else if (strcmp(name, "limbs") == 0) { // neither is where the process is
        futex_round_trip("futex_two_limbs", 1, 2);
    } else if (strcmp(name, "settled") == 0) {
        settled();
    } else if (strcmp(name, "processes") == 0) {
        pin_to_all();
        processes(4);
    } else if (strcmp(name, "threads") == 0) {
        pin_to_all();
        threads(4);
    } else if (strcmp(name, "fillers") == 0) {
        pin_to_all();
        fillers(4);
    } else if (strcmp(name, "rounds") == 0) {
        rounds();
    } else if (strcmp(name, "wake") == 0) {
        waitpid(start(cores - 1, "--wake"), NULL, 0);
    }
}

int main(int argc, char** argv)
{
    char const* name = "calls";
    int load = 0;
    if (argc == 4 && strcmp(argv[1], "--echo") == 0)
        echo(atoi(argv[2]), atoi(argv[3]));
    if (argc == 2 && strcmp(argv[1], "--exit") == 0)
        _exit(0);
    if (argc == 2 && strcmp(argv[1], "--churn") == 0)
        churn(4);
    if (argc == 2 && strcmp(argv[1], "--compute") == 0)
        churn(0);
    if (argc == 2 && strcmp(argv[1], "--wake") == 0) {
        wake_ups(1000);
        _exit(0);
    }
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "case=", 5) == 0)
            name = argv[i] + 5;
        if (strncmp(argv[i], "cores=", 6) == 0)
            cores = atoi(argv[i] + 6);
        if (strncmp(argv[i], "processes=", 10) == 0)
            sleepers = atoi(argv[i] + 10);
        if (strncmp(argv[i], "spinners=", 9) == 0)
            spinners = atoi(argv[i] + 9);
        if (strncmp(argv[i], "load=", 5) == 0)
            load = atoi(argv[i] + 5);
    }
    mkdir("/dev", 0755);
    mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
    pin(0);
    if (load)
        start_load(1, strcmp(name, "wake") == 0 ? cores - 1 : cores, load == 1 ? "--churn" : "--compute");
    usleep(100000);
    run_case(name);
    (void)!write(1, "row done 0\n", 11);
    reboot(RB_POWER_OFF);
    for (;;)
        pause();
}
