// SPDX-License-Identifier: MIT
// rseq: registration and its refusals, the core's number, and that a sequence is aborted by a signal and by
// being taken off the core.
#include "abi.h"
#include <linux/rseq.h>
#include <pthread.h>
#include <sys/rseq.h>

#define SIGNATURE 0xd428bc00
static struct rseq area __attribute__((aligned(32)));
static int volatile signals, enough;
static void on_alarm(int signal)
{
    signals += signal == SIGALRM;
}

// Spins in a sequence that only an abort ends.
static int spin(struct rseq* mine)
{
    int aborted = 0;
    asm volatile("   .pushsection .data.sequences, \"aw\"\n"
                 "   .balign 32\n"
                 "9: .long 0, 0\n"
                 "   .quad 1f, 2f - 1f, 4f\n"
                 "   .popsection\n"
                 "   adrp x9, 9b\n"
                 "   add x9, x9, :lo12:9b\n"
                 "   str x9, [%1]\n"
                 "1: nop\n"
                 "   b 1b\n"
                 "2: b 5f\n"
                 "   .long 0xd428bc00\n"
                 "4: mov %w0, #1\n"
                 "5:\n"
        : "+r"(aborted)
        : "r"(&mine->rseq_cs)
        : "x9", "memory");
    return aborted;
}

static void* competes(void* argument)
{
    while (!enough)
        sleep_ms(1);
    return argument;
}

int main(void)
{
    IS(__rseq_size == 32 || __rseq_size == 20);
    struct rseq* theirs = (struct rseq*)((char*)__builtin_thread_pointer() + __rseq_offset);
    IS(theirs->cpu_id < 64);
    VALUE(SYS(rseq, theirs, 32, 0, SIGNATURE));
    VALUE(SYS(rseq, theirs, 32, 0, 1));
    VALUE(SYS(rseq, &area, 32, 0, SIGNATURE));
    VALUE(SYS(rseq, theirs, 32, 1, 1));
    VALUE(SYS(rseq, &area, 32, 1, SIGNATURE));
    VALUE(SYS(rseq, theirs, 32, 2, SIGNATURE));
    VALUE(SYS(rseq, theirs, 32, 1, SIGNATURE));
    say("unregistered: %d", (int)theirs->cpu_id);
    VALUE(SYS(rseq, theirs, 32, 1, SIGNATURE));
    VALUE(SYS(rseq, (char*)&area + 8, 32, 0, SIGNATURE));
    VALUE(SYS(rseq, &area, 31, 0, SIGNATURE));
    VALUE(SYS(rseq, -4096l, 32, 0, SIGNATURE));
    VALUE(SYS(rseq, &area, 32, 0, SIGNATURE));
    IS(area.cpu_id < 64 && area.cpu_id == area.cpu_id_start);

    handle(SIGALRM, on_alarm, 0);
    // Again and again: the first may come before its sequence begins, or before pause does.
    struct itimerval soon = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &soon, NULL);
    say("aborted by a signal or before: %d", spin(&area));
    IS(area.rseq_cs == 0);
    while (signals == 0)
        pause();
    setitimer(ITIMER_REAL, &never, NULL);
    unsigned long one = 1; // core: the other thread is to compete with this one
    MUST(SYS(sched_setaffinity, 0, sizeof one, &one));
    pthread_t t;
    pthread_create(&t, NULL, competes, NULL);
    int times = 0;
    while (times < 3)
        times += spin(&area);
    say("aborted again: %d", times);
    enough = 1;
    pthread_join(t, NULL);

    IN_CHILD("a wrong signature")
    {
        SYS(rseq, &area, 32, 1, SIGNATURE);
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        SYS(rseq, &area, 32, 0, SIGNATURE + 1);
        setitimer(ITIMER_REAL, &soon, NULL);
        spin(&area);
    }
    IN_CHILD("the child has it too") VALUE(SYS(rseq, &area, 32, 0, SIGNATURE));
    return 0;
}
