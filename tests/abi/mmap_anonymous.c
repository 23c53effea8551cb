// SPDX-License-Identifier: MIT
// Anonymous mappings: placing, replacing, splitting, refusing.
#include "abi.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW (PROT_READ | PROT_WRITE)

static bool mapped(void* p)
{
    int ends[2];
    MUST(pipe(ends));
    bool is = write(ends[1], p, 1) == 1;
    close(ends[0]);
    close(ends[1]);
    return is;
}

static void errors(void)
{
    CHECK(mmap(NULL, 0, RW, ANON, -1, 0));
    CHECK(mmap(NULL, ~0ul, RW, ANON, -1, 0));
    CHECK(mmap(NULL, 1ul << 48, RW, ANON, -1, 0));
    CHECK(mmap(NULL, 1ul << 47, RW, ANON | MAP_NORESERVE, -1, 0));
    CHECK(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0));
    CHECK(mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    CHECK(mmap(NULL, PAGE, RW, MAP_PRIVATE, -1, 0));
    CHECK(mmap(NULL, PAGE, RW, MAP_PRIVATE, 77, 0));
    CHECK(mmap((void*)0x10000001, PAGE, RW, ANON | MAP_FIXED, -1, 0));
    CHECK(mmap((void*)~0xffful, PAGE, RW, ANON | MAP_FIXED, -1, 0));
    CHECK(mmap((void*)(1ul << 48), PAGE, RW, ANON | MAP_FIXED, -1, 0));
    CHECK(mmap((void*)((1ul << 48) - PAGE), 2 * PAGE, RW, ANON | MAP_FIXED, -1, 0));
    CHECK(SYS(mmap, NULL, PAGE, RW, ANON, -1, 123));
    CHECK(SYS(mmap, NULL, PAGE, 0x40000000, ANON, -1, 0));
    CHECK(munmap(private_memory(PAGE) + 1, PAGE));
    CHECK(munmap(private_memory(PAGE), 0));
    CHECK(munmap((void*)0x7777000, PAGE));
    CHECK(munmap((void*)~0xffful, PAGE));
    CHECK(munmap((void*)PAGE, ~0ul));
    CHECK(mmap(NULL, PAGE, PROT_NONE, ANON, -1, 0));
    CHECK(mmap(NULL, 1, RW, ANON, -1, 0));
    IN_CHILD("low address as a user")
    {
        become_user();
        CHECK(mmap((void*)PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0));
        CHECK(mmap((void*)65536, PAGE, RW, ANON | MAP_FIXED, -1, 0));
    }
}

static void placing(void)
{
    char* area = private_memory(16 * PAGE);
    munmap(area, 16 * PAGE);
    char* hinted = mmap(area + 4 * PAGE, PAGE, RW, ANON, -1, 0);
    say("hint taken: %d", hinted == area + 4 * PAGE);
    hinted = mmap(area + 5 * PAGE + 100, PAGE, RW, ANON, -1, 0);
    say("unaligned hint, aligned result: %d",
        ((unsigned long)hinted & (PAGE - 1)) == 0 && hinted != MAP_FAILED);
    char* other = mmap(area + 4 * PAGE, PAGE, RW, ANON, -1, 0);
    say("hint in use, another place: %d", other != area + 4 * PAGE && other != MAP_FAILED);
    area[4 * PAGE] = 'x';
    CHECK(mmap(area + 3 * PAGE, 3 * PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0));
    say("untouched: %c", area[4 * PAGE]);
    say("free: %d", mmap(area + 8 * PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) == area + 8 * PAGE);
    say("replaced: %d", mmap(area + 3 * PAGE, 3 * PAGE, RW, ANON | MAP_FIXED, -1, 0) == area + 3 * PAGE);
    say("now zero: %d", area[4 * PAGE] == 0);
}

static void splitting(void)
{
    char* area = private_memory(8 * PAGE);
    for (int i = 0; i < 8; i++)
        area[i * PAGE] = (char)('a' + i);
    VALUE(munmap(area + 2 * PAGE, 2 * PAGE));
    VALUE(munmap(area + 2 * PAGE, 2 * PAGE));
    VALUE(mprotect(area + 5 * PAGE, PAGE, PROT_READ));
    char line[9] = "";
    for (int i = 0; i < 8; i++)
        line[i] = mapped(area + i * PAGE) ? area[i * PAGE] : '-';
    say("pages: %s", line);
    VALUE(munmap(area + PAGE, 6 * PAGE));
    for (int i = 0; i < 8; i++)
        line[i] = mapped(area + i * PAGE) ? area[i * PAGE] : '-';
    say("pages: %s", line);
    VALUE(munmap(area, 8 * PAGE));
    say("rounded up: %d", munmap(private_memory(PAGE), 1));
}

