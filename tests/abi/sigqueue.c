// SPDX-License-Identifier: MIT
// Queues: real-time signals come lowest first and keep order, number and values; others merge.
#include "abi.h"

static void on_info(int signal, siginfo_t* info, void* context)
{
    (void)context;
    say("  %s value %d", signal_name(signal), info->si_value.sival_int);
}

static void send(int signal, int value)
{
    MUST(sigqueue(getpid(), signal, (union sigval){.sival_int = value}));
}

int main(void)
{
    sigset_t all, none, pending;
    sigfillset(&all);
    sigemptyset(&none);
    for (int s = SIGRTMIN; s <= SIGRTMAX; s++)
        handle_info(s, on_info, 0);
    handle_info(SIGUSR1, on_info, 0);
    handle_info(SIGUSR2, on_info, 0);
    sigprocmask(SIG_BLOCK, &all, NULL);
    send(SIGRTMIN + 2, 1);
    send(SIGRTMIN + 1, 2);
    send(SIGUSR2, 3);
    send(SIGRTMIN + 2, 4);
    send(SIGUSR1, 5);
    send(SIGUSR1, 6);
    send(SIGRTMIN + 1, 7);
    send(SIGRTMAX, 8);
    send(SIGRTMIN, 9);
    kill(getpid(), SIGUSR2);
    kill(getpid(), SIGRTMIN);
    sigpending(&pending);
    for (int s = 1; s <= 64; s++)
        if (sigismember(&pending, s))
            say("pending %s", signal_name(s));
    // Taken one by one, so that the order is that of the queue and not of nested handlers.
    struct timespec zero = {0, 0};
    siginfo_t info;
    for (int s; (s = sigtimedwait(&all, &info, &zero)) > 0;)
        say("taken %s value %d code %d", signal_name(s), info.si_value.sival_int, info.si_code);
    say("delivery to handlers; the last set up runs first");
    send(SIGRTMIN + 1, 1);
    send(SIGUSR1, 2);
    send(SIGRTMIN, 3);
    sigprocmask(SIG_SETMASK, &none, NULL);

    IN_CHILD("limit")
    {
        sigprocmask(SIG_BLOCK, &all, NULL);
        struct rlimit limit = {5, 5};
        setrlimit(RLIMIT_SIGPENDING, &limit);
        SYS(setresuid, 1234, 1234, 1234);
        int sent = 0;
        while (sent < 20 && sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = sent}) == 0)
            sent++;
        say("queued until %s: %d", error_name(errno), sent);
        VALUE(kill(getpid(), SIGRTMIN + 1));
        VALUE(kill(getpid(), SIGUSR1));
        VALUE(sigqueue(getpid(), SIGUSR2, (union sigval){.sival_int = 1}));
        while (sigtimedwait(&all, &info, &zero) > 0)
            say("taken %s code %d", signal_name(info.si_signo), info.si_code);
    }
    return 0;
}
