// SPDX-License-Identifier: MIT
// clone3 with numbers of the caller's choice (set_tid), for processes and threads: who has such a number is
// found by it wherever it goes on, nobody else gets it meanwhile, and it is free again when the last trace of
// it is gone. Eight numbers in a row, so that each torus's turn comes.
#include "abi.h"
#include <dirent.h>
#include <linux/sched.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>

enum { first = 20001, count = 8 };
static int volatile* shared;
static char* self;

static pid_t numbered(pid_t number, uint64_t flags)
{
    struct clone_args a
        = {.flags = flags, .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&number, .set_tid_size = 1};
    return (pid_t)SYS(clone3, &a, sizeof a);
}

// Until nobody has it any more: threads and groups end in their own time, and orphans are to be waited for.
static pid_t in_the_end(pid_t number)
{
    pid_t child = -1;
    for (int i = 0; i < 1000 && (child = numbered(number, 0)) < 0 && errno == EEXIST; i++) {
        while (waitpid(-1, NULL, WNOHANG) > 0) { }
        sleep_ms(1);
    }
    return child;
}

static void free_in_the_end(char const* what)
{
    int got = 0;
    for (int i = 0; i < count; i++) {
        pid_t const child = in_the_end(first + i);
        if (child == 0)
            _exit(0);
        got += child == first + i && waitpid(child, NULL, 0) == child;
    }
    say("%s: %d of %d can be had again", what, got, count);
}

static bool is_listed(pid_t number)
{
    DIR* const list = opendir("/proc");
    bool found = false;
    for (struct dirent* e; (e = readdir(list)) != NULL;)
        found |= atoi(e->d_name) == number;
    closedir(list);
    return found;
}

static int has_entry(char const* format, pid_t a, pid_t b)
{
    char path[64];
    struct stat s;
    snprintf(path, sizeof path, format, a, b);
    return stat(path, &s) == 0;
}

// What a stranger finds under the number: all that can be asked by it.
static int found_by_number(pid_t number)
{
    int const descriptor = pidfd_open(number, 0);
    int const opened = descriptor >= 0;
    close(descriptor);
    return (kill(number, 0) == 0) + (sched_getscheduler(number) == SCHED_OTHER) + (getpgid(number) > 0)
        + (getsid(number) == getsid(0)) + has_entry("/proc/%d/stat", number, 0)
        + has_entry("/proc/%d/task/%d", number, number) + is_listed(number) + opened;
}

static void await_state(pid_t number, char state)
{
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/%d/stat", number);
    for (int i = 0; i < 2000; i++) {
        int const fd = open(path, O_RDONLY);
        ssize_t const n = read(fd, text, sizeof text - 1);
        close(fd);
        if (n > 0) {
            text[n] = 0;
            char const* const end = strrchr(text, ')');
            if (end != NULL && end[2] == state)
                return;
        }
        sleep_ms(1);
    }
    say("never in state %c", state);
}

static void exec_self(char const* what, pid_t number)
{
    char text[12];
    snprintf(text, sizeof text, "%d", number);
    execl(self, self, what, text, NULL);
    _exit(99);
}

static void processes(bool executes)
{
    int made = 0, refused = 0, found = 0, reaped = 0, zombies = 0, gone = 0;
    for (int i = 0; i < count; i++) {
        pid_t const number = first + i;
        shared[0] = 0;
        pid_t const child = numbered(number, 0);
        if (child == 0) {
            if (executes)
                exec_self("waits", number);
            shared[0] = getpid() == number && SYS(gettid) == number;
            while (shared[1] != number)
                sleep_ms(1);
            _exit(i);
        }
        made += child == number;
        refused += numbered(number, 0) < 0 && errno == EEXIST;
        if (executes)
            await_state(number, 'S');
        found += found_by_number(number);
        pid_t const stranger = fork();
        if (stranger == 0)
            exec_self("finds", number);
        int status = 0;
        waitpid(stranger, &status, 0);
        found += WEXITSTATUS(status);
        shared[1] = number;
        if (executes)
            kill(number, SIGUSR1);
        siginfo_t info;
        waitid(P_PID, (id_t)number, &info, WEXITED | WNOWAIT);
        zombies += numbered(number, 0) < 0 && errno == EEXIST;
        reaped += waitpid(number, &status, 0) == number && WEXITSTATUS(status) == i;
        gone += kill(number, 0) < 0 && errno == ESRCH && !has_entry("/proc/%d", number, 0);
        pid_t const next = numbered(number, 0); // at once
        if (next == 0)
            _exit(0);
        gone += next == number && waitpid(next, NULL, 0) == number;
    }
    say("%s: made %d, refused %d, found %d, refused as zombies %d, reaped %d, gone %d",
        executes ? "programs" : "processes", made, refused, found, zombies, reaped, gone);
}

