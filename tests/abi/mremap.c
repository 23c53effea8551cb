// SPDX-License-Identifier: MIT
// mremap: growing in place and elsewhere, shrinking, moving to a fixed place, refusing.
#include "abi.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#define RW (PROT_READ | PROT_WRITE)

static char* fresh(int pages)
{
    char* p = private_memory((size_t)pages * PAGE);
    for (int i = 0; i < pages; i++)
        p[(size_t)i * PAGE] = (char)('a' + i);
    return p;
}

static int readable(void* p)
{
    int ends[2];
    MUST(pipe(ends));
    int is = write(ends[1], p, 1) == 1;
    close(ends[0]);
    close(ends[1]);
    return is;
}

int main(void)
{
    // Room above: two pages, with the one behind them unmapped again.
    char* p = fresh(4);
    munmap(p + 2 * PAGE, 2 * PAGE);
    say("grows in place: %d", mremap(p, 2 * PAGE, 4 * PAGE, 0) == p);
    say("contents %c%c, new page zero %d", p[0], p[PAGE], p[3 * PAGE] == 0);
    say("shrinks: %d, rest unmapped %d", mremap(p, 4 * PAGE, PAGE, 0) == p, !readable(p + PAGE));
    p = fresh(4);
    char* wall = mmap(p + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    say("wall in place: %d", wall == p + PAGE);
    CHECK(mremap(p, PAGE, 4 * PAGE, 0));
    char* moved = mremap(p, PAGE, 4 * PAGE, MREMAP_MAYMOVE);
    say("moved: %d, contents %c, old gone %d", moved != p && moved != MAP_FAILED, moved[0], !readable(p));
    char* target = fresh(4);
    say("to a fixed place: %d",
        mremap(moved, PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target + PAGE) == target + PAGE);
    say("contents there: %c%c%d%c", target[0], target[PAGE], target[2 * PAGE], target[3 * PAGE]);
    CHECK(mremap(target, PAGE, PAGE, MREMAP_FIXED, target + PAGE));
    CHECK(mremap(target, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target + PAGE));
    CHECK(mremap(target, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target + 1));
    CHECK(mremap(target + 1, PAGE, PAGE, MREMAP_MAYMOVE));
    CHECK(mremap(target, PAGE, 0, MREMAP_MAYMOVE));
    CHECK(mremap(target, PAGE, PAGE, 16));
    CHECK(mremap((void*)0x7777000, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
    CHECK(mremap(target, PAGE, ~0ul, MREMAP_MAYMOVE));
    CHECK(mremap(target, PAGE, 1ul << 47, MREMAP_MAYMOVE));
    CHECK(mremap(target, 0, PAGE, MREMAP_MAYMOVE));
    p = fresh(4);
    munmap(p + 2 * PAGE, PAGE);
    CHECK(mremap(p, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE));
    p = fresh(2);
    mprotect(p + PAGE, PAGE, PROT_READ);
    CHECK(mremap(p, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE));

    int fd = make_file("file", NULL, 0644);
    ftruncate(fd, 4 * (long)PAGE);
    pwrite(fd, "three", 5, 3 * (long)PAGE);
    char* f = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
    f = mremap(f, PAGE, 4 * PAGE, MREMAP_MAYMOVE);
    say("file mapping grown: %s", f + 3 * PAGE);
    f[2 * PAGE] = 'X';
    char byte = 0;
    pread(fd, &byte, 1, 2 * (long)PAGE);
    say("shared still: %c", byte);
    // An old size of zero duplicates a shared mapping.
    char* twin = mremap(f, 0, PAGE, MREMAP_MAYMOVE);
    say("duplicated: %d", twin != MAP_FAILED && twin != f);
    f[7] = 'T';
    say("same page: %c", twin[7]);
    p = fresh(1);
    char* left = mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
    say("MREMAP_DONTUNMAP: moved %d, contents %c, old zero %d", left != MAP_FAILED && left != p, left[0],
        p[0] == 0);

    size_t big = 64 * PAGE;
    char* q = private_memory(big);
    int wrong = 0;
    for (int i = 0; i < 64; i++)
        q[(size_t)i * PAGE] = (char)i;
    for (int round = 0; round < 5; round++) {
        q = mremap(q, big, big * 2, MREMAP_MAYMOVE);
        big *= 2;
    }
    for (int i = 0; i < 64; i++)
        wrong += q[(size_t)i * PAGE] != (char)i;
    say("doubled five times, wrong pages: %d", wrong);
    CHILD("after fork", q = mremap(q, big, PAGE, 0); say("%d", q[0]));
    say("parent's last page %d", q[63 * PAGE]);
    return 0;
}
