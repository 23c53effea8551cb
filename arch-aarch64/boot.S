// SPDX-License-Identifier: MIT
// From the boot loader's jump to C++ in the high half. Everything up to the end of enable_mmu runs at whatever
// physical address the image was put, so it is position independent, lies in the image's first page (which
// the identity map covers), and writes only to .noinit. Protocol: Linux Documentation/arch/arm64/booting.rst.
//
// Registers kept through: x19 device tree (physical), x20 image (physical), x21 exception level of entry.
#include "arch-aarch64/boot_constants.h"
#include "arch-aarch64/frame_offsets.h"

    .section .head, "ax"
    .balign 4096
image_header:
    b       boot_entry              // code0
    .long   0                       // code1
    .quad   0                       // text_offset: from a 2 MiB boundary
    .quad   image_size              // all memory we use before reading the tree, bss and boot tables too
    .quad   0xa                     // little-endian, 4 KiB pages, anywhere in memory
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0

boot_entry:
    msr     daifset, #0xf
    mov     x19, x0
    adr     x20, image_header
    tst     x20, #0xfff             // not even page aligned: nothing can be mapped, nothing can be said
    b.ne    park
    bl      enter_el1
    mov     x21, x0

    // What is written with the caches off must not be covered by stale lines, before (a dirty line written
    // back over it) nor after (a speculative fill from before the write).
    bl      drop_noinit_lines
    adrp    x0, boot_stack_top
    add     x0, x0, :lo12:boot_stack_top
    mov     sp, x0
    mov     x29, xzr
    bl      build_boot_tables
    bl      drop_noinit_lines

    adrp    x0, boot_tables         // starts with the identity map's root
    add     x0, x0, :lo12:boot_tables
    add     x1, x0, #BOOT_ROOT_OFFSET
    ldr     x30, =high_half
    b       enable_mmu

// Sets up EL1 and leaves EL2, if that is where we are. Keeps x19..x28; returns (at EL1, MMU off) the exception
// level of entry in x0. EL3 means that a loader took us for bare-metal code: there is no firmware below to ask.
enter_el1:
    mrs     x9, CurrentEL
    lsr     x9, x9, #2
    cmp     x9, #2
    b.gt    park
    b.eq    1f
    ldr     x10, =SCTLR_MMU_OFF
    msr     sctlr_el1, x10
    isb
    mov     x0, #1
    ret

1:  mrs     x11, id_aa64pfr0_el1
    mrs     x12, id_aa64mmfr0_el1
    mrs     x13, id_aa64dfr0_el1
    mrs     x14, id_aa64isar1_el1

    mov     x10, #(1 << 31)         // HCR_EL2.RW: EL1 is AArch64; nothing trapped or routed here
    ldr     x15, =0xff000ff0        // ISAR1: GPI GPA API APA
    tst     x14, x15
    b.eq    2f
    orr     x10, x10, #(3 << 40)    // API APK: pointer authentication does not trap
2:  msr     hcr_el2, x10
    isb
    ldr     x10, =0x30c50830        // SCTLR_EL2: its RES1 bits; MMU and caches off
    msr     sctlr_el2, x10
    ldr     x10, =SCTLR_MMU_OFF
    msr     sctlr_el1, x10
    mov     x10, #0x33ff            // CPTR_EL2: RES1; SVE and SME trap, NEON does not
    msr     cptr_el2, x10
    msr     hstr_el2, xzr
    msr     vttbr_el2, xzr

    mov     x10, #3                 // EL1 may use the physical counter and timer
    msr     cnthctl_el2, x10
    msr     cntvoff_el2, xzr        // one time for all cores

    mrs     x10, midr_el1
    msr     vpidr_el2, x10
    mrs     x10, mpidr_el1
    msr     vmpidr_el2, x10

    mov     x10, xzr                // MDCR_EL2: no traps; all event counters are EL1's
    ubfx    x15, x13, #8, #4        // PMUVer: 0 none, 0xf not Arm's
    sub     x15, x15, #1
    cmp     x15, #0xe
    b.hs    3f
    mrs     x10, pmcr_el0
    ubfx    x10, x10, #11, #5