static void stops_and_signals(void)
{
    int stopped = 0, continued = 0, killed = 0;
    for (int i = 0; i < count; i++) {
        pid_t const number = first + i;
        if (numbered(number, 0) == 0)
            exec_self("waits", number);
        await_state(number, 'S');
        int status = 0;
        kill(number, SIGSTOP);
        stopped += waitpid(number, &status, WUNTRACED) == number && WIFSTOPPED(status);
        kill(number, SIGCONT);
        continued += waitpid(number, &status, WCONTINUED) == number && WIFCONTINUED(status);
        kill(number, SIGTERM);
        killed += waitpid(number, &status, 0) == number && WTERMSIG(status) == SIGTERM;
    }
    say("stopped %d, continued %d, killed %d", stopped, continued, killed);
}

// All processes of the machine: those among them.
static void everybody(void)
{
    int killed = 0;
    for (int i = 0; i < count; i++)
        if (numbered(first + i, 0) == 0)
            for (;;)
                pause();
    VALUE(kill(-1, SIGTERM));
    for (int i = 0; i < count; i++) {
        int status = 0;
        killed += waitpid(first + i, &status, 0) == first + i && WTERMSIG(status) == SIGTERM;
    }
    say("killed with all others: %d", killed);
}

// A number that a group has is taken although its process is gone.
static void groups(bool session)
{
    int led = 0, reached = 0, refused = 0;
    for (int i = 0; i < count; i++) {
        pid_t const number = first + i;
        shared[0] = 0;
        pid_t const leader = numbered(number, 0);
        if (leader == 0) {
            shared[2] = session ? setsid() == number : setpgid(0, 0) == 0;
            if (fork() == 0) {
                shared[0] = 1;
                for (;;)
                    pause();
            }
            while (shared[1] != number + 100)
                sleep_ms(1);
            _exit(0);
        }
        await(&shared[0], 1);
        led += shared[2] && getpgid(number) == number && (getsid(number) == number) == session;
        shared[1] = number + 100;
        waitpid(number, NULL, 0);
        refused += numbered(number, 0) < 0 && errno == EEXIST;
        reached += kill(-number, 0) == 0;
        reached += kill(-number, SIGKILL) == 0;
    }
    say("%s: led %d, reached %d, refused %d", session ? "sessions" : "groups", led, reached, refused);
    free_in_the_end("after their groups");
}

// ---- threads: below the C library, which knows nothing of them
// ---------------------------------------------

static long raw(long number, long a, long b, long c, long d)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return x0;
}

static int volatile told[count], stays, left[count];
static char stacks[count][16384] __attribute__((aligned(16)));

__attribute__((used)) static void thread_main(long i)
{
    told[i] = (int)raw(SYS_gettid, 0, 0, 0, 0);
    struct timespec const moment = {0, 1000000};
    while (stays)
        raw(SYS_nanosleep, (long)&moment, 0, 0, 0);
    raw(SYS_exit, 0, 0, 0, 0);
}

static long numbered_thread(pid_t number, long i)
{
    struct clone_args a = {.flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD
            | CLONE_CHILD_CLEARTID | CLONE_PARENT_SETTID,
        .child_tid = (uintptr_t)&left[i],
        .parent_tid = (uintptr_t)&left[i],
        .stack = (uintptr_t)stacks[i],
        .stack_size = sizeof stacks[i],
        .set_tid = (uintptr_t)&number,
        .set_tid_size = 1};
    register long x8 __asm__("x8") = SYS_clone3;
    register long x0 __asm__("x0") = (long)&a;
    register long x1 __asm__("x1") = sizeof a;
    register long x19 __asm__("x19") = i;
    __asm__ volatile("svc #0\n"
                     "cbnz x0, 1f\n"
                     "mov x0, x19\n"
                     "bl thread_main\n"
                     "1:\n"
        : "+r"(x0)
        : "r"(x8), "r"(x1), "r"(x19)
        : "memory", "x30");
    return x0;
}

static void threads(void)
{
    int made = 0, refused = 0, knows = 0, found = 0, ended = 0;
    stays = 1;
    for (int i = 0; i < count; i++) {
        made += numbered_thread(first + i, i) == first + i;
        refused += numbered_thread(first + i, i) == -EEXIST;
        await(&told[i], first + i);
        knows += told[i] == first + i;
    }
    pid_t const me = getpid();
    for (int i = 0; i < count; i++) {
        found += SYS(tgkill, me, first + i, 0) == 0;
        found += has_entry("/proc/%d/task/%d", me, first + i);
        found += has_entry("/proc/%d/stat", first + i, 0) && !is_listed(first + i);
        found += numbered(first + i, 0) < 0 && errno == EEXIST;
    }
    pid_t const stranger = fork();
    if (stranger == 0) {
        char text[2][12];
        snprintf(text[0], sizeof text[0], "%d", first);
        snprintf(text[1], sizeof text[1], "%d", me);
        execl(self, self, "finds threads", text[0], text[1], NULL);
        _exit(99);
    }
    int status = 0;
    waitpid(stranger, &status, 0);
    stays = 0;
    for (int i = 0; i < count; i++) {
        for (int n = 0; n < 2000 && left[i] != 0; n++)
            sleep_ms(1);
        ended += left[i] == 0;
    }
    say("threads: made %d, refused %d, knows its number %d, found %d, by another %d, ended %d", made, refused,
        knows, found, WEXITSTATUS(status), ended);
    free_in_the_end("after the threads");
}

