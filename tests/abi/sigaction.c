// SPDX-License-Identifier: MIT
// sigaction: every flag, what it refuses, what a handler runs with.
#include "abi.h"

#define SA_UNSUPPORTED_ 0x00000400
#define SA_EXPOSE_TAGBITS_ 0x00000800

struct kernel_action {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    unsigned long mask;
};

static int volatile depth, deepest, calls;

static void on_nested(int signal)
{
    calls++;
    if (++depth > deepest)
        deepest = depth;
    if (depth < 3 && calls < 3)
        raise(signal);
    depth--;
}

static void on_mask(int signal)
{
    (void)signal;
    sigset_t set;
    sigprocmask(SIG_BLOCK, NULL, &set);
    say("in the handler blocked: USR1 %d USR2 %d HUP %d KILL %d", sigismember(&set, SIGUSR1),
        sigismember(&set, SIGUSR2), sigismember(&set, SIGHUP), sigismember(&set, SIGKILL));
}

static void once(int signal)
{
    say("handler for %s", signal_name(signal));
}

static void nesting(int flags, char const* what)
{
    calls = deepest = depth = 0;
    handle(SIGUSR1, on_nested, flags);
    raise(SIGUSR1);
    say("%s: %d calls, %d deep", what, calls, deepest);
    handle(SIGUSR1, SIG_DFL, 0);
}

static void masks(void)
{
    struct sigaction action = {.sa_handler = on_mask};
    sigaddset(&action.sa_mask, SIGUSR2);
    sigaddset(&action.sa_mask, SIGKILL);
    MUST(sigaction(SIGUSR1, &action, NULL));
    raise(SIGUSR1);
    action.sa_flags = SA_NODEFER;
    MUST(sigaction(SIGUSR1, &action, NULL));
    raise(SIGUSR1);
    sigaddset(&action.sa_mask, SIGUSR1);
    MUST(sigaction(SIGUSR1, &action, NULL));
    raise(SIGUSR1);
    sigset_t set;
    sigprocmask(SIG_BLOCK, NULL, &set);
    say("afterwards blocked: USR1 %d USR2 %d", sigismember(&set, SIGUSR1), sigismember(&set, SIGUSR2));
}

static void refusals(void)
{
    struct kernel_action action = {SIG_IGN, 0, NULL, 0}, old;
    VALUE(SYS(rt_sigaction, SIGKILL, &action, NULL, 8));
    VALUE(SYS(rt_sigaction, SIGSTOP, &action, NULL, 8));
    VALUE(SYS(rt_sigaction, SIGKILL, NULL, &old, 8));
    VALUE(SYS(rt_sigaction, 0, NULL, &old, 8));
    VALUE(SYS(rt_sigaction, 65, &action, NULL, 8));
    VALUE(SYS(rt_sigaction, 64, &action, NULL, 8));
    VALUE(SYS(rt_sigaction, -1, &action, NULL, 8));
    VALUE(SYS(rt_sigaction, SIGUSR1, &action, NULL, 4));
    VALUE(SYS(rt_sigaction, SIGUSR1, &action, NULL, 16));
    VALUE(SYS(rt_sigaction, SIGUSR1, 1, NULL, 8));
    VALUE(SYS(rt_sigaction, SIGUSR1, NULL, 1, 8));
    VALUE(SYS(rt_sigaction, SIGUSR1, NULL, NULL, 8));
}

static void reading_back(void)
{
    struct kernel_action action = {once, ~0ul & ~(unsigned long)SA_ONSTACK, NULL, ~0ul}, old;
    MUST(SYS(rt_sigaction, SIGUSR2, &action, NULL, 8));
    MUST(SYS(rt_sigaction, SIGUSR2, NULL, &old, 8));
    say("flags kept %#lx, mask kept %#lx, handler kept %d", old.flags, old.mask, old.handler == once);
    action.flags = SA_RESETHAND;
    action.mask = 0;
    MUST(SYS(rt_sigaction, SIGUSR2, &action, &old, 8));
    say("old flags %#lx", old.flags);
    raise(SIGUSR2);
    MUST(SYS(rt_sigaction, SIGUSR2, NULL, &old, 8));
    say("after SA_RESETHAND: default %d, flags %#lx", old.handler == SIG_DFL, old.flags);
    CHILD("second time", raise(SIGUSR2));
}

static void ignoring(void)
{
    sigset_t set, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    handle(SIGUSR1, SIG_IGN, 0);
    sigpending(&pending);
    say("pending after ignoring: %d", sigismember(&pending, SIGUSR1));
    raise(SIGUSR1);
    sigpending(&pending);
    say("pending when raised while ignored: %d", sigismember(&pending, SIGUSR1));
    handle(SIGUSR1, once, 0);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    say("handled late or never");
    handle(SIGURG, SIG_DFL, 0);
    sigaddset(&set, SIGURG);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGURG);
    sigpending(&pending);
    say("ignored by default, blocked: pending %d", sigismember(&pending, SIGURG));
    handle(SIGURG, SIG_DFL, 0);
    sigpending(&pending);
    say("after setting the default again: %d", sigismember(&pending, SIGURG));
}

int main(void)
{
    nesting(0, "deferred");
    nesting(SA_NODEFER, "SA_NODEFER");
    masks();
    refusals();
    reading_back();
    ignoring();
    return 0;
}
