// SPDX-License-Identifier: MIT
// Children that outlive their parent, orphaned process groups, subreapers and the death signal.
#include "abi.h"
#include <sys/prctl.h>

static int volatile* shared;

static void on_count(int signal)
{
    shared[signal]++;
}

static void reparenting(void)
{
    CHILD(
        "parent that leaves", pid_t me = getpid(); if (fork() == 0) {
            while (getppid() == me)
                sleep_ms(1);
            shared[100] = getppid() == 1 ? 1 : 2;
            _exit(0);
        } sleep_ms(20));
    await(&shared[100], 1);
    say("adopted by pid 1: %d", shared[100] == 1);
    VALUE(waitpid(-1, NULL, WNOHANG));
}

static void subreaper(void)
{
    shared[101] = 0;
    VALUE(prctl(PR_SET_CHILD_SUBREAPER, 1));
    int is = 0;
    VALUE(prctl(PR_GET_CHILD_SUBREAPER, &is));
    say("is a subreaper: %d", is);
    pid_t me = getpid();
    CHILD(
        "parent that leaves", pid_t parent = getpid(); if (fork() == 0) {
            while (getppid() == parent)
                sleep_ms(1);
            shared[101] = getppid() == me ? 1 : 2;
            _exit(77);
        });
    await(&shared[101], 1);
    say("adopted by the subreaper: %d", shared[101] == 1);
    reap("the orphan", -1);
    CHILD("not inherited", int mine = 5; prctl(PR_GET_CHILD_SUBREAPER, &mine);
        say("child is a subreaper: %d", mine));
    prctl(PR_SET_CHILD_SUBREAPER, 0);
}

static void death_signal(void)
{
    int set = -1;
    VALUE(prctl(PR_SET_PDEATHSIG, 65));
    VALUE(prctl(PR_SET_PDEATHSIG, SIGUSR1));
    VALUE(prctl(PR_GET_PDEATHSIG, &set));
    say("death signal %s", signal_name(set));
    CHILD("not inherited", prctl(PR_GET_PDEATHSIG, &set); say("in the child: %d", set));
    CHILD(
        "parent that leaves", if (fork() == 0) {
            handle(SIGUSR1, on_count, 0);
            prctl(PR_SET_PDEATHSIG, SIGUSR1);
            shared[102] = 1;
            for (;;)
                pause();
        } await(&shared[102], 1));
    await(&shared[SIGUSR1], 1);
    say("told of the parent's death");
}

// A group becomes orphaned while a member is stopped: SIGHUP, then SIGCONT, go to all its members.
static void orphaned_group(void)
{
    CHILD(
        "leader that leaves", pid_t child = (pid_t)MUST(fork()); if (child == 0) {
            setpgid(0, 0);
            handle(SIGHUP, on_count, 0);
            handle(SIGCONT, on_count, 0);
            shared[103] = 1;
            raise(SIGSTOP);
            shared[104] = 1;
            sleep_ms(30);
            // Stopping signals from the terminal do nothing in an orphaned group; SIGSTOP still stops.
            raise(SIGTSTP);
            raise(SIGTTIN);
            raise(SIGTTOU);
            shared[105] = 1;
            _exit(0);
        } await(&shared[103], 1);
        waitpid(child, NULL, WUNTRACED); _exit(0));
    await(&shared[104], 1);
    await(&shared[105], 1);
    say("SIGHUP %d, SIGCONT %d, not stopped by the terminal's signals", shared[SIGHUP], shared[SIGCONT]);
}

int main(void)
{
    shared = shared_memory(PAGE);
    reparenting();
    subreaper();
    death_signal();
    orphaned_group();
    return 0;
}
