// SPDX-License-Identifier: MIT
// What siginfo says, by origin of the signal; the calls that take a siginfo from the user.
#include "abi.h"

static siginfo_t volatile last;
static int volatile count;

static void on_info(int signal, siginfo_t* info, void* context)
{
    (void)signal;
    (void)context;
    last = *info;
    count++;
}

static void show(char const* what)
{
    siginfo_t info = last;
    say("%s: %d time(s), %s code %d errno %d, pid mine %d, uid %d, value %d", what, count,
        signal_name(info.si_signo), info.si_code, info.si_errno, info.si_pid == getpid(), (int)info.si_uid,
        info.si_value.sival_int);
    memset((void*)&last, 0, sizeof last);
    count = 0;
}

static long queue(pid_t pid, int signal, int code, int value)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_signo = 11;
    info.si_code = code;
    info.si_pid = getpid();
    info.si_uid = 0;
    info.si_value.sival_int = value;
    return SYS(rt_sigqueueinfo, pid, signal, &info);
}

static void waiting(void)
{
    sigset_t set;
    siginfo_t info;
    struct timespec none = {0, 0}, some = {0, 60000000}, bad = {0, 1000000000}, negative = {-1, 0};
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    VALUE(sigtimedwait(&set, &info, &none));
    long start = now_ms();
    VALUE(sigtimedwait(&set, &info, &some));
    IS(now_ms() - start >= 58);
    VALUE(sigtimedwait(&set, &info, &bad));
    VALUE(sigtimedwait(&set, &info, &negative));
    VALUE(SYS(rt_sigtimedwait, &set, &info, &none, 4));
    VALUE(SYS(rt_sigtimedwait, 1, &info, &none, 8));
    queue(getpid(), SIGRTMIN, SI_QUEUE, 77);
    raise(SIGUSR1);
    VALUE(sigtimedwait(&set, &info, &none));
    VALUE(sigtimedwait(&set, &info, &none));
    say("value %d code %d", info.si_value.sival_int, info.si_code);
    raise(SIGUSR1);
    VALUE(sigwaitinfo(&set, NULL));
    raise(SIGUSR1);
    VALUE(SYS(rt_sigtimedwait, &set, 1, NULL, 8));
    VALUE(sigtimedwait(&set, &info, &none));
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        sleep_ms(40);
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    VALUE(sigwaitinfo(&set, &info));
    say("from the child %d, code %d", info.si_pid == child, info.si_code);
    reap("sender", child);
    child = (pid_t)MUST(fork());
    if (child == 0) {
        sleep_ms(40);
        kill(getppid(), SIGUSR2);
        _exit(0);
    }
    some.tv_sec = 5;
    VALUE(sigtimedwait(&set, &info, &some));
    say("handled in between: %d", count);
    reap("sender", child);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    count = 0;
}

int main(void)
{
    handle_info(SIGUSR1, on_info, 0);
    handle_info(SIGUSR2, on_info, 0);
    handle_info(SIGRTMIN, on_info, 0);
    handle_info(SIGALRM, on_info, 0);
    handle_info(SIGPIPE, on_info, 0);
    handle_info(SIGCHLD, on_info, 0);
    kill(getpid(), SIGUSR1);
    show("kill");
    SYS(tkill, getpid(), SIGUSR1);
    show("tkill");
    SYS(tgkill, getpid(), getpid(), SIGUSR1);
    show("tgkill");
    sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 1234});
    show("sigqueue");
    VALUE(queue(getpid(), SIGRTMIN, -60, 5));
    show("rt_sigqueueinfo with a code of its own");
    VALUE(queue(getpid(), SIGRTMIN, SI_USER, 6));
    show("to oneself, as from kill");
    VALUE(queue(getpid(), SIGRTMIN, SI_TKILL, 6));
    count = 0;
    VALUE(queue(getppid(), 0, SI_USER, 6));
    VALUE(queue(getppid(), 0, SI_TKILL, 6));
    VALUE(queue(getppid(), 0, 5, 6));
    VALUE(queue(getppid(), 0, -5, 6));
    VALUE(queue(getpid(), 65, -5, 6));
    VALUE(queue(99999, SIGUSR1, -5, 6));
    VALUE(SYS(rt_sigqueueinfo, getpid(), SIGUSR1, 1));
    siginfo_t info = {.si_code = -9};
    info.si_value.sival_int = 4321;
    VALUE(SYS(rt_tgsigqueueinfo, getpid(), getpid(), SIGRTMIN, &info));
    show("rt_tgsigqueueinfo");
    VALUE(SYS(rt_tgsigqueueinfo, -1, getpid(), SIGRTMIN, &info));
    VALUE(SYS(rt_tgsigqueueinfo, getpid(), 1, SIGRTMIN, &info));
    alarm(1);
    pause();
    show("alarm");
    int ends[2];
    MUST(pipe(ends));
    close(ends[0]);
    write(ends[1], "", 1);
    show("broken pipe");
    CHILD("exits", _exit(9));
    say("child's end: %d time(s), code %d status %d", count, last.si_code, last.si_status);
    CHILD("killed", raise(SIGKILL));
    say("child's end: code %d status %d", last.si_code, last.si_status);
    handle(SIGCHLD, SIG_DFL, 0);
    count = 0;
    waiting();
    return 0;
}
