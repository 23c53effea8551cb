// SPDX-License-Identifier: MIT
// madvise, mlock and their kin.
#include "abi.h"

#define RW (PROT_READ | PROT_WRITE)

int main(void)
{
    char* p = private_memory(4 * PAGE);
    memset(p, 'x', 4 * PAGE);
    VALUE(madvise(p + PAGE, 2 * PAGE, MADV_DONTNEED));
    say("%d %d %d %d", p[0], p[PAGE], p[2 * PAGE], p[3 * PAGE]);
    int fd = make_file("file", "file contents", 0644);
    char* private = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
    char* shared = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
    private[0] = 'P';
    shared[1] = 'S';
    VALUE(madvise(private, PAGE, MADV_DONTNEED));
    VALUE(madvise(shared, PAGE, MADV_DONTNEED));
    say("private %s, shared %s", private, shared);
    int const advice[] = {MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED};
    for (unsigned i = 0; i < COUNT(advice); i++)
        say("advice %d: %d", advice[i], madvise(p, PAGE, advice[i]));
    VALUE(madvise(p, PAGE, 12345));
    VALUE(madvise(p, PAGE, -1));
    VALUE(madvise(p + 1, PAGE, MADV_NORMAL));
    VALUE(madvise(p, 0, MADV_NORMAL));
    VALUE(madvise(p, ~0ul, MADV_NORMAL));
    munmap(p + PAGE, PAGE);
    VALUE(madvise(p, 4 * PAGE, MADV_DONTNEED));
    say("behind the hole: %d", p[3 * PAGE]);
    VALUE(madvise((void*)0x7777000, PAGE, MADV_NORMAL));
    p = private_memory(2 * PAGE);
    p[0] = 'f';
    VALUE(madvise(p, PAGE, MADV_FREE));
    say("freed or kept: %d", p[0] == 'f' || p[0] == 0);
    VALUE(madvise(shared, PAGE, MADV_FREE));
    VALUE(madvise(p, PAGE, MADV_DONTFORK));
    CHILD("MADV_DONTFORK", *(char volatile*)p = 1);
    VALUE(madvise(p, PAGE, MADV_DOFORK));
    p[0] = 'w';
    VALUE(madvise(p, PAGE, MADV_WIPEONFORK));
    CHILD("MADV_WIPEONFORK", say("in the child %d", p[0]));
    say("in the parent %d", p[0]);

    VALUE(mlock(p, PAGE));
    VALUE(munlock(p, PAGE));
    VALUE(mlock((void*)0x7777000, PAGE));
    VALUE(mlock(p, 0));
    VALUE(mlock(p + 5, 10));
    VALUE(mlock(p, ~0ul));
    VALUE(mlockall(0));
    VALUE(mlockall(8));
    VALUE(mlockall(MCL_CURRENT));
    VALUE(mlockall(MCL_CURRENT | MCL_FUTURE));
    char* q = private_memory(PAGE);
    say("still zero: %d", q[0]);
    VALUE(munlockall());
    IN_CHILD("as a user, no memory to lock")
    {
        struct rlimit limit = {0, 0};
        setrlimit(RLIMIT_MEMLOCK, &limit);
        become_user();
        VALUE(mlock(p, PAGE));
        VALUE(mlockall(MCL_CURRENT));
        VALUE(munlock(p, PAGE));
    }
    IN_CHILD("as a user, two pages")
    {
        struct rlimit limit = {2 * PAGE, 2 * PAGE};
        setrlimit(RLIMIT_MEMLOCK, &limit);
        become_user();
        char* r = private_memory(4 * PAGE);
        VALUE(mlock(r, 2 * PAGE));
        VALUE(mlock(r + 2 * PAGE, PAGE));
        VALUE(munlock(r, PAGE));
        VALUE(mlock(r + 2 * PAGE, PAGE));
    }
    return 0;
}
