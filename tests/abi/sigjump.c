// SPDX-License-Identifier: MIT
// Leaving handlers by siglongjmp, again and again, from faults and from nested handlers.
#include "abi.h"

static sigjmp_buf back;
static int volatile level;

static void on_fault(int signal)
{
    siglongjmp(back, signal);
}

static void on_nested(int signal)
{
    if (level++ == 0)
        raise(signal == SIGUSR1 ? SIGUSR2 : SIGUSR1);
    siglongjmp(back, level);
}

int main(void)
{
    char* page = private_memory(PAGE);
    MUST(mprotect(page, PAGE, PROT_READ));
    handle(SIGSEGV, on_fault, 0);
    handle(SIGBUS, on_fault, 0);
    handle(SIGILL, on_fault, 0);
    handle(SIGTRAP, on_fault, 0);
    int volatile caught = 0;
    for (int volatile i = 0; i < 2000; i++)
        if (sigsetjmp(back, 1) == 0)
            *(char volatile*)(i & 1 ? page : (char*)16) = 1;
        else
            caught++;
    say("faults survived: %d", caught);
    sigset_t set;
    sigprocmask(SIG_BLOCK, NULL, &set);
    say("SEGV blocked afterwards: %d", sigismember(&set, SIGSEGV));
    int got = sigsetjmp(back, 1);
    if (got == 0)
        __asm__ volatile(".inst 0x00000000");
    say("undefined instruction: %s", signal_name(got));
    got = sigsetjmp(back, 1);
    if (got == 0)
        __asm__ volatile("brk #1");
    say("breakpoint: %s", signal_name(got));
    handle(SIGUSR1, on_nested, 0);
    handle(SIGUSR2, on_nested, 0);
    got = sigsetjmp(back, 1);
    if (got == 0)
        raise(SIGUSR1);
    say("from the nested handler: %d", got);
    // Without the mask being restored, the second fault is blocked and kills.
    CHILD("mask not restored", if (sigsetjmp(back, 0) < 100) * (char volatile*)16 = 1);
    return 0;
}
