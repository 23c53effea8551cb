// SPDX-License-Identifier: MIT
// What every ABI test program shares: printing a call with its outcome, errno and signal names, children,
// and the clock. A test prints only what two kernels must agree on: no pids, addresses or times.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define SYS(name, ...) syscall(SYS_##name, ##__VA_ARGS__)
#define PAGE 4096ul

// One write per line, so that lines of two processes never mix.
__attribute__((format(printf, 1, 2), unused)) static void say(char const* format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (n > (int)sizeof line - 2)
        n = (int)sizeof line - 2;
    line[n++] = '\n';
    for (int done = 0; done < n;) {
        ssize_t w = write(1, line + done, (size_t)(n - done));
        if (w <= 0)
            break;
        done += (int)w;
    }
}

__attribute__((unused)) static char const* error_name(int e)
{
    char const* name = strerrorname_np(e);
    static char number[16];
    if (name != NULL)
        return name;
    snprintf(number, sizeof number, "E%d", e);
    return number;
}

__attribute__((unused)) static char const* signal_name(int s)
{
    static char names[4][16];
    static int next;
    char* name = names[next++ & 3];
    char const* known = s > 0 && s < 32 ? sigabbrev_np(s) : NULL;
    if (known != NULL)
        snprintf(name, sizeof names[0], "SIG%s", known);
    else
        snprintf(name, sizeof names[0], "signal %d", s);
    return name;
}

__attribute__((unused)) static long show_value(char const* text, long value, int error)
{
    if (value == -1 && error != 0)
        say("%s = %s", text, error_name(error));
    else
        say("%s = %ld", text, value);
    errno = error;
    return value;
}

__attribute__((unused)) static long show_outcome(char const* text, long value, int error)
{
    if (value == -1 && error != 0)
        say("%s: %s", text, error_name(error));
    else
        say("%s: ok", text);
    errno = error;
    return value;
}

// VALUE prints "call = result" or "call = errno"; CHECK hides the result ("call: ok"); IS prints yes or no.
#define VALUE(call) (errno = 0, show_value(#call, (long)(call), errno))
#define CHECK(call) (errno = 0, show_outcome(#call, (long)(call), errno))
#define IS(condition) say("%s: %s", #condition, (condition) ? "yes" : "NO")
// For calls that set a test up: says so and ends the test when they fail.
#define MUST(call)                                                                                           \
    ({                                                                                                       \
        long must_ = (long)(call);                                                                           \
        if (must_ == -1) {                                                                                   \
            say("set-up failed: %s: %s", #call, error_name(errno));                                          \
            _exit(99);                                                                                       \
        }                                                                                                    \
        must_;                                                                                               \
    })

__attribute__((unused)) static void show_status(char const* who, int status)
{
    if (WIFEXITED(status))
        say("%s: exited %d", who, WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        say("%s: killed by %s%s", who, signal_name(WTERMSIG(status)), WCOREDUMP(status) ? " (core)" : "");
    else if (WIFSTOPPED(status))
        say("%s: stopped by %s", who, signal_name(WSTOPSIG(status)));
    else if (WIFCONTINUED(status))
        say("%s: continued", who);
    else
        say("%s: status %#x", who, status);
}

__attribute__((unused)) static void reap(char const* who, pid_t child)
{
    int status = 0;
    pid_t got;
    while ((got = waitpid(child, &status, 0)) < 0 && errno == EINTR) { }
    if (got > 0)
        show_status(who, status);
    else
        say("%s: wait: %s", who, error_name(errno));
}

// Runs BODY in a child and reports how the child ended.
#define CHILD(who, ...)                                                                                      \
    do {                                                                                                     \
        pid_t child_ = (pid_t)MUST(fork());                                                                  \
        if (child_ == 0) {                                                                                   \
            __VA_ARGS__;                                                                                     \
            _exit(0);                                                                                        \
        }                                                                                                    \
        reap(who, child_);                                                                                   \
    } while (0)

// IN_CHILD("who") { ... }: the same for longer bodies.
__attribute__((unused)) static bool begin_child(char const* who)
{
    pid_t child = (pid_t)MUST(fork());
    if (child != 0)
        reap(who, child);
    return child == 0;
}
#define IN_CHILD(who) for (bool in_child_ = begin_child(who); in_child_; _exit(0))

__attribute__((unused)) static long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// Sleeps in full even when signals arrive.
__attribute__((unused)) static void sleep_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&t, &t) < 0 && errno == EINTR) { }
}

// Memory that a parent and its children share, zeroed.
__attribute__((unused)) static void* shared_memory(size_t size)
{
    void* p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        say("set-up failed: shared mmap: %s", error_name(errno));
        _exit(99);
    }
    return p;
}

__attribute__((unused)) static void* private_memory(size_t size)
{
    void* p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        say("set-up failed: mmap: %s", error_name(errno));
        _exit(99);
    }
    return p;
}

// Waits until *word becomes at least VALUE; gives up after five seconds.
__attribute__((unused)) static void await(int volatile* word, int value)
{
    for (int i = 0; *word < value; i++) {
        if (i == 2500) {
            say("gave up waiting for step %d", value);
            _exit(98);
        }
        sleep_ms(2);
    }
}

__attribute__((unused)) static void handle(int signal, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    MUST(sigaction(signal, &action, NULL));
}

__attribute__((unused)) static void handle_info(
    int signal, void (*handler)(int, siginfo_t*, void*), int flags)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO};
    MUST(sigaction(signal, &action, NULL));
}

// Gives up all privileges for good; uid 1000, gid 1000, no supplementary groups.
__attribute__((unused)) static void become_user(void)
{
    MUST(SYS(setgroups, 0, NULL));
    MUST(SYS(setresgid, 1000, 1000, 1000));
    MUST(SYS(setresuid, 1000, 1000, 1000));
}

__attribute__((unused)) static int make_file(char const* path, char const* text, int mode)
{
    int fd = (int)MUST(open(path, O_RDWR | O_CREAT | O_TRUNC, mode));
    if (text != NULL)
        MUST(write(fd, text, strlen(text)));
    return fd;
}

// A file without a name (eventfd, epoll, ...): flags, what its link says, mode.
__attribute__((unused)) static void show_nameless(int fd)
{
    VALUE(fcntl(fd, F_GETFL));
    VALUE(fcntl(fd, F_GETFD));
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    long n = readlink(path, text, sizeof text - 1);
    say("%.*s", (int)n, text);
    struct stat s;
    fstat(fd, &s);
    say("%o %ld", s.st_mode, (long)s.st_nlink);
}

// /proc/self/fdinfo of it, but for numbers that differ, and lines that begin with `hidden`.
__attribute__((unused)) static void show_fdinfo(int fd, char const* hidden)
{
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    FILE* info = fopen(path, "r");
    while (info && fgets(text, sizeof text, info)) {
        if (!strncmp(text, "mnt_id", 6) || !strncmp(text, "ino", 3)
            || (hidden && !strncmp(text, hidden, strlen(hidden))))
            continue;
        char const* inode = strstr(text, " ino:");
        say("%.*s", (int)(inode ? inode - text : (long)strcspn(text, "\n")), text);
    }
    fclose(info);
}
