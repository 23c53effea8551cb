// SPDX-License-Identifier: MIT
// wait4 and waitid: whom they wait for, their options, what they report.
#include "abi.h"

static pid_t exiting(int code)
{
    pid_t child = (pid_t)MUST(fork());
    if (child == 0)
        _exit(code);
    return child;
}

static pid_t waiting(void)
{
    pid_t child = (pid_t)MUST(fork());
    if (child == 0)
        for (;;)
            pause();
    return child;
}

static void show_info(char const* what, siginfo_t* info, pid_t child)
{
    static char const* const codes[]
        = {"0", "CLD_EXITED", "CLD_KILLED", "CLD_DUMPED", "CLD_TRAPPED", "CLD_STOPPED", "CLD_CONTINUED"};
    say("%s: %s %s status %d, pid right %d, uid %d", what, signal_name(info->si_signo), codes[info->si_code],
        info->si_status, info->si_pid == child, (int)info->si_uid);
}

static void wait4_selects(void)
{
    int status = 0x5555;
    pid_t a = exiting(1), b = exiting(2), c = waiting();
    IS(waitpid(b, &status, 0) == b);
    show_status("b", status);
    VALUE(waitpid(c, &status, WNOHANG));
    IS(wait4(-1, &status, 0, NULL) == a);
    show_status("a", status);
    VALUE(waitpid(a, &status, 0));
    VALUE(waitpid(1, &status, 0));
    setpgid(c, c);
    VALUE(waitpid(0, &status, WNOHANG));
    VALUE(waitpid(-c, &status, WNOHANG));
    kill(c, SIGKILL);
    IS(waitpid(-c, &status, 0) == c);
    show_status("c", status);
    VALUE(waitpid(-1, &status, 0));
    VALUE(waitpid(-1, &status, WNOHANG));
    VALUE(wait4(-1, &status, 0x1000, NULL));
    VALUE(wait4(INT_MIN, &status, 0, NULL));
    VALUE(wait4(-1, (int*)1, WNOHANG, NULL));
    a = exiting(5);
    VALUE((wait4(a, (int*)1, 0, NULL)));
    VALUE(waitpid(a, NULL, 0));
    a = exiting(6);
    IS(waitpid(a, NULL, 0) == a);
}

static void usage_of_a_child(void)
{
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        for (long volatile i = 0; i < 20000000; i++) { }
        _exit(0);
    }
    struct rusage usage;
    memset(&usage, 0xff, sizeof usage);
    int status;
    IS(wait4(child, &status, 0, &usage) == child);
    IS(usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_sec * 1000000
            + usage.ru_stime.tv_usec
        > 0);
    IS(usage.ru_utime.tv_sec < 30 && usage.ru_maxrss >= 0 && usage.ru_minflt > 0);
}

static void killed(void)
{
    int const signals[] = {SIGTERM, SIGKILL, SIGABRT, SIGSEGV, SIGHUP, SIGRTMIN + 3, SIGUSR1, SIGALRM,
        SIGPIPE, SIGTRAP, SIGXCPU, SIGSYS, SIGIO};
    for (unsigned i = 0; i < COUNT(signals); i++)
        CHILD("killed", raise(signals[i]); _exit(0));
    int const ignored[] = {SIGCHLD, SIGURG, SIGWINCH, SIGCONT};
    for (unsigned i = 0; i < COUNT(ignored); i++)
        CHILD("survived", raise(ignored[i]); _exit(0));
}

static void waitid_reports(void)
{
    siginfo_t info;
    pid_t child = exiting(42);
    memset(&info, 0xff, sizeof info);
    VALUE(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT));
    show_info("left waiting", &info, child);
    VALUE(waitid(P_PID, (id_t)child, &info, WEXITED));
    show_info("taken", &info, child);
    VALUE(waitid(P_PID, (id_t)child, &info, WEXITED));
    child = waiting();
    memset(&info, 0xff, sizeof info);
    VALUE(waitid(P_ALL, 0, &info, WEXITED | WNOHANG));
    say("nothing yet: signal %d pid %d", info.si_signo, info.si_pid);
    kill(child, SIGSTOP);
    VALUE(waitid(P_PID, (id_t)child, &info, WSTOPPED));
    show_info("stopped", &info, child);
    VALUE(waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOHANG));
    say("reported once: signal %d", info.si_signo);
    kill(child, SIGCONT);
    VALUE(waitid(P_PID, (id_t)child, &info, WCONTINUED));
    show_info("continued", &info, child);
    setpgid(child, child);
    VALUE(waitid(P_PGID, (id_t)getpgid(0), &info, WEXITED | WNOHANG));
    VALUE(waitid(P_PGID, (id_t)child, &info, WEXITED | WNOHANG));
    kill(child, SIGTERM);
    VALUE(waitid(P_PGID, (id_t)child, &info, WEXITED));
    show_info("killed", &info, child);
    VALUE(waitid(P_ALL, 0, &info, WEXITED));
    VALUE(waitid(P_ALL, 0, &info, 0));
    VALUE(waitid(P_ALL, 0, &info, WNOHANG));
    VALUE(waitid(9, 0, &info, WEXITED));
    VALUE(waitid(P_PID, 0, &info, WEXITED));
    VALUE(waitid(P_PID, (id_t)-1, &info, WEXITED));
    VALUE(waitid(P_ALL, 0, &info, 0x40 | WEXITED));
    child = exiting(3);
    VALUE(waitid(P_PID, (id_t)child, NULL, WEXITED));
    child = exiting(3);
    struct rusage usage;
    VALUE(SYS(waitid, P_PID, child, &info, WEXITED, &usage));
    IS(info.si_pid == child);
}

static void group_zero(void)
{
    siginfo_t info;
    pid_t child = exiting(4);
    VALUE(waitid(P_PGID, 0, &info, WEXITED));
    show_info("own group", &info, child);
}

static void nothing(int signal)
{
    (void)signal;
}

// A hundred children: those with news are found wherever they stand, by pid, by group and by chance, while a
// timer interrupts all the time.
enum { MANY = 100 };

static void with_many_children(void)
{
    pid_t children[MANY];
    for (int i = 0; i < MANY; i++) {
        children[i] = waiting();
        if (i % 2)
            setpgid(children[i], children[1]);
    }
    struct itimerval const often = {{0, 300}, {0, 300}}, never = {{0, 0}, {0, 0}};
    signal(SIGALRM, nothing);
    setitimer(ITIMER_REAL, &often, NULL);
    int status, right = 0;
    IS(waitpid(-1, &status, WNOHANG) == 0);
    for (int i = MANY - 1; i > 0; i -= 9) {
        kill(children[i], SIGKILL);
        pid_t const wanted[] = {-1, children[i], i % 2 ? -children[1] : 0};
        pid_t got;
        do
            got = waitpid(wanted[i / 9 % 3], &status, 0);
        while (got < 0 && errno == EINTR);
        right += got == children[i];
    }
    say("found %d", right);
    for (int i = 0; i < MANY; i++)
        kill(children[i], SIGKILL);
    int taken = 0;
    for (;;) {
        pid_t const got = waitpid(-1, &status, 0);
        if (got > 0)
            taken++;
        else if (errno != EINTR)
            break;
    }
    setitimer(ITIMER_REAL, &never, NULL);
    say("taken %d", taken);
}

int main(void)
{
    wait4_selects();
    usage_of_a_child();
    killed();
    waitid_reports();
    group_zero();
    with_many_children();
    return 0;
}
