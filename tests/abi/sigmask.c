// SPDX-License-Identifier: MIT
// Signal masks: sigprocmask, sigpending, sigsuspend, and masks across handlers, fork and exec.
#include "abi.h"

static int volatile count;

static void on_count(int signal)
{
    (void)signal;
    count++;
}

static void show_mask(char const* what)
{
    unsigned long mask = 0;
    SYS(rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8);
    say("%s: %#lx", what, mask);
}

static void on_self(int signal)
{
    (void)signal;
    unsigned long set = 1ul << (SIGHUP - 1);
    SYS(rt_sigprocmask, SIG_BLOCK, &set, NULL, 8);
    show_mask("inside, HUP added");
}

int main(int argc, char** argv)
{
    unsigned long set = ~0ul, old = 0;
    if (argc > 1) {
        (void)argv;
        show_mask("after exec");
        SYS(rt_sigpending, &old, 8);
        say("pending after exec %#lx", old);
        return 0;
    }
    VALUE(SYS(rt_sigprocmask, SIG_SETMASK, &set, &old, 8));
    say("old %#lx", old);
    show_mask("everything");
    set = 1ul << (SIGUSR1 - 1);
    VALUE(SYS(rt_sigprocmask, SIG_UNBLOCK, &set, &old, 8));
    show_mask("without USR1");
    set = 0;
    SYS(rt_sigprocmask, SIG_SETMASK, &set, NULL, 8);
    VALUE(SYS(rt_sigprocmask, 3, &set, &old, 8));
    VALUE(SYS(rt_sigprocmask, -1, NULL, &old, 8));
    VALUE(SYS(rt_sigprocmask, SIG_BLOCK, &set, &old, 4));
    VALUE(SYS(rt_sigprocmask, SIG_BLOCK, 1, &old, 8));
    VALUE(SYS(rt_sigprocmask, SIG_BLOCK, &set, 1, 8));
    VALUE(SYS(rt_sigpending, &old, 16));
    VALUE(SYS(rt_sigpending, &old, 4));
    VALUE(SYS(rt_sigpending, 1, 8));
    VALUE(SYS(rt_sigsuspend, &set, 4));
    VALUE(SYS(rt_sigsuspend, 1, 8));

    handle(SIGUSR1, on_count, 0);
    set = 1ul << (SIGUSR1 - 1);
    SYS(rt_sigprocmask, SIG_SETMASK, &set, NULL, 8);
    raise(SIGUSR1);
    say("blocked: %d", count);
    SYS(rt_sigpending, &old, 8);
    say("pending %#lx", old);
    unsigned long empty = 0;
    VALUE(SYS(rt_sigsuspend, &empty, 8));
    say("after sigsuspend: %d", count);
    show_mask("mask as before");
    raise(SIGUSR1);
    SYS(rt_sigprocmask, SIG_SETMASK, &empty, NULL, 8);
    say("delivered before sigprocmask returned: %d", count);
    handle(SIGUSR2, on_self, 0);
    raise(SIGUSR2);
    show_mask("after the handler");

    set = 1ul << (SIGTERM - 1);
    SYS(rt_sigprocmask, SIG_SETMASK, &set, NULL, 8);
    CHILD("fork", show_mask("in the child"));
    IN_CHILD("exec")
    {
        char* arguments[] = {"sigmask", "again", NULL};
        raise(SIGTERM);
        execve("/abi/sigmask", arguments, NULL);
    }
    CHILD("blocking KILL does not help", set = ~0ul; SYS(rt_sigprocmask, SIG_SETMASK, &set, NULL, 8);
        raise(SIGKILL));
    // A synchronous fault ends the process though its signal is blocked or ignored.
    CHILD("blocked SEGV", set = ~0ul; SYS(rt_sigprocmask, SIG_SETMASK, &set, NULL, 8); *(int volatile*)8 = 1);
    CHILD("ignored SEGV", handle(SIGSEGV, SIG_IGN, 0); *(int volatile*)8 = 1);
    CHILD("handled but blocked SEGV", handle(SIGSEGV, on_count, 0); set = ~0ul;
        SYS(rt_sigprocmask, SIG_SETMASK, &set, NULL, 8); *(int volatile*)8 = 1);
    return 0;
}
