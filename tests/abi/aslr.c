// SPDX-License-Identifier: MIT
// Addresses differ between runs, and are the same where personality asks for that.
#include "abi.h"
#include <sys/auxv.h>
#include <sys/personality.h>

enum { runs = 8, kinds = 4 };
static char const* const kind_names[kinds] = {"stack", "mmap", "heap", "vDSO"};

static void run(unsigned long* places)
{
    int ends[2];
    MUST(pipe(ends));
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        char* arguments[] = {"aslr", "places", NULL};
        dup2(ends[1], 3);
        execve("/abi/aslr", arguments, NULL);
        _exit(1);
    }
    MUST(waitpid(child, NULL, 0));
    read(ends[0], places, kinds * sizeof *places);
    close(ends[0]);
    close(ends[1]);
}

int main(int argc, char** argv)
{
    (void)argv;
    if (argc > 1) {
        unsigned long places[kinds] = {(unsigned long)&argc & ~15ul, (unsigned long)private_memory(PAGE),
            (unsigned long)sbrk(0) & ~(PAGE - 1), getauxval(AT_SYSINFO_EHDR)};
        write(3, places, sizeof places);
        return 0;
    }
    unsigned long places[runs][kinds] = {{0}};
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < runs; i++)
            run(places[i]);
        for (int kind = 0; kind < kinds; kind++) {
            int different = 0;
            for (int i = 1; i < runs; i++)
                different += places[i][kind] != places[0][kind];
            say("%s %s: %d", kind_names[kind], pass == 0 ? "differs" : "is the same",
                pass == 0 ? different > 0 : different == 0);
        }
        personality(ADDR_NO_RANDOMIZE);
    }
    return 0;
}
