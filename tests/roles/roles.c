// SPDX-License-Identifier: MIT
// Where programs of different kinds end up: runs as pid 1, starts some workers, each a program of its own,
// and prints
//     KIND first CORE last CORE
// for each when the time is over, and
//     moves N M    threads that the rules had sent elsewhere and processes that had moved, after two thirds
//     of the time and at its end
// Arguments: ms=N, and KIND@CORE for each worker, which begins there and may be anywhere once all have begun,
// or KIND, which begins wherever it is placed; in the order in which they begin. "then" among them: those
// before it run for their time and end, before those behind it begin. KIND: scalar computes; vector computes
// with NEON; sleeper runs for 100 us every 5 ms; copies computes, and copies memory now and then.
#define _GNU_SOURCE
#include <arm_neon.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long length = 1000; // ms

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void sleep_for(int64_t ns)
{
    struct timespec const time = {ns / 1000000000, ns % 1000000000};
    nanosleep(&time, NULL);
}

static void set_mask(int pid, uint64_t bits)
{
    if (syscall(SYS_sched_setaffinity, pid, sizeof bits, &bits) < 0)
        perror("sched_setaffinity");
}

// ---- the workers ----------------------------------------------------------------------------------------

static void scalar(void)
{
    for (int volatile i = 0; i < 2000; i++) { }
}

static void vector(void)
{
    static float32x4_t volatile kept;
    float32x4_t a = kept, b = vdupq_n_f32(1.5f);
    for (int i = 0; i < 2000; i++) {
        a = vfmaq_f32(a, b, b);
        b = vmulq_f32(b, a);
        __asm__ volatile("" : "+w"(a), "+w"(b));
    }
    kept = a;
}

static void copies(void)
{
    static char from[512], to[512];
    memcpy(to, from, sizeof to);
    __asm__ volatile("" : : : "memory");
    scalar();
}

static void sleeper(void)
{
    for (int64_t const end = now() + 100000; now() < end;) { }
    sleep_for(5000000);
}

static struct {
    char const* name;
    void (*work)(void);
} const kinds[] = {{"scalar", scalar}, {"vector", vector}, {"copies", copies}, {"sleeper", sleeper}};
enum { kind_count = sizeof kinds / sizeof *kinds };

static int run_worker(char const* kind)
{
    for (int k = 0; k < kind_count; k++) {
        if (strcmp(kinds[k].name, kind) != 0)
            continue;
        int const first = sched_getcpu();
        int64_t const end = now() + length * 1000000;
        while (now() < end)
            kinds[k].work();
        printf("%s first %d last %d\n", kind, first, sched_getcpu());
        fflush(stdout);
        return 0;
    }
    return 1;
}

// ---- the first program ----------------------------------------------------------------------------------

static void say_moves(void)
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
    printf("moves %lu %lu\n", sent, moved);
    fflush(stdout);
}

static void make_names(void)
{
    for (int k = 0; k < kind_count; k++) {
        char path[32];
        snprintf(path, sizeof path, "/%s", kinds[k].name);
        if (link("/init", path) != 0)
            perror(path);
    }
}

static int start_worker(char const* argument)
{
    char path[32] = "/", time[32];
    char const* const core = strchr(argument, '@');
    strncat(path, argument, core != NULL ? (size_t)(core - argument) : sizeof path - 2);
    snprintf(time, sizeof time, "ms=%ld", length);
    int const pid = fork();
    if (pid == 0) {
        if (core != NULL)
            set_mask(0, 1ull << atoi(core + 1));
        execl(path, path, time, NULL);
        _exit(127);
    }
    return pid;
}

static void run_group(char** first, char** end)
{
    int pids[16], count = 0;
    for (char** argument = first; argument < end && count < 16; argument++)
        pids[count++] = start_worker(*argument);
    sleep_for(20000000);
    for (int i = 0; i < count; i++)
        set_mask(pids[i], ~0ull);
    sleep_for(length * 1000000 / 3 * 2);
    say_moves();
    sleep_for(length * 1000000 / 3 - 40000000);
    say_moves();
    while (wait(NULL) > 0) { }
}

int main(int argc, char** argv)
{
    char** end = argv + argc;
    char** first = argv + 1;
    for (char** argument = argv; argument < end; argument++)
        if (strncmp(*argument, "ms=", 3) == 0) {
            length = atol(*argument + 3);
            first = argument + 1;
        }
    if (getpid() != 1)
        return run_worker(strrchr(argv[0], '/') + 1);
    mkdir("/proc", 0755);
    mount("proc", "/proc", "proc", 0, NULL);
    make_names();
    for (char** argument = first; argument <= end; argument++)
        if (argument == end || strcmp(*argument, "then") == 0) {
            run_group(first, argument);
            first = argument + 1;
        }
    printf("roles done\n");
    fflush(stdout);
    sync();
    reboot(RB_POWER_OFF);
    return 1;
}
