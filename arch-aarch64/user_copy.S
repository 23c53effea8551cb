// SPDX-License-Identifier: MIT
// Copies to and from user memory: user addresses only by LDTR and STTR, which have EL0's rights. The functions
// are leaves and keep the address of a fixup in x15: when a user access faults, vectors.S goes on there. All
// this section is such code, as vectors.S tells it by its bounds. The first fixup of a copy goes on byte by byte
// from where the copy was, the second one gives up, so that the count of what was not copied is exact.
// x16 is the end of the user range throughout. Callers have checked that it lies in the user half.

    .section .text.user_copy, "ax"

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

// size_t user_copy_in(void* to, uint64_t from, size_t size)
function user_copy_in
    adr     x15, in_slow
    add     x16, x1, x2
    subs    x2, x2, #64
    b.lo    2f
1:  ldtr    x3, [x1]
    ldtr    x4, [x1, #8]
    ldtr    x5, [x1, #16]
    ldtr    x6, [x1, #24]
    ldtr    x7, [x1, #32]
    ldtr    x8, [x1, #40]
    ldtr    x9, [x1, #48]
    ldtr    x10, [x1, #56]
    stp     x3, x4, [x0]
    stp     x5, x6, [x0, #16]
    stp     x7, x8, [x0, #32]
    stp     x9, x10, [x0, #48]
    add     x0, x0, #64
    add     x1, x1, #64
    subs    x2, x2, #64
    b.hs    1b
2:  tbz     x2, #5, 3f              // the low six bits of x2 are still what is left
    ldtr    x3, [x1]
    ldtr    x4, [x1, #8]
    ldtr    x5, [x1, #16]
    ldtr    x6, [x1, #24]
    stp     x3, x4, [x0]
    stp     x5, x6, [x0, #16]
    add     x0, x0, #32
    add     x1, x1, #32
3:  tbz     x2, #4, 4f
    ldtr    x3, [x1]
    ldtr    x4, [x1, #8]
    stp     x3, x4, [x0], #16
    add     x1, x1, #16
4:  tbz     x2, #3, 5f
    ldtr    x3, [x1]
    str     x3, [x0], #8
    add     x1, x1, #8
5:  tst     x2, #7
    b.eq    9f
    tbz     x2, #2, 6f
    ldtr    w3, [x1]
    str     w3, [x0], #4
    add     x1, x1, #4
6:  tbz     x2, #1, 7f
    ldtrh   w3, [x1]
    strh    w3, [x0], #2
    add     x1, x1, #2
7:  tbz     x2, #0, 9f
    ldtrb   w3, [x1]
    strb    w3, [x0]
9:  mov     x0, xzr
    ret
in_slow:
    adr     x15, in_stuck
1:  cmp     x1, x16
    b.eq    in_stuck
    ldtrb   w3, [x1]
    strb    w3, [x0], #1
    add     x1, x1, #1
    b       1b
in_stuck:
    sub     x0, x16, x1
    ret
end_function user_copy_in

// size_t user_copy_out(uint64_t to, void const* from, size_t size)
function user_copy_out
    adr     x15, out_slow
    add     x16, x0, x2
    subs    x2, x2, #64
    b.lo    2f
1:  ldp     x3, x4, [x1]
    ldp     x5, x6, [x1, #16]
    ldp     x7, x8, [x1, #32]
    ldp     x9, x10, [x1, #48]
    sttr    x3, [x0]
    sttr    x4, [x0, #8]
    sttr    x5, [x0, #16]
    sttr    x6, [x0, #24]
    sttr    x7, [x0, #32]
    sttr    x8, [x0, #40]
    sttr    x9, [x0, #48]
    sttr    x10, [x0, #56]
    add     x0, x0, #64
    add     x1, x1, #64
    subs    x2, x2, #64
    b.hs    1b
2:  tbz     x2, #5, 3f
    ldp     x3, x4, [x1]
    ldp     x5, x6, [x1, #16]
    sttr    x3, [x0]
    sttr    x4, [x0, #8]
    sttr    x5, [x0, #16]
    sttr    x6, [x0, #24]
    add     x0, x0, #32
    add     x1, x1, #32
3:  tbz     x2, #4, 4f
    ldp     x3, x4, [x1]
    sttr    x3, [x0]
    sttr    x4, [x0, #8]
    add     x0, x0, #16
    add     x1, x1, #16
4:  tbz     x2, #3, 5f
    ldr     x3, [x1]
    sttr    x3, [x0]
    add     x0, x0, #8
    add     x1, x1, #8
5:  tst     x2, #7
    b.eq    9f
    tbz     x2, #2, 6f
    ldr     w3, [x1]
    sttr    w3, [x0]
    add     x0, x0, #4
    add     x1, x1, #4
6:  tbz     x2, #1, 7f
    ldrh    w3, [x1]
    sttrh   w3, [x0]
    add     x0, x0, #2
    add     x1, x1, #2
7:  tbz     x2, #0, 9f
    ldrb    w3, [x1]
    sttrb   w3, [x0]
9:  mov     x0, xzr
    ret
out_slow:
    adr     x15, out_stuck
1:  cmp     x0, x16
    b.eq    out_stuck
    ldrb    w3, [x1]
    sttrb   w3, [x0]
    add     x0, x0, #1
    add     x1, x1, #1
    b       1b
out_stuck:
    sub     x0, x16, x0
    ret
end_function user_copy_out

// size_t user_clear(uint64_t to, size_t size)
function user_clear
    adr     x15, clear_slow
    add     x16, x0, x1
    subs    x1, x1, #64
    b.lo    2f
1:  sttr    xzr, [x0]
    sttr    xzr, [x0, #8]
    sttr    xzr, [x0, #16]
    sttr    xzr, [x0, #24]
    sttr    xzr, [x0, #32]
    sttr    xzr, [x0, #40]
    sttr    xzr, [x0, #48]
    sttr    xzr, [x0, #56]
    add     x0, x0, #64
    subs    x1, x1, #64
    b.hs    1b
2:  adds    x1, x1, #64
    b.eq    9f
3:  subs    x1, x1, #8
    b.lo    4f
    sttr    xzr, [x0]
    add     x0, x0, #8
    b       3b
4:  cmp     x0, x16
    b.eq    9f
    sttrb   wzr, [x0]
    add     x0, x0, #1
    b       4b
9:  mov     x0, xzr
    ret
clear_slow:
    adr     x15, clear_stuck
1:  cmp     x0, x16
    b.eq    clear_stuck
    sttrb   wzr, [x0]
    add     x0, x0, #1
    b       1b
clear_stuck:
    sub     x0, x16, x0
    ret
end_function user_clear

// size_t user_copy_string(char* to, uint64_t from, size_t size, bool* faulted)
// Eight bytes at a time while they stay in one page and in the room; x5..x7 find a NUL among them: the lowest set
// bit of (v - 0x01..) & ~v & 0x80.. is the first NUL's.
function user_copy_string
    adr     x15, string_stuck
    strb    wzr, [x3]
    mov     x9, x0
    mov     x10, #0x0101010101010101
1:  cmp     x2, #8
    b.lo    3f
    and     x4, x1, #4095
    cmp     x4, #4088
    b.hi    3f
    ldtr    x5, [x1]
    sub     x6, x5, x10
    bic     x6, x6, x5
    ands    x6, x6, #0x8080808080808080
    str     x5, [x0]
    b.ne    2f
    add     x0, x0, #8
    add     x1, x1, #8
    sub     x2, x2, #8
    b       1b
2:  rev     x6, x6
    clz     x6, x6
    add     x0, x0, x6, lsr #3      // to the NUL
    sub     x0, x0, x9
    add     x0, x0, #1
    ret
3:  cbz     x2, 4f
    ldtrb   w5, [x1]
    strb    w5, [x0], #1
    add     x1, x1, #1
    sub     x2, x2, #1
    cbz     w5, 4f
    and     x4, x1, #4095           // past the page's end: long steps again
    cbz     x4, 1b
    b       3b
4:  sub     x0, x0, x9
    ret
string_stuck:
    mov     w5, #1
    strb    w5, [x3]
    sub     x0, x0, x9
    ret
end_function user_copy_string