static void many(void)
{
    enum { count = 2000 };
    static char* maps[count];
    int ok = 0, kept = 0;
    for (int i = 0; i < count; i++) {
        maps[i] = mmap(NULL, PAGE, i & 1 ? RW : PROT_READ, ANON, -1, 0);
        ok += maps[i] != MAP_FAILED;
    }
    for (int i = 1; i < count; i += 2)
        maps[i][0] = (char)i;
    for (int i = 0; i < count; i += 2)
        munmap(maps[i], PAGE);
    for (int i = 1; i < count; i += 2)
        kept += maps[i][0] == (char)i;
    for (int i = 1; i < count; i += 2)
        munmap(maps[i], PAGE);
    say("mapped %d, kept %d", ok, kept);
}

static void sharing(void)
{
    int* shared = shared_memory(3 * PAGE);
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        shared[0] = 1;
        shared[2 * PAGE / 4] = 2; // a page first touched by the child
        _exit(0);
    }
    reap("child", child);
    say("shared: %d %d %d", shared[0], shared[PAGE / 4], shared[2 * PAGE / 4]);
    CHILD("unmapped in the child only", munmap(shared, 3 * PAGE));
    say("still here: %d", shared[0]);
    CHECK(mmap(NULL, PAGE, RW, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1, 0));
    CHECK(mmap(NULL, PAGE, RW, ANON | MAP_POPULATE, -1, 0));
    CHECK(mmap(NULL, PAGE, RW, ANON | MAP_STACK | MAP_NORESERVE, -1, 0));
    CHECK(mmap(NULL, PAGE, RW, ANON | MAP_GROWSDOWN, -1, 0));
}

static void nothing(int signal)
{
    (void)signal;
}

// A thousand gaps too small for what is asked for, while a timer interrupts the search; then one that fits.
static void among_gaps(void)
{
    enum { GAPS = 1000 };
    struct itimerval const often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
    char* area = mmap(NULL, GAPS * 2 * PAGE, RW, ANON, -1, 0);
    for (unsigned long i = 1; i < GAPS; i++)
        MUST(munmap(area + (2 * i - 1) * PAGE, PAGE));
    signal(SIGALRM, nothing);
    setitimer(ITIMER_REAL, &often, NULL);
    int apart = 0, usable = 0;
    for (int i = 0; i < 200; i++) {
        char* p = mmap(NULL, 2 * PAGE, RW, ANON, -1, 0);
        if (p == MAP_FAILED)
            continue;
        apart += p + 2 * PAGE <= area || p >= area + GAPS * 2 * PAGE;
        p[0] = p[2 * PAGE - 1] = 1;
        char* moved = mremap(p, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE);
        usable += moved != MAP_FAILED && moved[0] == 1 && moved[4 * PAGE - 1] == 0;
        MUST(munmap(moved, 4 * PAGE));
    }
    setitimer(ITIMER_REAL, &never, NULL);
    say("apart %d, usable %d", apart, usable);
    IS(mmap(area + 501 * PAGE, PAGE, RW, ANON, -1, 0) == area + 501 * PAGE);
    MUST(munmap(area, GAPS * 2 * PAGE));
}

static void sparse(void)
{
    size_t size = 4ul << 30;
    char* area = mmap(NULL, size, RW, ANON | MAP_NORESERVE, -1, 0);
    say("four sparse gigabytes: %d", area != MAP_FAILED);
    if (area == MAP_FAILED)
        return;
    int wrong = 0;
    for (size_t i = 0; i < size; i += size / 64)
        area[i] = (char)(i >> 26);
    for (size_t i = 0; i < size; i += size / 64)
        wrong += area[i] != (char)(i >> 26) || area[i + 1] != 0;
    say("wrong: %d", wrong);
    VALUE(munmap(area, size));
}

int main(void)
{
    errors();
    placing();
    splitting();
    many();
    sharing();
    among_gaps();
    sparse();
    return 0;
}
