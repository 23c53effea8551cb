// SPDX-License-Identifier: MIT
// Blocking calls and signals: with a handler they fail with EINTR or start again by SA_RESTART; a stop and
// continue without a handler goes unnoticed by most.
#include "abi.h"
#include <linux/futex.h>
#include <sys/file.h>

static int volatile* shared;
static int pipe_in[2], pipe_full[2], lock_fd;
static long start;

static void on_signal(int signal)
{
    (void)signal;
    shared[1]++;
}

static int timed(long ms)
{
    return now_ms() - start >= ms ? 1 : 0;
}

static long call_read(void)
{
    char byte;
    return read(pipe_in[0], &byte, 1);
}
static long call_write(void)
{
    return write(pipe_full[1], "x", 1);
}
static long call_readv(void)
{
    char byte;
    struct iovec part = {&byte, 1};
    return readv(pipe_in[0], &part, 1);
}
static long call_wait(void)
{
    int status;
    return waitpid(-1, &status, 0) > 0 ? 1 : -1;
}
static long call_waitid(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED);
}
static long call_nanosleep(void)
{
    struct timespec t = {0, 150000000}, left = {9, 9};
    long r = nanosleep(&t, &left);
    if (r < 0 && errno == EINTR)
        shared[3] = left.tv_sec == 0 && left.tv_nsec > 0 && left.tv_nsec < 150000000 ? 1 : 2;
    return r;
}
static long call_clock_nanosleep(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += 150000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_nsec -= 1000000000;
        t.tv_sec++;
    }
    errno = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    return errno ? -1 : 0;
}
static long call_ppoll(void)
{
    struct pollfd p = {pipe_in[0], POLLIN, 0};
    return ppoll(&p, 1, NULL, NULL);
}
static long call_ppoll_timeout(void)
{
    struct timespec t = {0, 150000000};
    return ppoll(NULL, 0, &t, NULL);
}
static long call_pselect(void)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(pipe_in[0], &set);
    return pselect(pipe_in[0] + 1, &set, NULL, NULL, NULL, NULL);
}
static long call_futex(void)
{
    return SYS(futex, &shared[2], FUTEX_WAIT, 0, NULL, NULL, 0);
}
static long call_futex_timeout(void)
{
    struct timespec t = {0, 150000000};
    return SYS(futex, &shared[4], FUTEX_WAIT, 0, &t, NULL, 0);
}
static long call_flock(void)
{
    int fd = open("lock", O_RDWR);
    return flock(fd, LOCK_EX);
}
static long call_setlkw(void)
{
    struct flock lock = {.l_type = F_WRLCK};
    int fd = open("record", O_RDWR);
    return fcntl(fd, F_SETLKW, &lock);
}
static long call_open_fifo(void)
{
    return open("fifo", O_RDONLY) >= 0 ? 0 : -1;
}
static long call_sigsuspend(void)
{
    sigset_t set;
    sigemptyset(&set);
    return sigsuspend(&set);
}
static long call_sigtimedwait(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    struct timespec t = {0, 150000000};
    return sigtimedwait(&set, NULL, &t);
}
static long call_sendfile(void)
{
    int fd = open("data", O_RDONLY);
    return SYS(sendfile, pipe_full[1], fd, NULL, 10);
}

struct blocking {
    char const* name;
    long (*call)(void);
    int needs_child;
};

static struct blocking const calls[] = {
    {"read", call_read, 0},
    {"readv", call_readv, 0},
    {"write", call_write, 0},
    {"sendfile", call_sendfile, 0},
    {"wait4", call_wait, 1},
    {"waitid", call_waitid, 1},
    {"nanosleep", call_nanosleep, 0},
    {"clock_nanosleep absolute", call_clock_nanosleep, 0},
    {"ppoll", call_ppoll, 0},
    {"ppoll with a time limit", call_ppoll_timeout, 0},
    {"pselect6", call_pselect, 0},
    {"futex", call_futex, 0},
    {"futex with a time limit", call_futex_timeout, 0},
    {"flock", call_flock, 0},
    {"F_SETLKW", call_setlkw, 0},
    {"open of a fifo", call_open_fifo, 0},
    {"sigsuspend", call_sigsuspend, 0},
    {"sigtimedwait", call_sigtimedwait, 0},
};

