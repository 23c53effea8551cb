// SPDX-License-Identifier: MIT
// Random masks, actions, signals to oneself, waits for signals and timers: what every call answers, which
// handlers ran in which order, and what is pending. Children stop, continue and die the same way.
#include "random.h"
#include <sys/prctl.h>

static int const numbers[]
    = {SIGHUP, SIGUSR1, SIGUSR2, SIGTERM, SIGCHLD, SIGCONT, SIGURG, SIGTSTP, SIGALRM, 34, 35};
static char log_text[2000];

static int any(void)
{
    return ONE_OF(numbers);
}

static void on_signal(int signal, siginfo_t* info, void* context)
{
    (void)context;
    size_t end = strlen(log_text);
    bool sent = info->si_code == SI_USER || info->si_code == SI_TKILL || info->si_code == SI_QUEUE;
    if (end < sizeof log_text - 40)
        sprintf(log_text + end, " %d:%d:%d", signal, info->si_code,
            info->si_code == SI_QUEUE ? info->si_value.sival_int
                : sent                ? info->si_pid == getpid()
                                      : -1);
}

static sigset_t any_set(void)
{
    sigset_t set;
    sigemptyset(&set);
    for (unsigned n = choose(5); n > 0; n--)
        sigaddset(&set, any());
    return set;
}

static unsigned long bits(sigset_t const* set)
{
    return *(unsigned long const*)set;
}

static void flush(void)
{
    if (log_text[0])
        say("  handled%s", log_text);
    log_text[0] = 0;
}

static void change_action(void)
{
    static int const flags[]
        = {0, SA_RESTART, SA_NODEFER, SA_RESETHAND, SA_NOCLDSTOP, SA_RESETHAND | SA_NODEFER};
    struct sigaction new = {.sa_flags = ONE_OF(flags) | SA_SIGINFO, .sa_mask = any_set()}, old;
    int signal = any();
    switch (choose(8)) {
    case 0: // only for those that do nothing by default, as the test is to go on
        signal = choose(2) ? SIGCHLD : SIGURG;
        new.sa_handler = SIG_DFL;
        break;
    case 1:
        new.sa_handler = SIG_IGN;
        break;
    default:
        if (signal != SIGCHLD && signal != SIGURG)
            new.sa_flags &= ~SA_RESETHAND;
        new.sa_sigaction = on_signal;
    }
    int r = sigaction(signal, &new, &old);
    say("sigaction %d %#x %lx: %d, was %#x %lx", signal, new.sa_flags, bits(&new.sa_mask), r, old.sa_flags,
        bits(&old.sa_mask));
}

static void one(void)
{
    sigset_t set = any_set(), old;
    siginfo_t info;
    int signal = any(), r, how, value;
    memset(&info, 0, sizeof info);
    memset(&old, 0, sizeof old);
    errno = 0;
    switch (choose(12)) {
    case 0:
    case 1:
        change_action();
        break;
    case 2:
    case 3:
        how = (int)choose(4);
        r = sigprocmask(how, &set, &old);
        say("sigprocmask %d %lx: %d, was %lx", how, bits(&set), r, bits(&old));
        break;
    case 4:
    case 5:
        r = kill(getpid(), signal);
        say("kill %d: %d", signal, r);
        break;
    case 6:
        r = (int)SYS(tgkill, getpid(), getpid(), signal);
        say("tgkill %d: %d", signal, r);
        break;
    case 7:
        value = (int)choose(100);
        r = sigqueue(getpid(), signal, (union sigval){.sival_int = value});
        say("sigqueue %d %d: %d", signal, value, r);
        break;
    case 8:
        sigpending(&old);
        say("pending %lx", bits(&old));
        break;
    case 9: {
        struct timespec t = {0, 0};
        r = sigtimedwait(&set, &info, &t);
        say("sigtimedwait %lx: %d %s, code %d", bits(&set), r, r < 0 ? error_name(errno) : "", info.si_code);
        break;
    }
    case 10: { // ended by a timer if by nothing else
        struct itimerval soon = {{0, 0}, {0, 2000}}, left;
        struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
        sigset_t alarm_only, all_but;
        sigaction(SIGALRM, &action, NULL);
        sigemptyset(&alarm_only);
        sigaddset(&alarm_only, SIGALRM);
        sigprocmask(SIG_BLOCK, &alarm_only, &set);
        sigfillset(&all_but);
        sigdelset(&all_but, SIGALRM);
        sigpending(&old);
        if (!sigismember(&old, SIGALRM))
            setitimer(ITIMER_REAL, &soon, NULL);
        r = sigsuspend(&all_but);
        getitimer(ITIMER_REAL, &left);
        say("sigsuspend: %d %s, timer %ld", r, error_name(errno), (long)left.it_value.tv_usec);
        sigprocmask(SIG_SETMASK, &set, NULL);
        break;
    }
    default: {
        struct timespec t = {0, 0};
        r = ppoll(NULL, 0, &t, &set);
        say("ppoll %lx: %d %s", bits(&set), r, r < 0 ? error_name(errno) : "");
    }
    }
    flush();
}

static void start(void)
{
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    for (unsigned i = 0; i < COUNT(numbers); i++)
        sigaction(numbers[i], &action, NULL);
}

// A child that does nothing, or ignores or blocks something, and a series of signals to it; news by waitid.
static void child(void)
{
    static int const sent[] = {SIGSTOP, SIGCONT, SIGTSTP, SIGTERM, SIGUSR1, SIGCHLD, SIGTTIN, 0};
    static int const options[] = {WEXITED, WSTOPPED, WCONTINUED, WEXITED | WSTOPPED,
        WEXITED | WSTOPPED | WCONTINUED, WEXITED | WNOWAIT, WSTOPPED | WNOWAIT};
    int ignored = ONE_OF(sent), blocked = ONE_OF(sent);
    int ready[2];
    char c;
    MUST(pipe(ready));
    pid_t pid = (pid_t)MUST(fork());
    if (pid == 0) {
        sigset_t set;
        sigemptyset(&set);
        for (unsigned i = 0; i < COUNT(numbers); i++)
            signal(numbers[i], SIG_DFL);
        if (ignored)
            signal(ignored, SIG_IGN);
        if (blocked)
            sigaddset(&set, blocked);
        sigprocmask(SIG_SETMASK, &set, NULL);
        // Real-time, so that what a signal does to it is done before the parent looks.
        sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){1});
        write(ready[1], "", 1);
        for (;;)
            pause();
    }
    read(ready[0], &c, 1);
    close(ready[0]);
    close(ready[1]);
    say("child ignores %d, blocks %d", ignored, blocked);
    for (unsigned n = choose(6) + 1; n > 0; n--) {
        int signal = ONE_OF(sent), option = ONE_OF(options);
        siginfo_t info;
        memset(&info, 0, sizeof info);
        int r = kill(pid, signal);
        sleep_ms(1);
        int w = waitid(P_PID, (id_t)pid, &info, option | WNOHANG);
        say("  %d: %d, waitid %#x: %s, code %d status %d", signal, r, option, w < 0 ? error_name(errno) : "0",
            info.si_code, info.si_status);
    }
    kill(pid, SIGKILL);
    int status = 0;
    pid_t got = waitpid(pid, &status, 0);
    say("  at last %s %#x", got == pid ? "reaped" : error_name(errno), got == pid ? status : 0);
    log_text[0] = 0; // how often SIGCHLD came is a matter of time
}

int main(void)
{
    start();
    for (int i = 0; i < 700; i++)
        one();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    flush();
    signal(SIGCHLD, SIG_DFL);
    for (int i = 0; i < 25; i++)
        child();
    return 0;
}
