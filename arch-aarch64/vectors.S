// SPDX-License-Identifier: MIT
// Exceptions. While a thread runs at EL0, SP_EL1 points at its Frame: the registers are saved straight there, then
// SP becomes the torus's empty kernel stack and C++ is called, which returns the frame to restore (maybe another
// thread's). In the kernel everything is masked, so an exception from EL1 is one of two things: a user copy
// whose user access faulted, which goes on at the copy's fixup (its address is in x15), or the end.
#include "arch-aarch64/boot_constants.h"
#include "arch-aarch64/frame_offsets.h"

    // Saves the whole of a thread; leaves its frame in x0, its pstate in x3, and SP on the kernel stack.
    .macro save_x2_to_x29 frame
    stp     x2, x3, [\frame, #16]
    stp     x4, x5, [\frame, #32]
    stp     x6, x7, [\frame, #48]
    stp     x8, x9, [\frame, #64]
    stp     x10, x11, [\frame, #80]
    stp     x12, x13, [\frame, #96]
    stp     x14, x15, [\frame, #112]
    stp     x16, x17, [\frame, #128]
    stp     x18, x19, [\frame, #144]
    stp     x20, x21, [\frame, #160]
    stp     x22, x23, [\frame, #176]
    stp     x24, x25, [\frame, #192]
    stp     x26, x27, [\frame, #208]
    stp     x28, x29, [\frame, #224]
    .endm

    .macro save_user
    stp     x0, x1, [sp]
    save_x2_to_x29 sp
    mrs     x1, sp_el0
    mrs     x2, elr_el1
    mrs     x3, spsr_el1
    stp     x30, x1, [sp, #FRAME_X30_SP]
    stp     x2, x3, [sp, #FRAME_PC_PSTATE]
    mrs     x4, tpidr_el1
    mov     x0, sp
    ldr     x4, [x4, #TORUS_STACK_TOP]
    mov     x29, xzr                // a backtrace ends here
    mov     sp, x4
    .endm

    .macro load_x2_to_x29
    ldp     x2, x3, [sp, #16]
    ldp     x4, x5, [sp, #32]
    ldp     x6, x7, [sp, #48]
    ldp     x8, x9, [sp, #64]
    ldp     x10, x11, [sp, #80]
    ldp     x12, x13, [sp, #96]
    ldp     x14, x15, [sp, #112]
    ldp     x16, x17, [sp, #128]
    ldp     x18, x19, [sp, #144]
    ldp     x20, x21, [sp, #160]
    ldp     x22, x23, [sp, #176]
    ldp     x24, x25, [sp, #192]
    ldp     x26, x27, [sp, #208]
    ldp     x28, x29, [sp, #224]
    .endm

    .macro vector label
    .balign 128
    b       \label
    .endm

    .macro vector_dead kind
    .balign 128
    msr     sp_el0, x0              // free in the kernel: the thread's own is in its frame
    mov     x0, #\kind
    b       kernel_dies
    .endm

    .macro vectors_of_kernel
    vector_dead 5                   // current EL with SP_EL0
    vector_dead 5
    vector_dead 5
    vector_dead 5
    vector  kernel_sync             // current EL with SP_ELx
    vector_dead 1
    vector_dead 2
    vector_dead 3
    .endm

    .section .vectors, "ax"
    .balign 2048
    .global exception_vectors
exception_vectors:
    vectors_of_kernel

    .balign 128                     // EL0, AArch64
user_sync:
    save_user
    mrs     x1, esr_el1
    lsr     x2, x1, #26
    cmp     x2, #0x15               // SVC
    b.ne    user_exception
    bl      on_svc
    b       user_return
    .balign 128
    b       user_irq
    .balign 128
    b       user_irq                // FIQ: routed here only by firmware that uses group 0 for us
    .balign 128
    b       user_serror

    .balign 128                     // EL0, AArch32: no thread of ours can be in it, and none survives it
    b       user_foreign
    .balign 128
    b       user_foreign
    .balign 128
    b       user_foreign
    .balign 128
    b       user_foreign

// While a thread of another torus runs here (docs/limbs.md).
    .balign 2048
    .global limb_vectors
limb_vectors:
    vectors_of_kernel

    .balign 128                     // EL0, AArch64
limb_sync:
    save_user
    mrs     x1, esr_el1
    lsr     x2, x1, #26
    cmp     x2, #0x15               // SVC
    b.ne    limb_exception
    bl      on_limb_svc
    b       user_return
    vector  limb_irq
    vector  limb_irq
    vector  limb_serror
    vector  limb_foreign            // EL0, AArch32
    vector  limb_foreign
    vector  limb_foreign
    vector  limb_foreign

    .balign 128
limb_irq:
    save_user
    bl      on_limb_irq
    b       user_return

limb_serror:
    save_user
    mrs     x1, esr_el1
    bl      on_limb_system_error
    b       user_return

limb_foreign:
    save_user
    bl      on_limb_foreign_state
    b       user_return

limb_exception:
    mrs     x2, far_el1
    bl      on_limb_sync
    b       user_return

    .balign 128
user_irq:
    save_user
    bl      on_user_irq
    b       user_return

user_serror:
    save_user
    mrs     x1, esr_el1
    mov     x2, xzr
    bl      on_user_system_error
    b       user_return

user_foreign:
    save_user
    bl      on_user_foreign_state
    b       user_return

user_exception:
    mrs     x2, far_el1
    bl      on_user_sync
    // falls through

    .global user_return
// x0: the frame to run. The kernel stack is empty from here.
user_return:
    ldp     x2, x3, [x0, #FRAME_PC_PSTATE]
    mov     sp, x0
    ldp     x30, x1, [x0, #FRAME_X30_SP]
    msr     elr_el1, x2
    msr     spsr_el1, x3
    msr     sp_el0, x1
    load_x2_to_x29
    ldp     x0, x1, [sp]
    eret
    dsb     nsh                     // no speculation past the return
    isb

kernel_sync:
    // Nothing is on the stack yet: x0 goes to SP_EL0, and SP is looked at before anything is pushed.
    msr     sp_el0, x0
    mrs     x0, tpidr_el1
    ldr     x0, [x0, #TORUS_STACK_TOP]
    sub     x0, x0, #KERNEL_STACK_SIZE
    sub     x0, sp, x0              // room left
    cmp     x0, #512                // less than two frames, or below the stack, or above it: not a sane SP
    b.lo    1f
    cmp     x0, #KERNEL_STACK_SIZE
    b.hi    1f

    stp     x16, x17, [sp, #-16]!
    mrs     x0, esr_el1
    lsr     x0, x0, #26
    cmp     x0, #0x25               // data abort at this level
    b.ne    2f
    mrs     x0, far_el1
    tbnz    x0, #55, 2f             // of a kernel address: our fault
    mrs     x0, elr_el1
    adrp    x16, user_copy_begin
    add     x16, x16, :lo12:user_copy_begin
    adrp    x17, user_copy_end
    add     x17, x17, :lo12:user_copy_end
    cmp     x0, x16
    b.lo    2f
    cmp     x0, x17
    b.hs    2f
    ldp     x16, x17, [sp], #16
    msr     elr_el1, x15
    mrs     x0, sp_el0
    eret
    dsb     nsh
    isb

1:  mov     x0, #4                  // StackOverflow
    b       kernel_dies
2:  ldp     x16, x17, [sp], #16
    mov     x0, #0                  // Synchronous
    // falls through

// x0: the kind; the real x0 is in SP_EL0. Saves a KernelFrame, on the emergency stack when SP can't be trusted. A
// second time round (the panic itself faulted) the stack is the emergency one again, which is what it is for.
kernel_dies:
    msr     tpidrro_el0, x1         // no thread will read it again
    mov     x1, sp
    cmp     x0, #4
    b.lo    3f
    mrs     x1, tpidr_el1
    ldr     x1, [x1, #TORUS_STACK_TOP]
    sub     x1, x1, #KERNEL_STACK_SIZE
    sub     x1, x1, #4096           // the guard page between them
3:  sub     x1, x1, #KERNEL_FRAME_SIZE
    and     x1, x1, #~15
    save_x2_to_x29 x1
    mrs     x2, sp_el0
    mrs     x3, tpidrro_el0
    stp     x2, x3, [x1]
    mov     x4, sp
    stp     x30, x4, [x1, #FRAME_X30_SP]
    mrs     x2, elr_el1
    mrs     x3, spsr_el1
    stp     x2, x3, [x1, #FRAME_PC_PSTATE]
    stp     x29, x2, [x1, #KERNEL_FRAME_LINK]
    mrs     x2, esr_el1
    mrs     x3, far_el1
    stp     x2, x3, [x1, #KERNEL_FRAME_ESR_FAR]
    mov     sp, x1
    add     x29, x1, #KERNEL_FRAME_LINK     // x0 is the kind, x1 the frame
    bl      on_kernel_exception     // (kind, frame); returns only to go on at the frame's pc

    ldp     x2, x3, [sp, #FRAME_PC_PSTATE]
    msr     elr_el1, x2
    msr     spsr_el1, x3
    load_x2_to_x29
    ldr     x1, [sp]
    msr     sp_el0, x1
    ldp     x30, x0, [sp, #FRAME_X30_SP]
    ldr     x1, [sp, #8]
    mov     sp, x0
    mrs     x0, sp_el0
    eret
    dsb     nsh
    isb

// The resident EL2 vectors. EL2 runs with its MMU off, so it touches no memory: it hands what it saw down to
// EL1, which can report it. Nothing comes here in normal running: stage 2 is off, nothing is routed or trapped.
    .balign 2048
    .global el2_vectors
el2_vectors:
    .rept 16
    .balign 128
    b       el2_exception
    .endr

el2_exception:
    msr     tpidr_el2, x0
    mrs     x0, sctlr_el1
    tbz     x0, #0, park            // EL1 has no map yet: there is nobody to tell
    mrs     x0, esr_el2
    msr     esr_el1, x0
    mrs     x0, far_el2
    msr     far_el1, x0
    mrs     x0, elr_el2
    msr     elr_el1, x0
    mrs     x0, spsr_el2
    msr     spsr_el1, x0
    movz    x0, #:abs_g3:el2_exception_reported
    movk    x0, #:abs_g2_nc:el2_exception_reported
    movk    x0, #:abs_g1_nc:el2_exception_reported
    movk    x0, #:abs_g0_nc:el2_exception_reported
    msr     elr_el2, x0
    mov     x0, #PSTATE_EL1H_MASKED
    msr     spsr_el2, x0
    mrs     x0, tpidr_el2
    eret
    dsb     nsh
    isb
el2_exception_reported:
    msr     sp_el0, x0
    mov     x0, #6
    b       kernel_dies
