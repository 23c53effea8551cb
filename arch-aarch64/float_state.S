// SPDX-License-Identifier: MIT
// A thread's NEON state to and from the core: the only code in the kernel that names those registers. EL1 must
// have access (CPACR_EL1.FPEN).
#include "arch-aarch64/frame_offsets.h"

    .arch   armv8-a
    .arch_extension simd

    .macro each_pair operation
    \operation q0, q1, [x0]
    \operation q2, q3, [x0, #32]
    \operation q4, q5, [x0, #64]
    \operation q6, q7, [x0, #96]
    \operation q8, q9, [x0, #128]
    \operation q10, q11, [x0, #160]
    \operation q12, q13, [x0, #192]
    \operation q14, q15, [x0, #224]
    \operation q16, q17, [x0, #256]
    \operation q18, q19, [x0, #288]
    \operation q20, q21, [x0, #320]
    \operation q22, q23, [x0, #352]
    \operation q24, q25, [x0, #384]
    \operation q26, q27, [x0, #416]
    \operation q28, q29, [x0, #448]
    \operation q30, q31, [x0, #480]
    .endm

    .text
// void float_state_store(FloatState* to)
    .global float_state_store
    .type   float_state_store, %function
float_state_store:
    bti     c
    each_pair stp
    mrs     x1, fpsr
    mrs     x2, fpcr
    str     w1, [x0, #FLOAT_FPSR]
    str     w2, [x0, #FLOAT_FPCR]
    ret
    .size   float_state_store, . - float_state_store

// void float_state_load(FloatState const* from)
    .global float_state_load
    .type   float_state_load, %function
float_state_load:
    bti     c
    each_pair ldp
    ldr     w1, [x0, #FLOAT_FPSR]
    ldr     w2, [x0, #FLOAT_FPCR]
    msr     fpsr, x1
    msr     fpcr, x2
    ret
    .size   float_state_load, . - float_state_load