// A thread of a chosen number takes the place of the first one in execve.
static void thread_that_executes(void)
{
    pid_t const child = fork();
    if (child == 0) {
        stays = 1;
        numbered_thread(first, 0);
        exec_self("is", getpid());
    }
    int status = 0;
    waitpid(child, &status, 0);
    say("executed beside a thread: %d", WEXITSTATUS(status));
    free_in_the_end("after execve");
}

// ---- many at a time
// ----------------------------------------------------------------------------------------

// Several want the same numbers: each has one alone, and nothing gets lost.
static void contenders(void)
{
    enum { makers = 4, each = 60 };
    int volatile* const inside = shared + 16;
    shared[3] = shared[4] = 0;
    for (int m = 0; m < makers; m++)
        if (fork() == 0) {
            for (int n = 0; n < each; n++) {
                int const which = (n + m) % count;
                pid_t child;
                while ((child = numbered(first + which, n % 3 == 0 ? CLONE_VFORK : 0)) < 0 && errno == EEXIST)
                    sched_yield();
                if (child == 0) {
                    if (__atomic_fetch_add(&inside[which], 1, __ATOMIC_SEQ_CST) != 0)
                        __atomic_fetch_add(&shared[3], 1, __ATOMIC_SEQ_CST);
                    __atomic_fetch_add(&shared[4], 1, __ATOMIC_SEQ_CST);
                    __atomic_fetch_sub(&inside[which], 1, __ATOMIC_SEQ_CST);
                    _exit(0);
                }
                waitpid(child, NULL, 0);
            }
            _exit(0);
        }
    while (wait(NULL) > 0) { }
    say("contenders: %d made, %d at the same time", shared[4], shared[3]);
}

// Makers that are killed at any moment take no number with them.
static void killed_makers(void)
{
    int ends = 0;
    for (int round = 0; round < 60; round++) {
        pid_t const maker = fork();
        if (maker == 0)
            for (int n = round;; n++) {
                pid_t const number = first + n % count;
                pid_t const child = numbered(number, 0);
                if (child == 0)
                    _exit(0);
                if (child > 0)
                    waitpid(child, NULL, 0);
                stays = 0;
                numbered_thread(number, n % count);
            }
        struct timespec const moment = {0, 300000 + round * 50000};
        nanosleep(&moment, NULL);
        kill(maker, SIGKILL);
        ends += waitpid(maker, NULL, 0) == maker;
    }
    say("makers killed: %d", ends);
    free_in_the_end("after them");
}

static void limits(void)
{
    VALUE(numbered(0, 0));
    VALUE(numbered(-1, 0));
    VALUE(numbered(1, 0));
    VALUE(numbered(INT_MAX, 0));
    CHILD("without privilege", MUST(setresuid(1000, 1000, 1000));
        for (int i = 0; i < count; i++) VALUE(numbered(first + i, 0)));
}

static void on_usr1(int signal)
{
    (void)signal;
}

static int as_program(char const* what, pid_t number, char** rest)
{
    if (strcmp(what, "finds") == 0)
        return found_by_number(number);
    if (strcmp(what, "is") == 0)
        return getpid() == number && SYS(gettid) == number && kill(number, 0) == 0;
    if (strcmp(what, "finds threads") == 0) {
        int found = 0;
        for (int i = 0; i < count; i++)
            found += (kill(number + i, 0) == 0) + (SYS(tgkill, atoi(*rest), number + i, 0) == 0)
                + has_entry("/proc/%d/stat", number + i, 0)
                + (pidfd_open(number + i, 0) < 0 && !is_listed(number + i));
        return found;
    }
    handle(SIGUSR1, on_usr1, 0);
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &before);
    bool const is = getpid() == number && getpgid(number) == getpgrp() && kill(number, 0) == 0;
    siginfo_t info;
    while (sigwaitinfo(&set, &info) != SIGUSR1) { }
    return is ? number - first : 88;
}

int main(int argc, char** argv)
{
    if (argc > 2)
        return as_program(argv[1], atoi(argv[2]), argv + 3);
    self = realpath("/proc/self/exe", NULL);
    shared = shared_memory(PAGE);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    limits();
    processes(false);
    processes(true);
    stops_and_signals();
    everybody();
    groups(false);
    groups(true);
    threads();
    thread_that_executes();
    contenders();
    killed_makers();
    return 0;
}
