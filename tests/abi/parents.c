// SPDX-License-Identifier: MIT
// Who a process's parent is, before and after that one ends, also for a program that has begun anew
// elsewhere.
#include "abi.h"

static int as_program(char const* what, int ready)
{
    pid_t const parent = getppid();
    MUST(write(ready, "r", 1));
    for (int i = 0; i < 500 && getppid() == parent; i++)
        sleep_ms(2);
    char const* const now = getppid() == 1 ? "the first process's"
        : getppid() == parent              ? "the old one's"
                                           : "another's";
    say("%s: %s child", what, now);
    MUST(write(ready, "r", 1));
    return 0;
}

static void orphan(char* self, bool executes)
{
    int ends[2];
    char c, number[12];
    MUST(pipe(ends));
    snprintf(number, sizeof number, "%d", ends[1]);
    pid_t middle = (pid_t)MUST(fork());
    if (middle == 0) {
        if (MUST(fork()) == 0) {
            if (executes)
                execl(self, self, "executed", number, NULL);
            _exit(as_program("forked", ends[1]));
        }
        MUST(read(ends[0], &c, 1));
        _exit(0);
    }
    MUST(waitpid(middle, NULL, 0));
    MUST(read(ends[0], &c, 1));
    close(ends[0]);
    close(ends[1]);
}

int main(int argc, char** argv)
{
    if (argc == 3)
        return as_program(argv[1], atoi(argv[2]));
    char* const self = realpath("/proc/self/exe", NULL);
    orphan(self, false);
    orphan(self, true);
    return 0;
}
