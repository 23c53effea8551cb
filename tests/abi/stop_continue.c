// SPDX-License-Identifier: MIT
// Stopping and continuing: wait statuses, SIGCHLD, what discards what.
#include "abi.h"

static int volatile* shared;
static int volatile chld_count, chld_code, chld_status;

static void on_chld(int signal, siginfo_t* info, void* context)
{
    (void)signal;
    (void)context;
    chld_count++;
    chld_code = info->si_code;
    chld_status = info->si_status;
}

static void on_count(int signal)
{
    shared[signal]++;
}

static pid_t counting(void)
{
    pid_t child = (pid_t)MUST(fork());
    if (child == 0)
        for (;;) {
            shared[0]++;
            sleep_ms(1);
        }
    return child;
}

static void wait_show(pid_t child, int options)
{
    int status;
    pid_t got = waitpid(child, &status, options);
    if (got == child)
        show_status("wait", status);
    else
        say("wait: %d", got);
}

static void stops_and_goes_on(void)
{
    pid_t child = counting();
    await(&shared[0], 3);
    kill(child, SIGSTOP);
    wait_show(child, WUNTRACED);
    wait_show(child, WUNTRACED | WNOHANG);
    int before = shared[0];
    sleep_ms(60);
    say("does not run while stopped: %d", shared[0] == before);
    kill(child, SIGCONT);
    wait_show(child, WCONTINUED);
    wait_show(child, WCONTINUED | WNOHANG);
    await(&shared[0], before + 3);
    say("runs again");
    kill(child, SIGTSTP);
    wait_show(child, WUNTRACED);
    kill(child, SIGTERM);
    sleep_ms(30);
    wait_show(child, WNOHANG | WUNTRACED);
    kill(child, SIGCONT);
    wait_show(child, 0);
    child = counting();
    kill(child, SIGTTIN);
    wait_show(child, WUNTRACED);
    kill(child, SIGKILL);
    wait_show(child, 0);
    child = counting();
    kill(child, SIGTTOU);
    kill(child, SIGCONT);
    sleep_ms(20);
    kill(child, SIGTERM);
    wait_show(child, 0);
}

static void sigchld(int flags, char const* what)
{
    handle_info(SIGCHLD, on_chld, flags);
    chld_count = 0;
    pid_t child = counting();
    kill(child, SIGSTOP);
    wait_show(child, WUNTRACED);
    say("%s: after the stop %d signal(s), code %d status %d", what, chld_count, chld_code, chld_status);
    kill(child, SIGCONT);
    wait_show(child, WCONTINUED);
    sleep_ms(40); // the child itself tells its parent, once it runs again
    say("%s: after the continue %d signal(s), code %d status %d", what, chld_count, chld_code, chld_status);
    kill(child, SIGKILL);
    wait_show(child, 0);
    say("%s: after the end %d signal(s), code %d status %d", what, chld_count, chld_code, chld_status);
    handle(SIGCHLD, SIG_DFL, 0);
    chld_code = chld_status = 0;
}

// SIGCONT discards pending stop signals, a stop signal discards a pending SIGCONT; both even when blocked.
static void discarding(void)
{
    sigset_t set, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGTSTP);
    sigaddset(&set, SIGCONT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGTSTP);
    sigpending(&pending);
    say("SIGTSTP pending %d", sigismember(&pending, SIGTSTP));
    raise(SIGCONT);
    sigpending(&pending);
    say("after SIGCONT: SIGTSTP %d, SIGCONT %d", sigismember(&pending, SIGTSTP),
        sigismember(&pending, SIGCONT));
    raise(SIGTSTP);
    sigpending(&pending);
    say("after SIGTSTP: SIGTSTP %d, SIGCONT %d", sigismember(&pending, SIGTSTP),
        sigismember(&pending, SIGCONT));
    handle(SIGTSTP, SIG_IGN, 0);
    sigpending(&pending);
    say("after ignoring it: SIGTSTP %d", sigismember(&pending, SIGTSTP));
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    handle(SIGTSTP, SIG_DFL, 0);
}

static void handlers(void)
{
    shared[SIGCONT] = shared[SIGTSTP] = 0;
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        handle(SIGCONT, on_count, 0);
        handle(SIGTSTP, on_count, 0);
        shared[100] = 1;
        for (;;)
            pause();
    }
    await(&shared[100], 1);
    kill(child, SIGTSTP);
    await(&shared[SIGTSTP], 1);
    wait_show(child, WNOHANG | WUNTRACED);
    kill(child, SIGSTOP);
    wait_show(child, WUNTRACED);
    kill(child, SIGCONT);
    await(&shared[SIGCONT], 1);
    say("handled: SIGTSTP %d, SIGCONT %d", shared[SIGTSTP], shared[SIGCONT]);
    kill(child, SIGKILL);
    wait_show(child, 0);
    child = (pid_t)MUST(fork());
    if (child == 0) {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL);
        for (;;)
            sleep_ms(1);
    }
    sleep_ms(20);
    kill(child, SIGTSTP);
    sleep_ms(20);
    wait_show(child, WNOHANG | WUNTRACED);
    kill(child, SIGSTOP);
    wait_show(child, WUNTRACED);
    kill(child, SIGCONT);
    wait_show(child, WCONTINUED);
    kill(child, SIGKILL);
    wait_show(child, 0);
}

int main(void)
{
    shared = shared_memory(PAGE);
    // Children of a group that is not orphaned: this process is in the same session as its children's group.
    CHILD("in a group of its own", setpgid(0, 0); stops_and_goes_on());
    CHILD("plain", setpgid(0, 0); sigchld(0, "plain"));
    CHILD("SA_NOCLDSTOP", setpgid(0, 0); sigchld(SA_NOCLDSTOP, "SA_NOCLDSTOP"));
    CHILD("discarding", setpgid(0, 0); discarding());
    CHILD("handlers", setpgid(0, 0); handlers());
    return 0;
}
