// SPDX-License-Identifier: MIT
// Descriptors of processes: pidfd_open, CLONE_PIDFD, poll, waitid, pidfd_send_signal; also of processes that
// are not children, and by a program that was executed since.
#include "abi.h"
#include <linux/sched.h>
#include <poll.h>

#define P_PIDFD_ 3

static int pidfd_open_(pid_t pid, unsigned flags)
{
    return (int)SYS(pidfd_open, pid, flags);
}
static int send_(int fd, int signal, void* info, unsigned flags)
{
    return (int)SYS(pidfd_send_signal, fd, signal, info, flags);
}

static void ready(char const* what, int fd, int milliseconds)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    int n = poll(&poll_fd, 1, milliseconds);
    say("%s: %d %#x", what, n, poll_fd.revents);
}

static void wait_by(int fd, int options)
{
    siginfo_t info = {0};
    long outcome = SYS(waitid, P_PIDFD_, fd, &info, options, NULL);
    say("waitid: %s, signal %d code %d status %d", outcome == 0 ? "0" : error_name(errno), info.si_signo,
        info.si_code, info.si_status);
}

static void describe(int fd, pid_t pid)
{
    char path[64], text[512], target[64] = "";
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    VALUE(readlink(path, target, sizeof target));
    say("  %s", target);
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    int info = open(path, O_RDONLY);
    ssize_t n = read(info, text, sizeof text - 1);
    close(info);
    text[n > 0 ? n : 0] = 0;
    char const* line = strstr(text, "Pid:");
    say("  its number: %d, gone: %d", line != NULL && atoi(line + 4) == pid,
        line != NULL && atoi(line + 4) == -1);
    say("  flags %#o %#o", fcntl(fd, F_GETFL), fcntl(fd, F_GETFD));
}

static pid_t sleeper(void)
{
    pid_t pid = (pid_t)MUST(fork());
    if (pid == 0)
        for (;;)
            pause();
    return pid;
}

static void errors(void)
{
    CHECK(pidfd_open_(0, 0));
    CHECK(pidfd_open_(-1, 0));
    CHECK(pidfd_open_(4000000, 0));
    CHECK(pidfd_open_(getpid(), 1));
    CHECK(send_(0, 0, NULL, 0));
    CHECK(send_(99, 0, NULL, 0));
    int own = MUST(pidfd_open_(getpid(), 0));
    CHECK(send_(own, 0, NULL, 1));
    CHECK(send_(own, 65, NULL, 0));
    CHECK(send_(own, 0, NULL, 0));
    CHECK((int)SYS(waitid, P_PIDFD_, own, NULL, WEXITED, NULL));
    CHECK((int)SYS(waitid, P_PIDFD_, 0, NULL, WEXITED, NULL));
    CHECK((int)SYS(waitid, P_PIDFD_, -1, NULL, WEXITED, NULL));
    CHECK((int)SYS(waitid, P_PIDFD_, 99, NULL, WEXITED, NULL));
    char byte;
    CHECK((int)read(own, &byte, 1));
    CHECK((int)write(own, &byte, 1));
    VALUE(lseek(own, 0, SEEK_SET));
    close(own);
}

static void of_a_child(void)
{
    pid_t pid = sleeper();
    int fd = MUST(pidfd_open_(pid, O_NONBLOCK));
    describe(fd, pid);
    ready("alive", fd, 0);
    wait_by(fd, WEXITED);
    wait_by(fd, WEXITED | WNOHANG);
    VALUE(send_(fd, SIGTERM, NULL, 0));
    ready("ended", fd, 3000);
    VALUE(send_(fd, SIGTERM, NULL, 0));
    wait_by(fd, WEXITED | WNOWAIT);
    describe(fd, pid);
    wait_by(fd, WEXITED);
    ready("waited for", fd, 0);
    CHECK(send_(fd, SIGTERM, NULL, 0));
    CHECK(pidfd_open_(pid, 0));
    wait_by(fd, WEXITED);
    describe(fd, pid);
    close(fd);
}

