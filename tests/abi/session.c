// SPDX-License-Identifier: MIT
// Sessions and process groups: who may set what.
#include "abi.h"

static int volatile* shared;

static pid_t idle(int step)
{
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        if (step == 2)
            setsid();
        shared[step] = 1;
        for (;;)
            pause();
    }
    await(&shared[step], 1);
    return child;
}

int main(int argc, char** argv)
{
    if (argc > 1) {
        write(3, "x", 1);
        pause();
    }
    (void)argv;
    shared = shared_memory(PAGE);
    IS(getpid() == getsid(0) && getpid() == getpgid(0));
    VALUE(setsid());
    VALUE(setpgid(0, 0));
    VALUE(setpgid(0, 1));
    VALUE(setpgid(-1, 0));
    VALUE(setpgid(0, -1));
    VALUE(setpgid(1, 1));
    VALUE(setpgid(99999, 0));
    VALUE(getpgid(99999));
    VALUE(getsid(99999));
    VALUE(getpgid(-1));
    VALUE(getsid(-1));
    VALUE(getsid(1) >= 0 ? 0 : -1);

    pid_t child = idle(1);
    CHECK(setpgid(child, child));
    IS(getpgid(child) == child && getsid(child) == getpid());
    pid_t second = idle(3);
    CHECK(setpgid(second, child));
    IS(getpgid(second) == child);
    CHECK(setpgid(second, 88888));
    CHECK(setpgid(second, getpgid(0)));
    pid_t stranger = idle(2);
    IS(getsid(stranger) == stranger);
    CHECK(setpgid(stranger, stranger));
    CHECK(setpgid(second, stranger));
    CHILD("grandchild", CHECK(setpgid(child, 0)));
    kill(child, SIGKILL);
    kill(second, SIGKILL);
    kill(stranger, SIGKILL);
    while (wait(NULL) > 0) { }

    int ends[2];
    char byte;
    MUST(pipe(ends));
    child = (pid_t)MUST(fork());
    if (child == 0) {
        char* arguments[] = {"session", "executed", NULL};
        dup2(ends[1], 3);
        execve("/abi/session", arguments, NULL);
        _exit(1);
    }
    read(ends[0], &byte, 1);
    CHECK(setpgid(child, child));
    kill(child, SIGKILL);
    reap("executed", child);
    child = (pid_t)MUST(fork());
    if (child == 0)
        _exit(0);
    sleep_ms(40);
    CHECK(setpgid(child, child));
    IS(getpgid(child) == child);
    reap("zombie", child);
    CHECK(getpgid(child));
    CHILD("new session", say("setsid gives its pid: %d", setsid() == getpid());
        IS(getsid(0) == getpid() && getpgid(0) == getpid()); CHECK(setsid()));
    CHILD("leader of a group", setpgid(0, 0); CHECK(setsid()));
    return 0;
}
