// SPDX-License-Identifier: MIT
// Handlers that repair a fault and go on: write barriers, lazily filled pages, guard pages.
#include "abi.h"

static char* area;
static int volatile faults;

static void on_fault(int signal, siginfo_t* info, void* context)
{
    (void)signal;
    (void)context;
    faults++;
    char* page = (char*)((unsigned long)info->si_addr & ~(PAGE - 1));
    if (mprotect(page, PAGE, PROT_READ | PROT_WRITE) != 0)
        _exit(90);
}

int main(void)
{
    enum { pages = 50 };
    handle_info(SIGSEGV, on_fault, 0);
    area = private_memory(pages * PAGE);
    for (int round = 0; round < 3; round++) {
        MUST(mprotect(area, pages * PAGE, round == 2 ? PROT_NONE : PROT_READ));
        faults = 0;
        int sum = 0;
        for (int i = 0; i < pages; i++)
            if (round == 2)
                sum += ((char volatile*)area)[i * PAGE];
            else
                ((char volatile*)area)[i * PAGE] = (char)(round + 1);
        say("round %d: %d faults, sum %d", round, faults, sum);
    }
    // The kernel's own accesses do not call the handler: the call fails.
    int ends[2];
    MUST(pipe(ends));
    MUST(mprotect(area, PAGE, PROT_NONE));
    faults = 0;
    VALUE(write(ends[1], area, 1));
    MUST(write(ends[1], "x", 1));
    VALUE(read(ends[0], area, 1));
    say("faults seen by the handler: %d", faults);
    return 0;
}
