// SPDX-License-Identifier: MIT
// Call numbers that do not exist.
#include "abi.h"

int main(void)
{
    static long const numbers[] = {244, 245, 250, 259, 295, 300, 350, 400, 423, 600, 1000, 4096, 0x7fffffff,
        0x80000000, -1, 0x100000000, 0x10000ac};
    for (unsigned i = 0; i < COUNT(numbers); i++) {
        errno = 0;
        long r = syscall(numbers[i], 1, 2, 3, 4, 5, 6);
        // Only the low 32 bits of x8 count.
        if (numbers[i] == 0x100000000)
            say("the low half counts: %d", r == -1 && errno != 0);
        else
            say("%ld: %ld %s", numbers[i], r, error_name(errno));
    }
    long x0;
    __asm__ volatile("mov x8, %1\n\tmov x0, #7\n\tsvc #0\n\tmov %0, x0"
        : "=r"(x0)
        : "r"(0x1000000acul)
        : "x0", "x8", "memory");
    say("getpid by a number with high bits: %d", x0 == getpid());
    __asm__ volatile("mov x8, #172\n\tsvc #0x1234\n\tmov %0, x0" : "=r"(x0)::"x0", "x8", "memory");
    say("another immediate in the instruction: %d", x0 == getpid());
    // All registers but x0 are kept.
    unsigned long wrong;
    __asm__ volatile(
        "mov x1, #1\n\tmov x2, #2\n\tmov x3, #3\n\tmov x7, #7\n\tmov x9, #9\n\tmov x16, #16\n\tmov x17, "
        "#17\n\tmov x18, #18\n\tmov x8, #172\n\t"
        "movi v0.16b, #1\n\tmovi v31.16b, #31\n\tsvc #0\n\t"
        "sub x1, x1, #1\n\tsub x2, x2, #2\n\tsub x3, x3, #3\n\tsub x7, x7, #7\n\tsub x8, x8, #172\n\tsub x9, "
        "x9, #9\n\tsub x16, x16, #16\n\tsub x17, x17, #17\n\tsub x18, x18, #18\n\t"
        "orr %0, x1, x2\n\torr %0, %0, x3\n\torr %0, %0, x7\n\torr %0, %0, x8\n\torr %0, %0, x9\n\torr %0, "
        "%0, x16\n\torr %0, %0, x17\n\torr %0, %0, x18\n\t"
        "umov w1, v0.b[3]\n\tsub w1, w1, #1\n\torr %0, %0, x1\n\tumov w1, v31.b[3]\n\tsub w1, w1, #31\n\torr "
        "%0, %0, x1"
        : "=&r"(wrong)::"x0", "x1", "x2", "x3", "x7", "x8", "x9", "x16", "x17", "x18", "v0", "v31", "memory");
    say("registers changed by a call: %#lx", wrong);
    VALUE(SYS(socket, 2, 1, 0) >= 0 ? 0 : -1);
    VALUE(SYS(socket, 1, 1, 0) >= 0 ? 0 : -1);
    VALUE(SYS(socket, 99, 1, 0));
    VALUE(SYS(getppid) > 0);
    return 0;
}
