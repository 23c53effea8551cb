// SPDX-License-Identifier: MIT
// Fork bombs, with and without a limit: forking ends in an error, everybody can be killed, and the rest goes
// on.
#include "abi.h"
#include <sys/prctl.h>

static int volatile* shared;

static void reap_all(void)
{
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) { }
}

// Every process forks as fast as it can until it may not; then it waits to be killed.
static void bomb(void)
{
    for (;;) {
        pid_t child = fork();
        if (child < 0) {
            shared[0] = errno;
            pause();
        } else {
            __atomic_add_fetch(&shared[1], 1, __ATOMIC_RELAXED);
        }
    }
}

static void under_a_limit(void)
{
    IN_CHILD("limited bomb")
    {
        struct rlimit limit = {150, 150};
        setpgid(0, 0);
        become_user();
        setrlimit(RLIMIT_NPROC, &limit);
        pid_t group = getpid();
        if (fork() == 0)
            bomb();
        await(&shared[0], 1);
        say("the bomb met %s, after at least 100 processes: %d", error_name(shared[0]), shared[1] >= 100);
        handle(SIGTERM, SIG_IGN, 0);
        for (int i = 0; i < 100 && kill(-group, SIGTERM) == 0; i++)
            sleep_ms(2);
        kill(-1, SIGKILL);
    }
}

static void without_a_limit(void)
{
    struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_NPROC, &none);
    shared[0] = shared[1] = 0;
    long start = now_ms();
    pid_t first = (pid_t)MUST(fork());
    if (first == 0) {
        setpgid(0, 0);
        bomb();
    }
    setpgid(first, first);
    // Three seconds of it, or until forking fails.
    while (shared[0] == 0 && now_ms() - start < 3000)
        sleep_ms(20);
    say("many processes: %d, error sensible: %d", shared[1] >= 50,
        shared[0] == 0 || shared[0] == EAGAIN || shared[0] == ENOMEM);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (int i = 0; i < 2000 && kill(-first, SIGKILL) == 0; i++) {
        while (waitpid(-1, NULL, WNOHANG) > 0) { }
        sleep_ms(2);
    }
    reap_all();
    say("nobody is left: %s", kill(-first, 0) < 0 ? error_name(errno) : "somebody");
}

static void in_a_row(void)
{
    int born = 0;
    pid_t child = 0;
    shared[0] = 0;
    static pid_t children[100000];
    for (long start = now_ms(); born < 100000 && now_ms() - start < 5000; born++) {
        child = fork();
        if (child == 0)
            for (;;)
                pause();
        if (child < 0)
            break;
        children[born] = child;
    }
    int error = errno;
    say("at least 100 sleeping children: %d, the end sensible: %d", born >= 100,
        child > 0 || error == EAGAIN || error == ENOMEM);
    for (int i = 0; i < born; i++)
        kill(children[i], SIGKILL);
    int reaped = 0;
    while (waitpid(-1, NULL, 0) > 0)
        reaped++;
    say("all of them reaped: %d", reaped == born);
}

int main(void)
{
    shared = shared_memory(PAGE);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    under_a_limit();
    reap_all();
    without_a_limit();
    in_a_row();
    CHILD("afterwards", say("forking works"));
    return 0;
}
