// SPDX-License-Identifier: MIT
// Huge and odd lengths and counts.
#include "abi.h"
#include <linux/futex.h>

static char buffer[65536];

int main(void)
{
    static size_t const lengths[] = {0, 1, 0x7ffff000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
        0x7fffffffffffffff, 0x8000000000000000, ~0ul};
    int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY),
        file = make_file("file", "0123456789", 0644), ends[2];
    MUST(pipe2(ends, O_NONBLOCK));
    for (unsigned i = 0; i < COUNT(lengths); i++) {
        size_t n = lengths[i];
        say("-- %#zx", n);
        lseek(file, 0, SEEK_SET);
        VALUE(SYS(write, null, buffer, n));
        VALUE(SYS(read, file, buffer, n));
        VALUE(SYS(pread64, file, buffer, n, 5));
        VALUE(SYS(read, ends[0], buffer, n));
        VALUE(SYS(getcwd, buffer, n));
        VALUE(SYS(readlinkat, AT_FDCWD, "/proc/self/cwd", buffer, n));
        VALUE(SYS(sethostname, buffer, n));
        VALUE(SYS(setgroups, n, buffer));
        CHECK(SYS(sched_getaffinity, 0, n, buffer));
        VALUE(SYS(rt_sigprocmask, SIG_BLOCK, NULL, buffer, n));
        VALUE(SYS(ppoll, buffer, n, buffer, NULL, 8) > 0);
        VALUE(SYS(readv, file, buffer, n));
        VALUE(SYS(getdents64, file, buffer, n));
        VALUE(SYS(munmap, 0x100000000000, n));
        VALUE(SYS(madvise, 0x100000000000, n, MADV_NORMAL));
        VALUE(SYS(sendfile, null, file, NULL, n));
    }
    sethostname("(none)", 6);
    // Reading into more memory than is mapped: as much as fits, or EFAULT when nothing does.
    char* page = private_memory(4 * PAGE);
    munmap(page + 2 * PAGE, 2 * PAGE);
    VALUE(read(zero, page, 4 * PAGE));
    VALUE(read(zero, page + PAGE, 1 << 30));
    VALUE(read(zero, page + 2 * PAGE, PAGE));
    VALUE(pread(file, page + 2 * PAGE - 4, 10, 0));
    VALUE(write(null, page, 4 * PAGE));
    VALUE(pwrite(file, page, 4 * PAGE, 0));
    VALUE(SYS(getrandom, page + PAGE, 2 * PAGE, 0));
    return 0;
}
