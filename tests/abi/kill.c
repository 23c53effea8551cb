// SPDX-License-Identifier: MIT
// kill and its kin: who may signal whom, groups, broadcasts, pid 1.
#include "abi.h"

static int volatile* shared;

static void on_count(int signal)
{
    shared[signal]++;
}

static pid_t idle(int step, int uid, bool session)
{
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        handle(SIGUSR1, on_count, 0);
        handle(SIGUSR2, on_count, 0);
        if (session)
            setsid();
        if (uid != 0)
            SYS(setresuid, uid, uid, uid);
        shared[step] = 1;
        for (;;)
            pause();
    }
    await(&shared[step], 1);
    return child;
}

static void end(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

int main(void)
{
    shared = shared_memory(PAGE);
    VALUE(kill(getpid(), 0));
    VALUE(kill(99999, 0));
    VALUE(kill(getpid(), 65));
    VALUE(kill(getpid(), -1));
    VALUE(kill(99999, 65));
    VALUE(kill(-99999, SIGUSR1));
    VALUE(kill(INT_MIN, SIGUSR1));
    VALUE(SYS(tkill, 0, SIGUSR1));
    VALUE(SYS(tkill, -1, SIGUSR1));
    VALUE(SYS(tkill, 99999, SIGUSR1));
    VALUE(SYS(tkill, getpid(), 65));
    VALUE(SYS(tkill, getpid(), 0));
    VALUE(SYS(tgkill, getpid(), 0, SIGUSR1));
    VALUE(SYS(tgkill, 0, getpid(), SIGUSR1));
    VALUE(SYS(tgkill, 1, getpid(), SIGUSR1));
    VALUE(SYS(tgkill, getpid(), getpid(), 0));
    VALUE(kill(1, SIGTERM));
    VALUE(kill(1, SIGKILL));
    VALUE(kill(1, SIGSTOP));
    say("pid 1 lives");

    pid_t root = idle(101, 0, false), user = idle(102, 1000, false), other = idle(103, 1001, false),
          away = idle(104, 1001, true);
    IN_CHILD("as uid 1000")
    {
        SYS(setresuid, 1000, 1000, 1000);
        VALUE(kill(root, 0));
        VALUE(kill(root, SIGUSR1));
        VALUE(kill(user, SIGUSR1));
        VALUE(kill(other, SIGUSR1));
        VALUE(kill(other, SIGCONT));
        VALUE(kill(away, SIGCONT));
        VALUE(kill(1, 0));
        VALUE(kill(99999, SIGUSR1));
        VALUE(kill(other, 65));
    }
    IN_CHILD("real uid 1001, effective 1000")
    {
        SYS(setresuid, 1001, 1000, 1000);
        VALUE(kill(other, SIGUSR1));
        VALUE(kill(user, SIGUSR1));
    }
    await(&shared[SIGUSR1], 3);
    say("handled: %d", shared[SIGUSR1]);

    setpgid(user, user);
    setpgid(other, user);
    shared[SIGUSR2] = 0;
    VALUE(kill(-user, SIGUSR2));
    await(&shared[SIGUSR2], 2);
    say("the group of two handled: %d", shared[SIGUSR2]);
    IN_CHILD("group with one allowed member")
    {
        SYS(setresuid, 1000, 1000, 1000);
        VALUE(kill(-user, 0));
    }
    IN_CHILD("group with none allowed")
    {
        SYS(setresuid, 1002, 1002, 1002);
        VALUE(kill(-user, 0));
    }
    handle(SIGUSR2, on_count, 0);
    shared[SIGUSR2] = 0;
    VALUE(kill(0, SIGUSR2));
    await(&shared[SIGUSR2], 2);
    say("own group handled: %d", shared[SIGUSR2]);
    handle(SIGUSR1, on_count, 0);
    shared[SIGUSR1] = 0;
    VALUE(kill(-1, SIGUSR1));
    await(&shared[SIGUSR1], 4);
    sleep_ms(30);
    say("all but the sender handled: %d", shared[SIGUSR1]);
    IN_CHILD("nobody to signal")
    {
        SYS(setresuid, 4321, 4321, 4321);
        VALUE(kill(-1, SIGTERM));
    }
    end(root);
    VALUE(kill(root, 0));
    end(user);
    end(other);
    end(away);
    pid_t zombie = (pid_t)MUST(fork());
    if (zombie == 0)
        _exit(0);
    sleep_ms(30);
    VALUE(kill(zombie, SIGTERM));
    reap("zombie", zombie);
    return 0;
}
