// SPDX-License-Identifier: MIT
// Random mmap, munmap, mprotect, mremap, madvise and stores in an arena of sixteen pages: what every call
// answers, and what each page then is to the kernel's own copies: gone, readable, writable, and its contents.
#include "random.h"

enum { pages = 16 };
static char* arena;
static int file, ends[2];

static unsigned page_number(void const* p)
{
    return (unsigned)(((char*)p - arena) / (long)PAGE);
}

static void survey(void)
{
    char line[pages * 4 + 1] = "";
    for (int i = 0; i < pages; i++) {
        char c = 0;
        char* p = arena + (size_t)i * PAGE;
        if (write(ends[1], p + 5, 1) != 1) {
            strcat(line, " --");
            continue;
        }
        read(ends[0], &c, 1);
        write(ends[1], &c, 1);
        bool writable = read(ends[0], p + 5, 1) == 1;
        if (!writable)
            read(ends[0], &c, 1);
        sprintf(line + strlen(line), " %c%c", c ? c : '.', writable ? 'w' : 'r');
    }
    say("   %s", line);
}

static void one(void)
{
    static int const protections[] = {PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE,
        PROT_READ | PROT_EXEC, PROT_WRITE};
    static int const advice[] = {MADV_NORMAL, MADV_DONTNEED, MADV_WILLNEED, MADV_DONTFORK, MADV_DOFORK,
        MADV_WIPEONFORK, MADV_KEEPONFORK, MADV_REMOVE, 99};
    unsigned first = choose(pages), count = choose(4) + 1, other = choose(pages), more = choose(5) + 1;
    if (first + count > pages)
        count = pages - first;
    if (other + more > pages)
        more = pages - other;
    char *at = arena + first * PAGE, *to = arena + other * PAGE;
    size_t size = count * PAGE, size_there = more * PAGE;
    int protection = ONE_OF(protections), kind;
    long offset;
    void* got;
    errno = 0;
    switch (choose(10)) {
    case 0:
    case 1:
        kind = choose(3) ? MAP_PRIVATE : MAP_SHARED;
        got = mmap(at, size, protection, kind | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        say("map %u+%u %d %d: %s", first, count, protection, kind, got == at ? "ok" : error_name(errno));
        break;
    case 2:
        kind = choose(2) ? MAP_PRIVATE : MAP_SHARED, offset = (long)choose(6);
        got = mmap(at, size, protection, kind | MAP_FIXED, file, offset * (long)PAGE);
        say("file %u+%u %d %d from %ld: %s", first, count, protection, kind, offset,
            got == at ? "ok" : error_name(errno));
        break;
    case 3:
        say("unmap %u+%u: %d %s", first, count, munmap(at, size), error_name(errno));
        break;
    case 4:
    case 5:
        say("protect %u+%u %d: %d %s", first, count, protection, mprotect(at, size, protection),
            error_name(errno));
        break;
    case 6:
        got = mremap(at, size, size_there, MREMAP_MAYMOVE | MREMAP_FIXED, to);
        say("move %u+%u to %u+%u: %s", first, count, other, more, got == to ? "ok" : error_name(errno));
        break;
    case 7:
        got = mremap(at, size, size_there, 0);
        say("resize %u+%u to %u: %s", first, count, more, got == at ? "ok" : error_name(errno));
        break;
    case 8:
        kind = ONE_OF(advice);
        say("advise %u+%u %d: %d %s", first, count, kind, madvise(at, size, kind), error_name(errno));
        break;
    default: {
        char c = (char)('a' + choose(26));
        long n = 0;
        for (unsigned i = 0; i < count; i++) {
            write(ends[1], &c, 1);
            n += read(ends[0], at + i * PAGE + 5, 1) == 1 ? 1 : (read(ends[0], &c, 1), 0);
        }
        say("store %c %u+%u: %ld", c, first, count, n);
    }
    }
}

static void many(int count)
{
    for (int i = 0; i < count; i++) {
        one();
        survey();
    }
}

int main(void)
{
    arena = mmap(NULL, (pages + 2) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    arena += PAGE; // both ends have a neighbour, so that the outcome of growing is known
    mprotect(arena, pages * PAGE, PROT_READ | PROT_WRITE);
    file = make_file("file", NULL, 0644);
    ftruncate(file, 4 * PAGE + 100);
    for (int i = 0; i < 5; i++)
        pwrite(file, &"01234"[i], 1, i * (long)PAGE + 5);
    MUST(pipe2(ends, O_NONBLOCK));
    many(150);
    IN_CHILD("after a fork") many(100);
    survey();
    many(50);
    say("arena's end is %u", page_number(arena + pages * PAGE));
    return 0;
}