static void blocker(struct blocking const* what, int how)
{
    handle(SIGUSR1, on_signal, how == 1 ? SA_RESTART : 0);
    pid_t grandchild = 0;
    if (what->needs_child && (grandchild = fork()) == 0) {
        sleep_ms(140);
        _exit(0);
    }
    start = now_ms();
    shared[0] = 1;
    errno = 0;
    long r = what->call();
    int error = errno;
    bool satisfied = shared[5] == 1;
    char detail[64] = "";
    if (shared[3] != 0)
        snprintf(detail, sizeof detail, ", remaining time %s", shared[3] == 1 ? "right" : "wrong");
    say("%s: %s, handlers run %d, %s%s", what->name, r < 0 ? error_name(error) : "done", shared[1],
        satisfied || timed(130) ? "late" : "at once", detail);
    if (grandchild > 0)
        kill(grandchild, SIGKILL);
    _exit(0);
}

// Lets what the child waits for happen.
static void satisfy(pid_t child)
{
    shared[5] = 1;
    write(pipe_in[1], "a", 1);
    shared[2] = 1;
    SYS(futex, &shared[2], FUTEX_WAKE, 1, NULL, NULL, 0);
    flock(lock_fd, LOCK_UN);
    struct flock lock = {.l_type = F_UNLCK};
    int record = open("record", O_RDWR);
    fcntl(record, F_SETLK, &lock);
    close(record);
    int fd = open("fifo", O_WRONLY | O_NONBLOCK);
    static char sink[65536];
    read(pipe_full[0], sink, sizeof sink);
    for (int i = 0; i < 50; i++) {
        sleep_ms(4);
        if (waitpid(child, NULL, WNOHANG) == child) {
            close(fd);
            return;
        }
    }
    close(fd);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    say("  still blocked: ended by force");
}

static void try(struct blocking const* what, int how)
{
    memset((void*)shared, 0, PAGE);
    MUST(pipe(pipe_in));
    MUST(pipe(pipe_full));
    static char const block[4096];
    fcntl(pipe_full[1], F_SETFL, O_NONBLOCK);
    while (write(pipe_full[1], block, sizeof block) > 0) { }
    fcntl(pipe_full[1], F_SETFL, 0);
    lock_fd = make_file("lock", NULL, 0644);
    close(make_file("data", "0123456789", 0644));
    MUST(flock(lock_fd, LOCK_EX));
    int record = make_file("record", NULL, 0644);
    struct flock lock = {.l_type = F_WRLCK};
    MUST(fcntl(record, F_SETLK, &lock));
    mkfifo("fifo", 0666);
    pid_t child = (pid_t)MUST(fork());
    if (child == 0)
        blocker(what, how);
    await(&shared[0], 1);
    sleep_ms(25);
    if (how == 2) {
        kill(child, SIGSTOP);
        sleep_ms(10);
        kill(child, SIGCONT);
    } else {
        kill(child, SIGUSR1);
    }
    sleep_ms(45);
    satisfy(child);
    close(pipe_in[0]);
    close(pipe_in[1]);
    close(pipe_full[0]);
    close(pipe_full[1]);
    close(lock_fd);
    close(record);
}

int main(void)
{
    static char const* const how_names[] = {"handler", "handler with SA_RESTART", "stop and continue"};
    shared = shared_memory(PAGE);
    for (int how = 0; how < 3; how++) {
        say("== %s", how_names[how]);
        for (unsigned i = 0; i < COUNT(calls); i++)
            try(&calls[i], how);
    }
    return 0;
}
