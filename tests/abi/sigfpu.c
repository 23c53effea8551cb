// SPDX-License-Identifier: MIT
// Vector registers, FPCR and FPSR belong to the thread: across switches, fork, exec and signal handlers.
#include "abi.h"

static int volatile* shared;

static void fill(unsigned char seed)
{
    unsigned char values[512];
    for (int i = 0; i < 512; i++)
        values[i] = (unsigned char)(seed + i * 7);
    __asm__ volatile(
        "ldp q0, q1, [%0]\n\tldp q2, q3, [%0, #32]\n\tldp q7, q17, [%0, #64]\n\tldp q16, q31, [%0, #96]" ::
            "r"(values)
        : "v0", "v1", "v2", "v3", "v7", "v17", "v16", "v31", "memory");
}

static int differs(unsigned char seed)
{
    unsigned char values[128];
    __asm__ volatile(
        "stp q0, q1, [%0]\n\tstp q2, q3, [%0, #32]\n\tstp q7, q17, [%0, #64]\n\tstp q16, q31, [%0, #96]" ::
            "r"(values)
        : "memory");
    int wrong = 0;
    for (int i = 0; i < 128; i++)
        wrong += values[i] != (unsigned char)(seed + i * 7);
    return wrong;
}

static unsigned long fpcr(void)
{
    unsigned long v;
    __asm__ volatile("mrs %0, fpcr" : "=r"(v));
    return v;
}
static unsigned long fpsr(void)
{
    unsigned long v;
    __asm__ volatile("mrs %0, fpsr" : "=r"(v));
    return v;
}

__attribute__((noinline)) static int keep_over(unsigned char seed, long number)
{
    unsigned char values[128], after[128];
    for (int i = 0; i < 128; i++)
        values[i] = (unsigned char)(seed + i * 7);
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = 0;
    __asm__ volatile(
        "ldp q0, q1, [%1]\n\tldp q2, q3, [%1, #32]\n\tldp q7, q17, [%1, #64]\n\tldp q16, q31, [%1, "
        "#96]\n\tsvc #0\n\t"
        "stp q0, q1, [%2]\n\tstp q2, q3, [%2, #32]\n\tstp q7, q17, [%2, #64]\n\tstp q16, q31, [%2, #96]"
        : "+r"(x0)
        : "r"(values), "r"(after), "r"(x8)
        : "v0", "v1", "v2", "v3", "v7", "v17", "v16", "v31", "memory");
    return memcmp(values, after, 128) != 0;
}

static void on_signal(int signal)
{
    (void)signal;
    say("in the handler: FPCR %#lx, FPSR kept %d", fpcr(), (fpsr() & 0x1f) != 0);
    fill(99);
    __asm__ volatile("msr fpcr, xzr\n\tmsr fpsr, xzr");
}

int main(int argc, char** argv)
{
    (void)argv;
    if (argc > 1) {
        unsigned long d0, d31;
        __asm__ volatile("umov %0, v20.d[0]\n\tumov %1, v30.d[1]" : "=r"(d0), "=r"(d31));
        say("after exec: FPCR %#lx FPSR %#lx", fpcr(), fpsr());
        (void)d0;
        (void)d31;
        return 0;
    }
    shared = shared_memory(PAGE);
    say("at first: FPCR %#lx", fpcr());
    // Two processes take turns, each with its own values in the registers.
    pid_t child = (pid_t)MUST(fork());
    int wrong = 0;
    for (int i = 0; i < 300; i++)
        wrong += keep_over((unsigned char)(child == 0 ? i : i + 128), SYS_sched_yield);
    if (child == 0)
        _exit(wrong);
    say("parent's vectors wrong: %d", wrong);
    reap("child's vectors wrong", child);

    // A spinning child is preempted; its registers must come back.
    child = (pid_t)MUST(fork());
    if (child == 0) {
        shared[0] = 1;
        fill(1);
        while (__atomic_load_n((int*)&shared[1], __ATOMIC_RELAXED) == 0) { }
        _exit(differs(1));
    }
    await(&shared[0], 1);
    for (int i = 0; i < 20; i++) {
        keep_over((unsigned char)i, SYS_sched_yield);
        sleep_ms(2);
    }
    shared[1] = 1;
    reap("preempted", child);

    unsigned char keep = 55;
    fill(keep);
    child = (pid_t)SYS(clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0)
        SYS(exit, differs(keep));
    reap("inherited by fork", child);

    handle(SIGUSR1, on_signal, 0);
    __asm__ volatile("msr fpcr, %0\n\tmsr fpsr, %1" ::"r"(0x00400000ul), "r"(0x1ful));
    raise(SIGUSR1);
    say("after the handler: FPCR %#lx, FPSR %#lx", fpcr(), fpsr() & 0x1f);
    CHILD("fork keeps them", say("FPCR %#lx", fpcr()));
    CHILD("exec clears them", char* arguments[] = {"sigfpu", "again", NULL};
        execve("/abi/sigfpu", arguments, NULL));
    return 0;
}