static void by_clone(void)
{
    int fd = -1;
    pid_t pid = (pid_t)MUST(SYS(clone, CLONE_PIDFD | SIGCHLD, 0, &fd, 0, 0));
    if (pid == 0)
        _exit(fd == -1 ? 5 : 6); // what its memory says is from before
    say("clone told one: %d", fd >= 0);
    describe(fd, pid);
    wait_by(fd, WEXITED);
    close(fd);
    struct clone_args arguments = {.flags = CLONE_PIDFD, .pidfd = (uintptr_t)&fd, .exit_signal = SIGCHLD};
    fd = -1;
    pid = (pid_t)MUST(SYS(clone3, &arguments, sizeof arguments));
    if (pid == 0)
        _exit(7);
    wait_by(fd, WEXITED);
    close(fd);
    arguments.flags |= CLONE_PARENT_SETTID;
    arguments.parent_tid = arguments.pidfd;
    CHECK((int)SYS(clone3, &arguments, sizeof arguments));
    arguments.parent_tid = arguments.pidfd = 8;
    arguments.flags = CLONE_PIDFD;
    CHECK((int)SYS(clone3, &arguments, sizeof arguments));
    CHECK((int)SYS(clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, 0, &fd, 0, 0));
    CHECK((int)SYS(clone, CLONE_PIDFD | CLONE_DETACHED | SIGCHLD, 0, &fd, 0, 0));
    arguments.pidfd = (uintptr_t)&fd;
    arguments.flags = CLONE_PIDFD | CLONE_VM | CLONE_VFORK;
    static char stack[65536];
    arguments.stack = (uintptr_t)stack;
    arguments.stack_size = sizeof stack;
    struct rlimit none = {3, 3}, all;
    getrlimit(RLIMIT_NOFILE, &all);
    none.rlim_max = all.rlim_max;
    setrlimit(RLIMIT_NOFILE, &none);
    arguments.flags = CLONE_PIDFD, arguments.stack = arguments.stack_size = 0;
    CHECK((int)SYS(clone3, &arguments, sizeof arguments));
    setrlimit(RLIMIT_NOFILE, &all);
    CHECK((int)waitpid(-1, NULL, 0));
}

static sig_atomic_t volatile value_seen, code_seen;

static void on_signal(int signal, siginfo_t* info, void* context)
{
    (void)signal, (void)context;
    value_seen = info->si_value.sival_int;
    code_seen = info->si_code;
}

static void with_info(void)
{
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, NULL);
    int own = MUST(pidfd_open_(getpid(), 0));
    siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};
    info.si_value.sival_int = 42;
    VALUE(send_(own, SIGUSR1, &info, 0));
    say("got %d with code %d", value_seen, code_seen);
    CHECK(send_(own, SIGUSR2, &info, 0));
    pid_t pid = sleeper();
    int fd = MUST(pidfd_open_(pid, 0));
    info.si_code = SI_USER;
    CHECK(send_(fd, SIGUSR1, &info, 0));
    CHECK(send_(fd, SIGUSR1, (void*)8, 0));
    kill(pid, SIGKILL);
    wait_by(fd, WEXITED);
    close(fd), close(own);
}

// Executed by `of_others`: its parent's descriptor, of a process that is no child of this one.
static void stranger(int fd)
{
    ready("a sibling lives", fd, 0);
    wait_by(fd, WEXITED);
    VALUE(send_(fd, SIGKILL, NULL, 0));
    ready("and has ended", fd, 3000);
    int parent = MUST(pidfd_open_(getppid(), 0));
    ready("the parent lives", parent, 0);
    CHECK(send_(parent, 0, NULL, 0));
}

static void of_others(void)
{
    pid_t sibling = sleeper();
    int fd = MUST(pidfd_open_(sibling, 0));
    fcntl(fd, F_SETFD, 0);
    char number[8];
    snprintf(number, sizeof number, "%d", fd);
    pid_t pid = (pid_t)MUST(fork());
    if (pid == 0) {
        execl("/proc/self/exe", "pidfd", number, NULL);
        _exit(1);
    }
    int of_stranger = MUST(pidfd_open_(pid, 0)); // it may live elsewhere when it ends
    ready("the stranger ends", of_stranger, 5000);
    wait_by(of_stranger, WEXITED);
    wait_by(fd, WEXITED);
}

static void as_a_user(void)
{
    int parent = MUST(pidfd_open_(getppid(), 0));
    become_user();
    CHECK(send_(parent, SIGTERM, NULL, 0));
    CHECK(send_(parent, 0, NULL, 0));
}

int main(int count, char** arguments)
{
    if (count > 1)
        return stranger(atoi(arguments[1])), 0;
    errors();
    of_a_child();
    by_clone();
    with_info();
    of_others();
    CHILD("as a user", as_a_user());
    return 0;
}
