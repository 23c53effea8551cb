// SPDX-License-Identifier: MIT
// SIGCHLD: ignoring it, SA_NOCLDWAIT, and what becomes of the children then.
#include "abi.h"

static int volatile count;

static void on_chld(int signal)
{
    (void)signal;
    count++;
}

static pid_t quick(int code)
{
    pid_t child = (pid_t)MUST(fork());
    if (child == 0)
        _exit(code);
    return child;
}

int main(void)
{
    handle(SIGCHLD, on_chld, 0);
    pid_t child = quick(3);
    reap("handled", child);
    say("signals: %d", count);

    handle(SIGCHLD, SIG_IGN, 0);
    child = quick(4);
    VALUE(waitpid(child, NULL, 0));
    quick(1);
    quick(2);
    VALUE(wait(NULL));
    handle(SIGCHLD, SIG_DFL, 0);
    child = quick(5);
    sleep_ms(30);
    handle(SIGCHLD, SIG_IGN, 0);
    reap("earlier child", child);

    count = 0;
    handle(SIGCHLD, on_chld, SA_NOCLDWAIT);
    child = quick(6);
    int r;
    while ((r = waitpid(child, NULL, 0)) < 0 && errno == EINTR) { }
    say("SA_NOCLDWAIT: %s", r < 0 ? error_name(errno) : "waited");
    say("signals: %d", count);

    handle(SIGCHLD, SIG_DFL, 0);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (int i = 0; i < 5; i++)
        quick(i);
    sleep_ms(60);
    siginfo_t info;
    struct timespec zero = {0, 0};
    int taken = 0;
    while (sigtimedwait(&set, &info, &zero) == SIGCHLD)
        taken++;
    say("blocked SIGCHLD merges: %d", taken);
    int reaped = 0;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        reaped++;
    say("reaped: %d", reaped);
    return 0;
}
