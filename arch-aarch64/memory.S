// SPDX-License-Identifier: MIT
// Moving and filling kernel memory with general registers: pages (always aligned), and the functions that the
// compiler calls by itself. Normal memory only: accesses may be unaligned, and page_clear uses DC ZVA.

    .text

    .macro function name
    .global \name
    .type   \name, %function
    .balign 16
\name:
    bti     c
    .endm
    .macro end_function name
    .size   \name, . - \name
    .endm

// void page_clear(void* page): 4 KiB. DCZID_EL0 says how much one DC ZVA clears, or that it may not be used.
function page_clear
    mrs     x1, dczid_el0
    cmp     x1, #4                  // 64 bytes, allowed: all cores so far
    b.ne    2f
    mov     x2, #64
1:  .rept   8
    dc      zva, x0
    add     x0, x0, x2
    .endr
    tst     x0, #4095
    b.ne    1b
    ret
2:  tbnz    x1, #4, 4f
    mov     x2, #4                  // any other block of at most a page
    lsl     x2, x2, x1
3:  dc      zva, x0
    add     x0, x0, x2
    tst     x0, #4095
    b.ne    3b
    ret
4:  stp     xzr, xzr, [x0]
    stp     xzr, xzr, [x0, #16]
    stp     xzr, xzr, [x0, #32]
    stp     xzr, xzr, [x0, #48]
    add     x0, x0, #64
    tst     x0, #4095
    b.ne    4b
    ret
end_function page_clear

    .macro copy_64 at
    ldp     x4, x5, [x1, #(\at + 0 - 512)]
    ldp     x6, x7, [x1, #(\at + 16 - 512)]
    ldp     x8, x9, [x1, #(\at + 32 - 512)]
    ldp     x10, x11, [x1, #(\at + 48 - 512)]
    stp     x4, x5, [x0, #(\at + 0 - 512)]
    stp     x6, x7, [x0, #(\at + 16 - 512)]
    stp     x8, x9, [x0, #(\at + 32 - 512)]
    stp     x10, x11, [x0, #(\at + 48 - 512)]
    .endm

// void page_copy(void* to, void const* from): 4 KiB, both page-aligned.
function page_copy
1:  add     x0, x0, #512
    add     x1, x1, #512
    copy_64 0
    copy_64 64
    copy_64 128
    copy_64 192
    copy_64 256
    copy_64 320
    copy_64 384
    copy_64 448
    tst     x0, #4095
    b.ne    1b
    ret
end_function page_copy

// void* memmove(void* to, void const* from, size_t size)
function memmove
    sub     x3, x0, x1
    cmp     x3, x2
    b.hs    copy_forward            // `to` is not inside [from, from + size)
    add     x3, x0, x2
    add     x1, x1, x2
    subs    x2, x2, #32
    b.lo    2f
1:  ldp     x4, x5, [x1, #-16]
    ldp     x6, x7, [x1, #-32]!
    stp     x4, x5, [x3, #-16]
    stp     x6, x7, [x3, #-32]!
    subs    x2, x2, #32
    b.hs    1b
2:  tbz     x2, #4, 3f
    ldp     x4, x5, [x1, #-16]!
    stp     x4, x5, [x3, #-16]!
3:  tbz     x2, #3, 4f
    ldr     x4, [x1, #-8]!
    str     x4, [x3, #-8]!
4:  tbz     x2, #2, 5f
    ldr     w4, [x1, #-4]!
    str     w4, [x3, #-4]!
5:  tbz     x2, #1, 6f
    ldrh    w4, [x1, #-2]!
    strh    w4, [x3, #-2]!
6:  tbz     x2, #0, 7f
    ldrb    w4, [x1, #-1]!
    strb    w4, [x3, #-1]!
7:  ret
end_function memmove

// void* memcpy(void* to, void const* from, size_t size)
function memcpy
copy_forward:
    mov     x3, x0
    subs    x2, x2, #64
    b.lo    2f
1:  ldp     x4, x5, [x1]
    ldp     x6, x7, [x1, #16]
    ldp     x8, x9, [x1, #32]
    ldp     x10, x11, [x1, #48]
    stp     x4, x5, [x3]
    stp     x6, x7, [x3, #16]
    stp     x8, x9, [x3, #32]
    stp     x10, x11, [x3, #48]
    add     x1, x1, #64
    add     x3, x3, #64
    subs    x2, x2, #64
    b.hs    1b
2:  tbz     x2, #5, 3f
    ldp     x4, x5, [x1], #16
    ldp     x6, x7, [x1], #16
    stp     x4, x5, [x3], #16
    stp     x6, x7, [x3], #16
3:  tbz     x2, #4, 4f
    ldp     x4, x5, [x1], #16
    stp     x4, x5, [x3], #16
4:  tbz     x2, #3, 5f
    ldr     x4, [x1], #8
    str     x4, [x3], #8
5:  tst     x2, #7
    b.eq    8f
    tbz     x2, #2, 6f
    ldr     w4, [x1], #4
    str     w4, [x3], #4
6:  tbz     x2, #1, 7f
    ldrh    w4, [x1], #2
    strh    w4, [x3], #2
7:  tbz     x2, #0, 8f
    ldrb    w4, [x1]
    strb    w4, [x3]
8:  ret
end_function memcpy

// void* memset(void* to, int value, size_t size)
function memset
    mov     x3, x0
    and     x1, x1, #0xff
    mov     x4, #0x0101010101010101
    mul     x1, x1, x4
    subs    x2, x2, #64
    b.lo    2f
1:  stp     x1, x1, [x3]
    stp     x1, x1, [x3, #16]
    stp     x1, x1, [x3, #32]
    stp     x1, x1, [x3, #48]
    add     x3, x3, #64
    subs    x2, x2, #64
    b.hs    1b
2:  tbz     x2, #5, 3f
    stp     x1, x1, [x3], #16
    stp     x1, x1, [x3], #16
3:  tbz     x2, #4, 4f
    stp     x1, x1, [x3], #16
4:  tbz     x2, #3, 5f
    str     x1, [x3], #8
5:  tbz     x2, #2, 6f
    str     w1, [x3], #4
6:  tbz     x2, #1, 7f
    strh    w1, [x3], #2
7:  tbz     x2, #0, 8f
    strb    w1, [x3]
8:  ret
end_function memset

// int memcmp(void const* a, void const* b, size_t size)
function memcmp
    subs    x2, x2, #8
    b.lo    2f
1:  ldr     x3, [x0], #8
    ldr     x4, [x1], #8
    cmp     x3, x4
    b.ne    4f
    subs    x2, x2, #8
    b.hs    1b
2:  adds    x2, x2, #8
    b.eq    5f
3:  ldrb    w3, [x0], #1
    ldrb    w4, [x1], #1
    subs    w5, w3, w4
    b.ne    6f
    subs    x2, x2, #1
    b.ne    3b
5:  mov     w0, wzr
    ret
4:  rev     x3, x3                  // the first byte decides
    rev     x4, x4
    cmp     x3, x4
    cset    w0, hi
    csinv   w0, w0, wzr, hi
    ret
6:  mov     w0, w5
    ret
end_function memcmp

// size_t strlen(char const* text): aligned words never cross into a page that the text does not reach.
function strlen
    mov     x3, #0x0101010101010101
    and     x4, x0, #7
    bic     x1, x0, #7
    ldr     x2, [x1], #8
    lsl     x4, x4, #3
    mov     x5, #-1
    lsl     x5, x5, x4
    orn     x2, x2, x5              // bytes before the text are not NUL
1:  sub     x4, x2, x3
    bic     x4, x4, x2
    ands    x4, x4, #0x8080808080808080
    b.ne    2f
    ldr     x2, [x1], #8
    b       1b
2:  rev     x4, x4
    clz     x4, x4
    sub     x1, x1, #8
    add     x1, x1, x4, lsr #3
    sub     x0, x1, x0
    ret
end_function strlen

// void const* memchr(void const* from, int byte, size_t size)
function memchr
    and     w1, w1, #0xff
1:  cbz     x2, 2f
    ldrb    w3, [x0], #1
    sub     x2, x2, #1
    cmp     w3, w1
    b.ne    1b
    sub     x0, x0, #1
    ret
2:  mov     x0, xzr
    ret
end_function memchr
