// SPDX-License-Identifier: MIT
// Endless recursion of every kind.
#include "abi.h"

static int recurse(int n)
{
    char volatile block[2000];
    block[n % 2000] = (char)n;
    return n < 0 ? 0 : recurse(n + 1) + block[n % 2000];
}

static void on_segv(int signal)
{
    (void)signal;
    recurse(0);
}

static void on_again(int signal)
{
    raise(signal);
}

int main(int argc, char** argv)
{
    if (argc > 1) {
        int left = atoi(argv[1]);
        char next[16];
        char* arguments[] = {"stress_recursion", next, NULL};
        snprintf(next, sizeof next, "%d", left - 1);
        if (left > 0)
            execve("/abi/stress_recursion", arguments, NULL);
        return left == 0 ? 55 : 1;
    }
    CHILD("recursion", _exit(recurse(0)));
    IN_CHILD("recursion in the handler too")
    {
        handle(SIGSEGV, on_segv, SA_NODEFER);
        _exit(recurse(0));
    }
    IN_CHILD("handler that raises its own signal")
    {
        handle(SIGUSR1, on_again, SA_NODEFER);
        raise(SIGUSR1);
    }
    IN_CHILD("unlimited stack")
    {
        struct rlimit limit = {64 << 20, 64 << 20};
        setrlimit(RLIMIT_STACK, &limit);
        _exit(recurse(0));
    }
    char* arguments[] = {"stress_recursion", "400", NULL};
    CHILD("a program that executes itself", execve("/abi/stress_recursion", arguments, NULL));
    for (int i = 0; i < 50; i++) {
        pid_t child = (pid_t)MUST(fork());
        if (child == 0)
            _exit(recurse(0));
        int status;
        MUST(waitpid(child, &status, 0));
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV)
            show_status("again", status);
    }
    say("fifty times more");
    return 0;
}