3:  msr     mdcr_el2, x10

    ubfx    x15, x12, #56, #4       // FEAT_FGT: its trap registers come up with unknown values
    cbz     x15, 4f
    msr     s3_4_c1_c1_4, xzr       // HFGRTR_EL2
    msr     s3_4_c1_c1_5, xzr       // HFGWTR_EL2
    msr     s3_4_c1_c1_6, xzr       // HFGITR_EL2
    msr     s3_4_c3_c1_4, xzr       // HDFGRTR_EL2
    msr     s3_4_c3_c1_5, xzr       // HDFGWTR_EL2

4:  ubfx    x15, x11, #24, #4       // the interrupt controller has system registers
    cbz     x15, 5f
    mrs     x10, s3_4_c12_c9_5      // ICC_SRE_EL2
    orr     x10, x10, #1            // SRE
    orr     x10, x10, #8            // Enable: EL1 may choose too
    msr     s3_4_c12_c9_5, x10
    isb
    mrs     x10, s3_4_c12_c9_5
    tbz     x10, #0, 5f             // firmware forbids it
    msr     s3_4_c12_c11_0, xzr     // ICH_HCR_EL2: no virtual interrupts

5:  adrp    x10, el2_vectors
    add     x10, x10, :lo12:el2_vectors
    msr     vbar_el2, x10
    mov     x10, #PSTATE_EL1H_MASKED
    msr     spsr_el2, x10
    msr     elr_el2, x30
    mov     x0, #2
    eret
    dsb     nsh
    isb

// x0: TTBR0 root, x1: TTBR1 root (both physical), x30: where to go on, in the new map.
enable_mmu:
    mrs     x9, id_aa64mmfr0_el1
    ubfx    x10, x9, #28, #4        // TGran4: 0xf means no 4 KiB granule
    cmp     x10, #0xf
    b.eq    park
    ldr     x11, =TCR_VALUE
    and     x10, x9, #0xf           // PARange -> IPS, at most 48 bits
    mov     x12, #5
    cmp     x10, x12
    csel    x10, x10, x12, lo
    bfi     x11, x10, #32, #3
    ubfx    x10, x9, #4, #4         // ASIDBits: 2 means 16 bits
    cmp     x10, #2
    b.ne    1f
    orr     x11, x11, #(1 << 36)
1:  ldr     x12, =MAIR_VALUE
    ldr     x13, =SCTLR_MMU_ON
    mrs     x10, id_aa64mmfr1_el1
    ubfx    x10, x10, #20, #4       // PAN: set on each entry to the kernel
    cbz     x10, 2f
    bic     x13, x13, #SCTLR_SPAN
2:  msr     cpacr_el1, xzr          // NEON traps until a thread owns it
    mov     x10, #(1 << 12)
    msr     mdscr_el1, x10          // the debug monitor's registers are the kernel's alone (TDCC)
    msr     mair_el1, x12
    msr     tcr_el1, x11
    msr     ttbr0_el1, x0
    msr     ttbr1_el1, x1
    ic      iallu
    tlbi    vmalle1
    dsb     nsh
    isb
    msr     sctlr_el1, x13
    isb
    ret                             // not a BTI target: no guarded page is mapped by the boot tables

drop_noinit_lines:
    adrp    x9, noinit_begin
    add     x9, x9, :lo12:noinit_begin
    adrp    x10, noinit_end
    add     x10, x10, :lo12:noinit_end
    mrs     x11, ctr_el0
    ubfx    x11, x11, #16, #4       // DminLine: log2 of words
    mov     x12, #4
    lsl     x11, x12, x11
1:  dc      ivac, x9
    add     x9, x9, x11
    cmp     x9, x10
    b.lo    1b
    dsb     sy
    ret

