// SPDX-License-Identifier: MIT
// Numbers that the assembly and the C++ share. Macros, as the assembler knows nothing else; each one that
// mirrors a C++ layout is checked by a static_assert next to that type.
#pragma once

// MAIR_EL1: the memory types, by index (Arm ARM D19.2.97).
#define MEMORY_NORMAL 0 // write-back, read and write allocate
#define MEMORY_DEVICE_nGnRE 1 // registers
#define MEMORY_NORMAL_NC 2 // not cached
#define MEMORY_DEVICE_nGnRnE 3 // registers whose writes must not be acknowledged early
#define MAIR_VALUE 0x004404ff

// TCR_EL1 without IPS and AS: 48 bits on both sides, 4 KiB granules, write-back inner-shareable walks,
// top byte ignored for user addresses (the Linux ABI has it so).
#define TCR_T0SZ (16)
#define TCR_T1SZ (16 << 16)
#define TCR_WALKS_0 ((1 << 8) | (1 << 10) | (3 << 12))
#define TCR_WALKS_1 ((1 << 24) | (1 << 26) | (3 << 28))
#define TCR_TG1_4K (2 << 30)
#define TCR_TBI0 (1 << 37)
#define TCR_VALUE (TCR_T0SZ | TCR_T1SZ | TCR_WALKS_0 | TCR_WALKS_1 | TCR_TG1_4K | TCR_TBI0)

// SCTLR_EL1. RES1 on an Armv8.0 core: LSMAOE, nTLSMD, SPAN, EIS, TSCXT, EOS. SPAN becomes 0 where PAN exists.
#define SCTLR_RES1 ((1 << 29) | (1 << 28) | (1 << 23) | (1 << 22) | (1 << 20) | (1 << 11))
#define SCTLR_M (1 << 0)
#define SCTLR_C (1 << 2)
#define SCTLR_SA (1 << 3)
#define SCTLR_SA0 (1 << 4)
#define SCTLR_ITD (1 << 7)
#define SCTLR_SED (1 << 8)
#define SCTLR_I (1 << 12)
#define SCTLR_DZE (1 << 14)
#define SCTLR_UCT (1 << 15)
#define SCTLR_nTWE (1 << 18)
#define SCTLR_SPAN (1 << 23)
#define SCTLR_UCI (1 << 26)
#define SCTLR_MMU_OFF (SCTLR_RES1 | SCTLR_ITD | SCTLR_SED)
#define SCTLR_MMU_ON                                                                                         \
    (SCTLR_MMU_OFF | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_SA0 | SCTLR_I | SCTLR_DZE | SCTLR_UCT | SCTLR_nTWE \
        | SCTLR_UCI)

// PSTATE: EL1 on its own stack pointer, D, A, I and F masked.
#define PSTATE_EL1H_MASKED 0x3c5

#define KERNEL_STACK_SIZE 16384
#define EMERGENCY_STACK_SIZE 8192

#define BOOT_ROOT_OFFSET (4 * 4096) // of boot_tables.root

// struct CoreStart (cores/core_start.hpp)
#define CORE_START_SIZE 64
#define CORE_START_ROOT 8
#define CORE_START_STACK_TORUS 16 // the stack's top, then the torus
#define CORE_START_NUMBER 32
