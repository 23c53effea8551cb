// SPDX-License-Identifier: MIT
// What the processor and the kernel do together: faults and what siginfo says of them, registers a program
// may read, instructions it may and may not use, floating-point state across switches, code written at run
// time.
#include "abi.h"
#include <ucontext.h>

static sigjmp_buf back;
static siginfo_t volatile last;
static unsigned long volatile last_pc;

static void on_fault(int signal, siginfo_t* info, void* context)
{
    (void)signal;
    last = *info;
    last_pc = ((ucontext_t*)context)->uc_mcontext.pc;
    siglongjmp(back, 1);
}

static void show_fault(char const* what, unsigned long address)
{
    siginfo_t info = last;
    unsigned long at = (unsigned long)info.si_addr;
    say("%s: %s code %d, address %s", what, signal_name(info.si_signo), info.si_code,
        at == address              ? "as expected"
            : at == last_pc        ? "of the instruction"
            : (at & address) == at ? "untagged"
                                   : "another");
}

#define FAULT(address, ...)                                                                                  \
    do {                                                                                                     \
        if (sigsetjmp(back, 1) == 0) {                                                                       \
            __VA_ARGS__;                                                                                     \
            say("%s: no fault", #__VA_ARGS__);                                                               \
        } else {                                                                                             \
            show_fault(#__VA_ARGS__, (unsigned long)(address));                                              \
        }                                                                                                    \
    } while (0)
#define INSTRUCTION(text) FAULT(last_pc, asm volatile(text :: : "x0", "x1", "memory"))

static unsigned long read_at(unsigned long address)
{
    return *(unsigned long volatile*)address;
}
static void write_at(unsigned long address)
{
    *(unsigned long volatile*)address = 1;
}
static void jump_to(unsigned long address)
{
    ((void (*)(void))address)();
}

static void addresses(void)
{
    char* page = private_memory(2 * PAGE);
    MUST(munmap(page + PAGE, PAGE));
    unsigned long const hole = (unsigned long)page + PAGE, kernel = 0xffff800000000000, tag = 0x5aul << 56;
    FAULT(0, read_at(0));
    FAULT(hole, read_at(hole));
    FAULT(hole, write_at(hole));
    FAULT(hole, jump_to(hole));
    FAULT(kernel, read_at(kernel));
    FAULT(kernel, write_at(kernel));
    FAULT(kernel, jump_to(kernel));
    FAULT(~0ul - 7, read_at(~0ul - 7));
    FAULT(1ul << 50, read_at(1ul << 50));
    FAULT(hole | tag, read_at(hole | tag));
    say("through a tagged pointer: %lu", read_at((unsigned long)page | tag));
    FAULT(page, jump_to((unsigned long)page));
    MUST(mprotect(page, PAGE, PROT_READ));
    FAULT(page, write_at((unsigned long)page));
    FAULT(page + 8, write_at((unsigned long)page + 8));
    MUST(mprotect(page, PAGE, PROT_NONE));
    FAULT(page + 1, read_at((unsigned long)page + 1));
}

static void alignment(void)
{
    static unsigned long words[4];
    unsigned long const odd = (unsigned long)words + 1;
    say("unaligned: %lu", read_at(odd));
    FAULT(odd, asm volatile("ldxr x0, [%0]" ::"r"(odd) : "x0"));
    FAULT(odd, asm volatile("ldar x0, [%0]" ::"r"(odd) : "x0"));
    FAULT(0x10002, jump_to((unsigned long)addresses + 2));
    FAULT(last_pc,
        asm volatile("mov x1, sp\n sub sp, sp, #8\n ldr x0, [sp]\n mov sp, x1" :: : "x0", "x1", "memory"));
}

static void instructions(void)
{
    INSTRUCTION(".inst 0x00000000");
    INSTRUCTION(".inst 0xffffffff");
    INSTRUCTION("brk #0");
    INSTRUCTION("brk #42");
    INSTRUCTION("hlt #1");
    INSTRUCTION("hvc #0");
    INSTRUCTION("smc #0");
    INSTRUCTION("eret");
    INSTRUCTION("msr daifset, #2");
    INSTRUCTION("mrs x0, sctlr_el1");
    INSTRUCTION("msr ttbr0_el1, x0");
    INSTRUCTION("mrs x0, cntkctl_el1");
    INSTRUCTION("mrs x0, cntp_ctl_el0");
    INSTRUCTION("mrs x0, pmccntr_el0");
    INSTRUCTION("tlbi vmalle1");
    INSTRUCTION("wfe");
    INSTRUCTION("wfi");
    INSTRUCTION("yield");
    INSTRUCTION("mrs x0, cntvct_el0");
    INSTRUCTION("mrs x0, cntfrq_el0");
    INSTRUCTION("mrs x0, tpidrro_el0");
    INSTRUCTION("mrs x0, nzcv");
    INSTRUCTION("mrs x0, currentel");
}

#define REGISTER(name)                                                                                       \
    do {                                                                                                     \
        unsigned long value_;                                                                                \
        asm volatile("mrs %0, " name : "=r"(value_));                                                        \
        say("%s = %#lx", name, value_);                                                                      \
    } while (0)

static void registers(void)
{
    REGISTER("midr_el1");
    REGISTER("mpidr_el1");
    REGISTER("revidr_el1");
    REGISTER("id_aa64pfr0_el1");
    REGISTER("id_aa64pfr1_el1");
    REGISTER("id_aa64isar0_el1");
    REGISTER("id_aa64isar1_el1");
    REGISTER("id_aa64mmfr0_el1");
    REGISTER("id_aa64mmfr1_el1");
    REGISTER("id_aa64dfr0_el1");
    REGISTER("s3_0_c0_c4_7");
    REGISTER("s3_0_c0_c7_2");
    REGISTER("ctr_el0");
    REGISTER("dczid_el0");
    REGISTER("tpidrro_el0");
    REGISTER("fpcr");
    INSTRUCTION("mrs x0, id_pfr0_el1");
    INSTRUCTION("mrs xzr, midr_el1");
}

static void cache_operations(void)
{
    static char line[256] __attribute__((aligned(256)));
    memset(line, 'x', sizeof line);
    FAULT(line, asm volatile("dc zva, %0" ::"r"(line) : "memory"));
    say("cleared: %d", line[0]);
    FAULT(line, asm volatile("dc cvau, %0" ::"r"(line) : "memory"));
    FAULT(line, asm volatile("dc cvac, %0" ::"r"(line) : "memory"));
    FAULT(line, asm volatile("dc civac, %0" ::"r"(line) : "memory"));
    FAULT(line, asm volatile("ic ivau, %0" ::"r"(line) : "memory"));
    FAULT(line, asm volatile("dc ivac, %0" ::"r"(line) : "memory"));
    FAULT(8, asm volatile("dc cvac, %0" ::"r"(8ul) : "memory"));
    FAULT(8, asm volatile("dc zva, %0" ::"r"(8ul) : "memory"));
}

static void fresh_code(void)
{
    unsigned* code = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 3; i++) {
        code[0] = 0x52800000u | (unsigned)(i + 7) << 5; // mov w0, #(i + 7)
        code[1] = 0xd65f03c0; // ret
        __builtin___clear_cache((char*)code, (char*)(code + 2));
        say("fresh code returns %d", ((int (*)(void))code)());
    }
}

// Every vector register holds a pattern of its own while other processes hold theirs.
static bool keeps_vectors(unsigned char seed, int rounds)
{
    static unsigned char in[512] __attribute__((aligned(16))), out[512] __attribute__((aligned(16)));
    for (unsigned i = 0; i < sizeof in; i++)
        in[i] = (unsigned char)(seed * 31 + i * 7);
    for (int round = 0; round < rounds; round++) {
        register long x8 asm("x8") = __NR_sched_yield;
        register long x0 asm("x0") = 0;
        asm volatile("mov x9, %1\n"
                     "ld1 {v0.16b-v3.16b}, [x9], #64\n ld1 {v4.16b-v7.16b}, [x9], #64\n"
                     "ld1 {v8.16b-v11.16b}, [x9], #64\n ld1 {v12.16b-v15.16b}, [x9], #64\n"
                     "ld1 {v16.16b-v19.16b}, [x9], #64\n ld1 {v20.16b-v23.16b}, [x9], #64\n"
                     "ld1 {v24.16b-v27.16b}, [x9], #64\n ld1 {v28.16b-v31.16b}, [x9], #64\n"
                     "svc #0\n"
                     "mov x9, %2\n"
                     "st1 {v0.16b-v3.16b}, [x9], #64\n st1 {v4.16b-v7.16b}, [x9], #64\n"
                     "st1 {v8.16b-v11.16b}, [x9], #64\n st1 {v12.16b-v15.16b}, [x9], #64\n"
                     "st1 {v16.16b-v19.16b}, [x9], #64\n st1 {v20.16b-v23.16b}, [x9], #64\n"
                     "st1 {v24.16b-v27.16b}, [x9], #64\n st1 {v28.16b-v31.16b}, [x9], #64\n"
            : "+r"(x0)
            : "r"(in), "r"(out), "r"(x8)
            : "x9", "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12",
            "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26",
            "v27", "v28", "v29", "v30", "v31");
        if (memcmp(in, out, sizeof in) != 0)
            return false;
    }
    return true;
}

static void vectors(void)
{
    pid_t children[4];
    for (int i = 0; i < 4; i++) {
        children[i] = (pid_t)MUST(fork());
        if (children[i] == 0) {
            unsigned long control = (unsigned long)i << 22, now; // rounding mode
            asm volatile("msr fpcr, %0" ::"r"(control));
            bool const kept = keeps_vectors((unsigned char)i, 200);
            asm volatile("mrs %0, fpcr" : "=r"(now));
            _exit(!kept ? 1 : now != control ? 2 : 0);
        }
    }
    for (int i = 0; i < 4; i++)
        reap("vectors", children[i]);
    double volatile half = 0.5;
    CHILD("a child's copy", half *= 3; _exit(half == 1.5 ? 0 : 1));
    say("half is %g", half);
}

static void thread_pointer(void)
{
    unsigned long saved, seen;
    asm volatile("mrs %0, tpidr_el0" : "=r"(saved));
    asm volatile("msr tpidr_el0, %1\n mov x8, %2\n svc #0\n mrs %0, tpidr_el0\n msr tpidr_el0, %3"
        : "=&r"(seen)
        : "r"(0x123456789abcul), "i"(__NR_sched_yield), "r"(saved)
        : "x0", "x8", "memory");
    say("thread pointer after a call: %#lx", seen);
}

static void call_keeps_registers(void)
{
    unsigned long bad = 0;
    asm volatile(
        "mov x1, #1\n mov x2, #2\n mov x7, #7\n mov x9, #9\n mov x15, #15\n mov x16, #16\n mov x17, #17\n"
        "mov x18, #18\n mov x30, #30\n mov x8, %1\n svc #0\n"
        "eor x1, x1, #1\n eor x2, x2, #2\n eor x7, x7, #7\n sub x9, x9, #9\n eor x15, x15, #15\n"
        "eor x16, x16, #16\n sub x17, x17, #17\n sub x18, x18, #18\n eor x30, x30, #30\n"
        "orr %0, x1, x2\n orr %0, %0, x7\n orr %0, %0, x9\n orr %0, %0, x15\n orr %0, %0, x16\n"
        "orr %0, %0, x17\n orr %0, %0, x18\n orr %0, %0, x30\n"
        : "=&r"(bad)
        : "i"(__NR_getpid)
        : "x0", "x1", "x2", "x7", "x8", "x9", "x15", "x16", "x17", "x18", "x30", "memory");
    say("a call changes %lx beside x0", bad);
}

int main(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    int const caught[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE};
    for (unsigned i = 0; i < COUNT(caught); i++)
        MUST(sigaction(caught[i], &action, NULL));
    addresses();
    alignment();
    instructions();
    registers();
    cache_operations();
    fresh_code();
    vectors();
    thread_pointer();
    call_keeps_registers();
    return 0;
}