// Where the firmware starts every other core: MMU off, nothing but its MPIDR to tell it which one it is. Its record
// in core_starts was cleaned to memory, where it is read with caches off.
    .global secondary_entry
secondary_entry:
    msr     daifset, #0xf
    bl      enter_el1
    mrs     x9, mpidr_el1
    ldr     x10, =0xff00ffffff      // the affinity bytes
    and     x9, x9, x10
    adrp    x20, core_starts
    add     x20, x20, :lo12:core_starts
1:  ldr     x11, [x20]
    cmp     x11, x9
    b.eq    2f
    add     x20, x20, #CORE_START_SIZE
    cmn     x11, #1                 // the end of the list: nobody waits for this core
    b.ne    1b
    b       park
2:  ldr     x1, [x20, #CORE_START_ROOT]
    ldp     x21, x22, [x20, #CORE_START_STACK_TORUS]
    ldr     x23, [x20, #CORE_START_NUMBER]
    adrp    x0, boot_tables
    add     x0, x0, :lo12:boot_tables
    ldr     x30, =secondary_high_half
    b       enable_mmu

// The end of a core that can't go on and can't say why.
    .global park
park:
    msr     daifset, #0xf
1:  wfe
    wfi
    b       1b

    .ltorg
    .pushsection .text, "ax"
// Here with the MMU on, at the link address; the boot tables' map is W^X already.
high_half:
    adrp    x0, exception_vectors
    add     x0, x0, :lo12:exception_vectors
    msr     vbar_el1, x0
    adrp    x0, bss_begin
    add     x0, x0, :lo12:bss_begin
    adrp    x1, bss_end
    add     x1, x1, :lo12:bss_end
1:  stp     xzr, xzr, [x0], #16
    cmp     x0, x1
    b.lo    1b
    adrp    x0, boot_stack_top
    add     x0, x0, :lo12:boot_stack_top
    mov     sp, x0
    mov     x29, xzr
    adrp    x9, early_torus
    add     x9, x9, :lo12:early_torus
    str     x0, [x9, #TORUS_STACK_TOP]
    msr     tpidr_el1, x9
    isb
    mrs     x9, cntpct_el0          // a canary that differs from boot to boot on real hardware
    ldr     x10, =0x9e3779b97f4a7c15
    eor     x9, x9, x20
    mul     x9, x9, x10
    eor     x9, x9, x9, lsr #29
    and     x9, x9, #~0xff          // one byte of it is NUL, so that no string runs through it
    adrp    x10, __stack_chk_guard
    str     x9, [x10, :lo12:__stack_chk_guard]
    mov     x0, x19
    mov     x1, x20
    mov     x2, x21
    mov     x30, xzr
    b       boot_main

// void continue_on_stack(uint64_t stack_top, void (*next)())
    .global continue_on_stack
    .type   continue_on_stack, %function
continue_on_stack:
    bti     c
    mov     sp, x0
    mov     x29, xzr
    mov     x30, xzr
    mov     x16, x1                 // a branch by x16 may land on a BTI c
    br      x16
    .size   continue_on_stack, . - continue_on_stack
    .ltorg
    .popsection

    .pushsection .text, "ax"
secondary_high_half:
    adrp    x0, exception_vectors
    add     x0, x0, :lo12:exception_vectors
    msr     vbar_el1, x0
    mov     sp, x21
    msr     tpidr_el1, x22
    isb
    mov     x29, xzr
    mov     x30, xzr
    mov     x0, x23
    b       secondary_main
    .popsection

    .section .noinit, "aw", %nobits
    .balign 4096
    // As every torus has them: emergency stack below the guard page below the stack.
    .global emergency_stack_guard, boot_stack_guard, boot_stack_top
emergency_stack_guard:
    .skip   4096
    .skip   EMERGENCY_STACK_SIZE
boot_stack_guard:
    .skip   4096
    .skip   KERNEL_STACK_SIZE
boot_stack_top:
