// SPDX-License-Identifier: MIT
// brk: growing, shrinking, refusing, and the contents of what is given again.
#include "abi.h"

int main(void)
{
    unsigned long start = (unsigned long)SYS(brk, 0);
    IS(start != 0);
    unsigned long end = start + 10 * PAGE;
    IS((unsigned long)SYS(brk, end) == end);
    memset((char*)start, 0x5a, end - start);
    IS((unsigned long)SYS(brk, start + 123) == start + 123);
    IS((unsigned long)SYS(brk, end) == end);
    unsigned char* p = (unsigned char*)((start + 123 + PAGE) & ~(PAGE - 1));
    int dirty = 0;
    for (unsigned long i = 0; i < end - (unsigned long)p; i++)
        dirty += p[i] != 0;
    say("given again it is zero: %d", dirty == 0);
    IS((unsigned long)SYS(brk, 1) == end);
    IS((unsigned long)SYS(brk, ~0ul) == end);
    IS((unsigned long)SYS(brk, 1ul << 50) == end);
    IS((unsigned long)SYS(brk, start - 1000000) == end);
    struct rlimit limit = {1 << 20, 1 << 20};
    IN_CHILD("RLIMIT_DATA")
    {
        setrlimit(RLIMIT_DATA, &limit);
        IS((unsigned long)SYS(brk, end + (4ul << 20)) == end);
    }
    IN_CHILD("something in the way")
    {
        unsigned long wall = (end + 16 * PAGE) & ~(PAGE - 1);
        MUST(mmap((void*)wall, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED
                ? -1
                : 0);
        IS((unsigned long)SYS(brk, wall + PAGE) == end);
    }
    IN_CHILD("shrunk memory is gone")
    {
        SYS(brk, start);
        *(int volatile*)((start + 2 * PAGE) & ~7ul) = 1;
    }
    IN_CHILD("not executable")((void (*)(void))((start + PAGE) & ~15ul))();
    IN_CHILD("child's break is its own")
    {
        IS((unsigned long)SYS(brk, 0) == end);
        SYS(brk, start);
    }
    IS((unsigned long)SYS(brk, 0) == end);
    return 0;
}
