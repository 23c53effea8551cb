// SPDX-License-Identifier: MIT
// What does not keep a process where it is, where processes are moved by lot:
// tests/qemu/processes_elsewhere.py reads on how many cores it has been.
#include "abi.h"
#include <sys/timerfd.h>

static int home(void)
{
    char text[100] = "";
    int number = -1;
    int const file = open("/proc/self/torc", O_RDONLY);
    read(file, text, sizeof text - 1);
    sscanf(text, "home %d", &number);

    close(file);
    return number;
}

static bool moves_about(void)
{
    int const before = home();
    for (int i = 0; i < 5000; i++)
        SYS(getppid); // a limb sends it home, from where processes move
    return home() != before;
}

static void have(int what)
{
    struct itimerval timer = {{0, 0}, {100, 0}};
    if (what == 1)
        setitimer(ITIMER_REAL, &timer, NULL);
    if (what == 2)
        setitimer(ITIMER_PROF, &timer, NULL);
    if (what == 3)
        MUST(timerfd_create(CLOCK_MONOTONIC, 0));
    if (what == 4) {
        int const file = (int)MUST(open("/abi/leaving", O_RDONLY));
        MUST(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0));
    }
}

int main(int count, char** arguments)
{
    static char const* const names[]
        = {"nothing", "timer", "timer of processor time", "timerfd", "shared memory that is only read"};
    if (count > 1) {
        have(atoi(arguments[1]));
        return moves_about() ? 7 : 0;
    }
    // Not every one does: it may have been placed elsewhere at exec already.
    for (unsigned i = 0; i < COUNT(names); i++) {
        char number[] = {(char)('0' + i), 0};
        int moved = 0;
        for (int tries = 0; tries < 30 && !moved; tries++) {
            pid_t const child = (pid_t)MUST(fork());
            if (child == 0) {
                execl("/abi/leaving", "leaving", number, NULL);
                _exit(1);
            }
            int status = 0;
            MUST(waitpid(child, &status, 0));
            moved = WIFEXITED(status) && WEXITSTATUS(status) == 7;
        }
        say("%s: %s", names[i], moved ? "moves" : "wrong: stays");
    }
    return 0;
}
