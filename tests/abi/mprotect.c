// SPDX-License-Identifier: MIT
// Protection and faults: signal, code and address of every kind of fault a program can cause.
#include "abi.h"

static sigjmp_buf back;
static siginfo_t volatile last;

static void on_fault(int signal, siginfo_t* info, void* context)
{
    (void)context;
    last = *info;
    siglongjmp(back, signal);
}

static void show(char const* what, int signal, void* expected)
{
    siginfo_t info = last;
    say("%s: %s code %d, address %s", what, signal_name(signal), info.si_code,
        info.si_addr == expected ? "right" : "other");
}

#define FAULT(what, expected, ...)                                                                           \
    do {                                                                                                     \
        int signal_ = sigsetjmp(back, 1);                                                                    \
        if (signal_ != 0)                                                                                    \
            show(what, signal_, (void*)(expected));                                                          \
        else {                                                                                               \
            __VA_ARGS__;                                                                                     \
            say("%s: no fault", what);                                                                       \
        }                                                                                                    \
    } while (0)

static void run(void* address)
{
    ((void (*)(void))address)();
}

int main(void)
{
    static int const signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE};
    for (unsigned i = 0; i < COUNT(signals); i++)
        handle_info(signals[i], on_fault, 0);
    char* page = private_memory(4 * PAGE);
    char volatile* p = page + 0x123;
    unsigned* code = (unsigned*)(page + PAGE);
    *p = 1;

    FAULT("null read", 0, (void)*(char volatile*)0);
    FAULT("null write", 8, *(char volatile*)8 = 1);
    FAULT("unmapped", 0x123456789, (void)*(char volatile*)0x123456789);
    FAULT("kernel half", 0xffffff8000001000, (void)*(char volatile*)0xffffff8000001000);
    FAULT("kernel half, last page", ~0xful, *(char volatile*)~0xful = 1);
    FAULT("neither half", 0x0001000000000000, (void)*(char volatile*)0x0001000000000000);
    FAULT("tagged unmapped", 0xab00000123456789, (void)*(char volatile*)0xab00000123456789);
    FAULT("tagged unmapped, without the tag", 0x123456789, (void)*(char volatile*)0xab00000123456789);
    FAULT("tagged but mapped", 0, *(char volatile*)((unsigned long)p | 0x5500000000000000) = 7);
    say("written through the tag: %d", *p);
    MUST(mprotect(page, PAGE, PROT_READ));
    FAULT("read-only, write", p, *p = 2);
    FAULT("read-only, read", 0, (void)*p);
    FAULT("read-only, run", page, run(page));
    MUST(mprotect(page, PAGE, PROT_NONE));
    FAULT("no access, read", p, (void)*p);
    FAULT("no access, write", p, *p = 2);
    FAULT("no access, run", page, run(page));
    MUST(mprotect(page, PAGE, PROT_READ | PROT_WRITE));
    say("contents kept: %d", *p);
    FAULT("writable, run", page, run(page));
    FAULT("run unmapped", 0x123456788, run((void*)0x123456788));
    FAULT("run null", 0, run((void*)0));
    FAULT("run misaligned", (unsigned long)page + 2, run(page + 2));
    FAULT("run in the kernel half", 0xffffff8000001000, run((void*)0xffffff8000001000));

    code[0] = 0xd65f03c0; // ret
    code[1] = 0xd4200020; // brk #1
    code[2] = 0x00000000; // undefined
    code[3] = 0xd5181000; // msr sctlr_el1, x0
    code[4] = 0xd53be040; // mrs x0, cntvct_el0
    code[5] = 0xd65f03c0;
    code[6] = 0xd4000002; // hvc #0
    code[7] = 0xd4000003; // smc #0
    code[8] = 0xd503207f; // wfi
    code[9] = 0xd65f03c0;
    code[10] = 0xd50b7e20; // dc civac, x0 is done on the stack pointer below
    code[11] = 0xd65f03c0;
    code[12] = 0xd5380000; // mrs x0, midr_el1: emulated or not
    code[13] = 0xd65f03c0;
    code[14] = 0xd53b0020; // mrs x0, ctr_el0
    code[15] = 0xd65f03c0;
    code[16] = 0xd53b00e0; // mrs x0, dczid_el0
    code[17] = 0xd65f03c0;
    code[18] = 0xd503209f; // sev
    code[19] = 0xd65f03c0;
    code[20] = 0xd4400000; // hlt #0
    MUST(mprotect(code, PAGE, PROT_READ | PROT_EXEC));
    __builtin___clear_cache((char*)code, (char*)code + 128);
    FAULT("run executable page", 0, run(code));
    FAULT("breakpoint", code + 1, run(code + 1));
    FAULT("undefined", code + 2, run(code + 2));
    FAULT("system register write", code + 3, run(code + 3));
    FAULT("counter", 0, run(code + 4));
    FAULT("hvc", code + 6, run(code + 6));
    FAULT("smc", code + 7, run(code + 7));
    FAULT("wfi", 0, run(code + 8));
    FAULT("cache type register", 0, run(code + 14));
    FAULT("zero block size register", 0, run(code + 16));
    FAULT("sev", 0, run(code + 18));
    MUST(mprotect(code, PAGE, PROT_EXEC));
    FAULT("execute-only, run", 0, run(code));
    FAULT("write to execute-only", code, *(unsigned volatile*)code = 1);

    FAULT("exclusive, misaligned", page + 1, __asm__ volatile("ldxr x0, [%0]" ::"r"(page + 1) : "x0"));
    FAULT("misaligned load", 0, (void)*(unsigned long volatile*)(page + 1));
    MUST(mprotect(page + 3 * PAGE, PAGE, PROT_NONE));
    FAULT("misaligned load over the end", page + 3 * PAGE,
        (void)*(unsigned long volatile*)(page + 3 * PAGE - 3));
    FAULT("run misaligned, executable", (unsigned long)code + 2, run((char*)code + 2));
    FAULT("division by zero", 0, int volatile zero = 0; unsigned volatile q = 0;
        __asm__ volatile("udiv %w0, %w1, %w2" : "=r"(q) : "r"(7), "r"(zero)); say("quotient %u", q));

    VALUE(mprotect(page + 1, PAGE, PROT_READ));
    VALUE(mprotect(page, 0, PROT_READ));
    VALUE(mprotect(page, PAGE, 0x100));
    VALUE(mprotect(page, PAGE, PROT_GROWSDOWN | PROT_GROWSUP));
    VALUE(mprotect(page, PAGE, PROT_GROWSDOWN));
    VALUE(mprotect((void*)0x7777000, PAGE, PROT_READ));
    VALUE(mprotect(page, ~0xffful, PROT_READ));
    VALUE(mprotect(page, ~0ul, PROT_READ));
    VALUE(mprotect((void*)~0xffful, PAGE, PROT_READ));
    char* holes = private_memory(4 * PAGE);
    munmap(holes + 2 * PAGE, PAGE);
    VALUE(mprotect(holes, 4 * PAGE, PROT_READ));
    FAULT("before the hole is protected already", holes, *(char volatile*)holes = 1);
    FAULT("behind the hole is not", 0, *(char volatile*)(holes + 3 * PAGE) = 1);

    // A handler that repairs the fault: the instruction is run again.
    CHILD("default action", handle(SIGSEGV, SIG_DFL, 0); *(char volatile*)8 = 1);
    CHILD("default action of an undefined instruction", handle(SIGILL, SIG_DFL, 0); run(code + 2));
    return 0;
}
