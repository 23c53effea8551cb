// SPDX-License-Identifier: MIT
// Where a signal handler returns to. Unwinders (libgcc, LLVM, gdb) recognise these two instructions and then
// know the frame; they look for them only where there is no CFI, so there is none here, as in Linux's.
    .text
    .balign 64
    .global __kernel_rt_sigreturn
    .type __kernel_rt_sigreturn, %function
__kernel_rt_sigreturn:
    mov     x8, #139                // rt_sigreturn
    svc     #0
    .size __kernel_rt_sigreturn, . - __kernel_rt_sigreturn

    .pushsection .note.Torc, "a", %note
    .balign 4
    .word   1f - 0f, 3f - 2f, 0     // as Linux's: the kernel version whose ABI this is
0:  .asciz "Linux"
1:  .balign 4
2:  .word   (6 << 16) | (1 << 8)
3:  .balign 4
    .popsection
