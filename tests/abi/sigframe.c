// SPDX-License-Identifier: MIT
// The signal frame as arm64 Linux lays it out: registers, the records behind them, what sigreturn restores
// and what it refuses.
#include "abi.h"
#include <asm/sigcontext.h>
#include <ucontext.h>

static int volatile mode;
static unsigned long volatile fault_address;
static sigjmp_buf back;

static void show_records(mcontext_t* m)
{
    struct _aarch64_ctx* record = (struct _aarch64_ctx*)m->__reserved;
    say("records aligned to 16: %d", ((unsigned long)record & 15) == 0);
    for (int i = 0; i < 8; i++) {
        say("record %#x size %#x", record->magic, record->size);
        if (record->magic == ESR_MAGIC)
            say("  syndrome class %#lx", (unsigned long)((struct esr_context*)record)->esr >> 26);
        if (record->magic == 0 || record->size == 0)
            break;
        record = (struct _aarch64_ctx*)((char*)record + record->size);
    }
}

static void on_signal(int signal, siginfo_t* info, void* context)
{
    ucontext_t* user = context;
    mcontext_t* m = &user->uc_mcontext;
    unsigned long here = (unsigned long)__builtin_frame_address(0);
    struct frame {
        siginfo_t info;
        ucontext_t user;
    };
    say("%s: info and context are one frame: %d", signal_name(signal),
        (char*)context - (char*)info == (long)offsetof(struct frame, user));
    say("registers at %zu, reserved at %zu, aligned to 16: %d", offsetof(ucontext_t, uc_mcontext),
        offsetof(ucontext_t, uc_mcontext) + offsetof(mcontext_t, __reserved),
        ((unsigned long)info & 15) == 0);
    say("handler's frame below the signal frame: %d", here < (unsigned long)info);
    say("link null %d, flags %#lx, stack flags %d, mask %#lx", user->uc_link == NULL, user->uc_flags,
        user->uc_stack.ss_flags, *(unsigned long*)&user->uc_sigmask);
    say("pc plausible %d, sp above the frame %d, flags of pstate %#lx", m->pc != 0,
        m->sp > (unsigned long)context, (unsigned long)m->pstate & 0x0fffffff);
    if (signal == SIGSEGV)
        say("fault address right %d", m->fault_address == fault_address);
    show_records(m);
}

// Raises SIGUSR1 with known registers and reports which came back changed.
static void registers_survive(void)
{
    unsigned long wrong;
    __asm__ volatile(
        "mov x19, #19\n\tmov x20, #20\n\tmov x21, #21\n\tmov x22, #22\n\tmov x9, #9\n\tmov x15, #15\n\t"
        "movi v3.16b, #3\n\tmovi v8.16b, #8\n\tmovi v31.16b, #31\n\t"
        "mov x0, %1\n\tmov x1, %2\n\tmov x8, %3\n\tcmp x0, x0\n\tsvc #0\n\t"
        "cset x2, ne\n\tmov %0, x2\n\tcmp x0, #0\n\tcset x2, ne\n\tadd %0, %0, x2, lsl #1\n\t"
        "sub x19, x19, #19\n\tsub x20, x20, #20\n\tsub x21, x21, #21\n\tsub x22, x22, #22\n\tsub x9, x9, "
        "#9\n\tsub x15, x15, #15\n\t"
        "orr x19, x19, x20\n\torr x19, x19, x21\n\torr x19, x19, x22\n\torr x19, x19, x9\n\torr x19, x19, "
        "x15\n\t"
        "cmp x19, #0\n\tcset x2, ne\n\tadd %0, %0, x2, lsl #2\n\t"
        "movi v4.16b, #3\n\tcmeq v4.16b, v4.16b, v3.16b\n\tmovi v5.16b, #8\n\tcmeq v5.16b, v5.16b, v8.16b\n\t"
        "movi v6.16b, #31\n\tcmeq v6.16b, v6.16b, v31.16b\n\tand v4.16b, v4.16b, v5.16b\n\tand v4.16b, "
        "v4.16b, v6.16b\n\t"
        "uminv b4, v4.16b\n\tumov w2, v4.b[0]\n\tcmp w2, #255\n\tcset x2, ne\n\tadd %0, %0, x2, lsl #3\n\t"
        : "=&r"(wrong)
        : "r"((long)getpid()), "r"((long)SIGUSR2), "r"((long)SYS_kill)
        : "x0", "x1", "x2", "x8", "x9", "x15", "x19", "x20", "x21", "x22", "v3", "v4", "v5", "v6", "v8",
        "v31", "cc", "memory");
    say("registers changed by a signal: %lu", wrong);
}

