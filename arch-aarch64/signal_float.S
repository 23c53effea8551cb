// SPDX-License-Identifier: MIT
// NEON registers straight to and from the fpsimd_context of a signal frame (uapi/asm/sigcontext.h): magic,
// size, fpsr, fpcr, then v0..v31. The kernel itself never uses these registers, so this is their only way
// besides the lazy switch.
    .arch armv8-a+simd
    .text

    .global signal_float_store      // x0: FpsimdRecord*, all but its head
    .type signal_float_store, %function
    .balign 16
signal_float_store:
    bti     c
    mrs     x1, fpsr
    mrs     x2, fpcr
    stp     w1, w2, [x0, #8]
    stp     q0, q1, [x0, #16]
    stp     q2, q3, [x0, #48]
    stp     q4, q5, [x0, #80]
    stp     q6, q7, [x0, #112]
    stp     q8, q9, [x0, #144]
    stp     q10, q11, [x0, #176]
    stp     q12, q13, [x0, #208]
    stp     q14, q15, [x0, #240]
    stp     q16, q17, [x0, #272]
    stp     q18, q19, [x0, #304]
    stp     q20, q21, [x0, #336]
    stp     q22, q23, [x0, #368]
    stp     q24, q25, [x0, #400]
    stp     q26, q27, [x0, #432]
    stp     q28, q29, [x0, #464]
    stp     q30, q31, [x0, #496]
    ret
    .size signal_float_store, . - signal_float_store

    .global signal_float_load       // x0: FpsimdRecord const*
    .type signal_float_load, %function
    .balign 16
signal_float_load:
    bti     c
    ldp     w1, w2, [x0, #8]
    ldp     q0, q1, [x0, #16]
    ldp     q2, q3, [x0, #48]
    ldp     q4, q5, [x0, #80]
    ldp     q6, q7, [x0, #112]
    ldp     q8, q9, [x0, #144]
    ldp     q10, q11, [x0, #176]
    ldp     q12, q13, [x0, #208]
    ldp     q14, q15, [x0, #240]
    ldp     q16, q17, [x0, #272]
    ldp     q18, q19, [x0, #304]
    ldp     q20, q21, [x0, #336]
    ldp     q22, q23, [x0, #368]
    ldp     q24, q25, [x0, #400]
    ldp     q26, q27, [x0, #432]
    ldp     q28, q29, [x0, #464]
    ldp     q30, q31, [x0, #496]
    msr     fpsr, x1
    msr     fpcr, x2
    ret
    .size signal_float_load, . - signal_float_load