static void on_clobber(int signal)
{
    (void)signal;
    __asm__ volatile("mov x9, #0\n\tmov x15, #0\n\tmovi v3.16b, #0\n\tmovi v31.16b, #0\n\tcmp x9, #1\n\t" ::
            : "x9", "x15", "v3", "v31", "cc");
}

static void on_edit(int signal, siginfo_t* info, void* context)
{
    (void)signal;
    (void)info;
    mcontext_t* m = &((ucontext_t*)context)->uc_mcontext;
    struct fpsimd_context* vectors = (struct fpsimd_context*)m->__reserved;
    switch (mode) {
    case 0:
        m->regs[0] = 4242;
        m->regs[20] = 2020;
        vectors->vregs[9] = (__int128)0x1122334455667788 << 64 | 0x99aabbccddeeff00;
        m->pstate = (m->pstate & ~0xf0000000ul) | 0x60000000; // Z and C
        break;
    case 1:
        vectors->head.magic = 0x12345678;
        break;
    case 2:
        vectors->head.size = 0x100;
        break;
    case 3:
        m->pstate |= 5; // EL1h
        break;
    case 4:
        m->pc = 0x1000;
        break;
    case 5: // a record that reaches beyond the frame
        vectors->head.size = 0x2000;
        break;
    case 6:
        vectors->head.magic = 0; // no vector record at all
        break;
    case 7:
        m->pstate |= 0x10; // AArch32
        break;
    case 8:
        m->pc |= 2;
        break;
    case 9:
        m->pc = 0xffff000000000000;
        break;
    case 10:
        m->pstate |= 0x3c0; // interrupts masked
        break;
    }
}

static void edited(void)
{
    unsigned long x0, x20, low, high, z, c;
    __asm__ volatile(
        "mov x0, %6\n\tmov x1, %7\n\tmov x8, %8\n\tsvc #0\n\t"
        "cset %4, eq\n\tcset %5, cs\n\tmov %0, x0\n\tmov %1, x20\n\tumov %2, v9.d[0]\n\tumov %3, v9.d[1]"
        : "=&r"(x0), "=&r"(x20), "=&r"(low), "=&r"(high), "=&r"(z), "=&r"(c)
        : "r"((long)getpid()), "r"((long)SIGUSR2), "r"((long)SYS_kill)
        : "x0", "x1", "x8", "x20", "v9", "cc", "memory");
    say("edited: x0 %lu x20 %lu v9 %#lx %#lx Z %lu C %lu", x0, x20, low, high, z, c);
}

static void on_link(int signal)
{
    (void)signal;
    // The return address is in the vDSO or in the restorer: two instructions, mov x8, #139 and svc #0.
    unsigned* code = __builtin_return_address(0);
    say("return path %#x %#x", code[0], code[1]);
    unsigned long* record = __builtin_frame_address(0);
    unsigned long* outer = (unsigned long*)record[0];
    say("frame record chains: %d", outer != NULL && outer > record);
}

static void on_segv(int signal, siginfo_t* info, void* context)
{
    on_signal(signal, info, context);
    siglongjmp(back, 1);
}

int main(void)
{
    handle_info(SIGUSR1, on_signal, 0);
    raise(SIGUSR1);
    handle_info(SIGSEGV, on_segv, SA_NODEFER);
    fault_address = 0x123450;
    if (sigsetjmp(back, 1) == 0)
        *(int volatile*)fault_address = 1;
    handle(SIGSEGV, SIG_DFL, 0);
    handle(SIGUSR2, on_clobber, 0);
    registers_survive();
    handle(SIGUSR2, on_link, 0);
    raise(SIGUSR2);
    handle_info(SIGUSR2, on_edit, 0);
    mode = 0;
    edited();
    char const* const what[] = {"", "unknown record", "vector record of the wrong size", "pstate EL1",
        "pc unmapped", "vector record beyond the frame", "no vector record", "pstate AArch32",
        "pc misaligned", "pc in the kernel", "pstate with interrupts masked"};
    for (mode = 1; mode <= 10; mode++)
        CHILD(what[mode], raise(SIGUSR2));
    CHILD("sigreturn out of nowhere", SYS(rt_sigreturn));
    return 0;
}
