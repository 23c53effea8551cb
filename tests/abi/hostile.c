// SPDX-License-Identifier: MIT
// Hostile arguments of more than one part: vectors, argument lists, strings at the end of memory, ranges that
// wrap around, pointers that the kernel uses later.
#include "abi.h"
#include <linux/futex.h>
#include <sys/prctl.h>

static char *page, *end; // two pages, the second not mapped: end is where it starts
static int zero, null, file;

static void vectors(void)
{
    static char buffer[100];
    struct iovec parts[3] = {{buffer, 10}, {(void*)8, 10}, {buffer + 10, 10}};
    VALUE(readv(zero, parts, 3));
    VALUE(writev(file, parts, 3));
    parts[0].iov_base = end;
    VALUE(readv(zero, parts, 3));
    parts[0] = (struct iovec){end - 4, 10};
    VALUE(writev(file, parts, 1));
    parts[0] = (struct iovec){buffer, LONG_MAX};
    parts[1] = (struct iovec){buffer, 10};
    VALUE(writev(null, parts, 1));
    VALUE(writev(null, parts, 2));
    parts[0].iov_len = (size_t)LONG_MAX + 1;
    VALUE(writev(null, parts, 1));
    parts[0] = (struct iovec){(void*)0xffff000000000000, 0};
    VALUE(writev(null, parts, 1));
    parts[0] = (struct iovec){NULL, 0};
    VALUE(writev(null, parts, 1));
    struct iovec* edge = (struct iovec*)end - 1;
    edge[0] = (struct iovec){buffer, 5};
    VALUE(writev(null, edge, 1));
    VALUE(writev(null, edge, 2));
    VALUE(SYS(writev, null, (char*)edge + 8, 1));
    VALUE(SYS(readv, zero, 0xffff000000000000, 1));
}

static void strings(void)
{
    memset(page, 'a', PAGE);
    VALUE(open(end - 5, O_RDONLY)); // no end before memory ends
    VALUE(open(end, O_RDONLY));
    end[-1] = 0;
    VALUE(open(end - 5, O_RDONLY)); // the last byte is its end
    VALUE(open(end - 256, O_RDONLY)); // 255 characters
    VALUE(open(end - 257, O_RDONLY));
    VALUE(open(page, O_RDONLY)); // 4095 characters
    for (unsigned i = 0; i < PAGE - 1; i += 2)
        page[i] = '.', page[i + 1] = '/';
    end[-1] = 0;
    CHECK(open(page, O_RDONLY)); // the same as a path of folders
    static char longer[PAGE + 1];
    memset(longer, '/', PAGE);
    VALUE(open(longer, O_RDONLY)); // 4096
    longer[PAGE - 1] = 0;
    CHECK(open(longer, O_RDONLY));
    VALUE(symlink(longer, "long"));
    memset(longer, 'b', PAGE);
    VALUE(symlink(longer, "longer"));
    VALUE(SYS(readlinkat, AT_FDCWD, "long", end - 10, 100));
    VALUE(SYS(getcwd, end - 3, 100));
    memcpy(end - 3, "ab", 3);
    VALUE(SYS(prctl, PR_SET_NAME, end - 3));
    memset(end - 3, 'n', 3);
    VALUE(SYS(prctl, PR_SET_NAME, end - 3));
    VALUE(SYS(prctl, PR_GET_NAME, end - 15));
    VALUE(SYS(prctl, PR_GET_NAME, end - 16));
}

static void run(char const* what, char** arguments, char** environment)
{
    IN_CHILD(what)
    {
        execve("/abi/hostile", arguments, environment);
        say("%s: %s", what, error_name(errno));
    }
}

static void argument_lists(void)
{
    static char big[131072 + 1];
    char* none[] = {NULL};
    char* bad[] = {"hostile", (char*)8, NULL};
    char* short_list[] = {"hostile", "stop", NULL};
    char** edge = (char**)end - 2;
    edge[0] = "hostile";
    edge[1] = "stop";
    run("a list without an end", edge, none);
    edge[1] = NULL;
    edge[0] = end - 3;
    memset(end - 16 - 3, 'c', 3);
    run("a bad string", bad, none);
    run("a bad string in the environment", short_list, bad);
    run("a list at a bad address", (char**)8, none);
    run("an environment at a bad address", short_list, (char**)0xffff000000000000);
    memset(big, 'x', 131071);
    char* fits[] = {"hostile", "stop", big, NULL};
    run("the longest string", fits, none);
    big[131071] = 'x';
    run("one longer", fits, none);
    big[131071] = 0;
    static char* many[200];
    many[0] = "hostile", many[1] = "stop";
    for (int i = 2; i < 14; i++)
        many[i] = big;
    run("one and a half megabytes", many, none);
    for (int i = 14; i < 60; i++)
        many[i] = big;
    run("seven megabytes", many, none);
    struct rlimit stack = {1 << 20, RLIM_INFINITY};
    IN_CHILD("small stack")
    {
        setrlimit(RLIMIT_STACK, &stack);
        many[3] = NULL;
        run("half of what a small stack allows", many, none);
        many[3] = big;
        many[4] = NULL;
        run("all of it and a little", many, none);
    }
}

static void ranges(void)
{
    void* last = (void*)~0xffful;
    VALUE(munmap(last, PAGE));
    VALUE(munmap((void*)0xfffffffff000, PAGE)); // the last page of the user's half
    VALUE(munmap((void*)0xfffffffff000, 2 * PAGE));
    VALUE(munmap(page, ~0ul));
    VALUE(munmap(page, ~0ul - (unsigned long)page + 1));
    CHECK(mmap(last, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
    CHECK(mmap((void*)0xfffffffff000, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
    CHECK(mmap((void*)0x1000000000000, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)); // only a hint
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, (off_t)0x7ffffffffffff000));
    CHECK(mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, file, (off_t)0x7ffffffffffff000));
    CHECK(SYS(mmap, NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, file, 0xfffffffffffff000));
    VALUE(mprotect(last, PAGE, PROT_READ));
    VALUE(mprotect(page, ~0xffful, PROT_READ));
    VALUE(mprotect(page, ~0ul, PROT_READ));
    VALUE(madvise(last, PAGE, MADV_DONTNEED));
    VALUE(madvise(page, ~0xffful, MADV_DONTNEED));
    VALUE(msync(last, PAGE, MS_SYNC));
    VALUE(msync(page, ~0xffful, MS_SYNC));
    VALUE(mlock(last, PAGE));
    VALUE(mlock(page, ~0ul));
    VALUE(munlock((void*)~0ul, 1));
    CHECK(mremap(last, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
    CHECK(mremap(page, ~0xffful, PAGE, MREMAP_MAYMOVE));
    VALUE(SYS(brk, 0) == SYS(brk, ~0ul));
    VALUE(SYS(brk, 0) == SYS(brk, 1));
    VALUE(SYS(brk, 0) == SYS(brk, 0xffff000000000000));
    VALUE(lseek(file, LONG_MAX, SEEK_SET));
    VALUE(lseek(file, 1, SEEK_CUR));
    VALUE(lseek(file, LONG_MAX, SEEK_END));
    VALUE(lseek(file, LONG_MIN, SEEK_CUR));
    VALUE(write(file, "x", 1));
    VALUE(lseek(file, 0, SEEK_SET));
    VALUE(ftruncate(file, LONG_MAX));
    VALUE(ftruncate(file, LONG_MIN));
    VALUE(ftruncate(file, 100));
    VALUE(SYS(fallocate, file, 0, LONG_MAX, 1));
    VALUE(SYS(futex, 0xffff000000000000, FUTEX_WAKE, 1, NULL, NULL, 0));
    VALUE(SYS(pselect6, INT_MAX, NULL, NULL, NULL, (&(struct timespec){0, 0}), NULL));
    VALUE(SYS(pselect6, INT_MIN, NULL, NULL, NULL, (&(struct timespec){0, 0}), NULL));
}

static void on_signal(int signal)
{
    (void)signal;
}

// Pointers that are stored and used later.
static void later(void)
{
    struct sigaction action = {.sa_handler = (void (*)(int))0xffff000000001000};
    CHILD("handler in the kernel", sigaction(SIGUSR1, &action, NULL); raise(SIGUSR1));
    action.sa_handler = (void (*)(int))8;
    CHILD("handler at 8", sigaction(SIGUSR1, &action, NULL); raise(SIGUSR1));
    IN_CHILD("alternate stack in the kernel")
    {
        stack_t stack = {(void*)0xffff000000000000, 0, 65536};
        VALUE(sigaltstack(&stack, NULL));
        handle(SIGUSR1, on_signal, SA_ONSTACK);
        raise(SIGUSR1);
    }
    IN_CHILD("alternate stack read-only")
    {
        stack_t stack = {mmap(NULL, 65536, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 0, 65536};
        VALUE(sigaltstack(&stack, NULL));
        handle(SIGUSR1, on_signal, SA_ONSTACK);
        raise(SIGUSR1);
    }
    IN_CHILD("lists at bad addresses")
    {
        VALUE(SYS(set_robust_list, 0xffff000000000000, 24));
        SYS(set_tid_address, 0xffff000000000000);
        _exit(3);
    }
    IN_CHILD("robust list in a circle")
    {
        static long head[3];
        head[0] = (long)&head[0] + 1;
        VALUE(SYS(set_robust_list, head, 24));
        _exit(4);
    }
    IN_CHILD("robust list into the kernel")
    {
        static long head[3] = {(long)0xffff000000000000, -8, (long)0xffff000000000000};
        VALUE(SYS(set_robust_list, head, 24));
        _exit(5);
    }
    long child = SYS(clone, SIGCHLD | 0x00100000 | 0x01000000, 0, 8, 0, 8); // both tids to address 8
    if (child == 0)
        _exit(6);
    reap("tids to a bad address", (pid_t)child);
    child = SYS(clone, SIGCHLD, 0xffff000000000000, 0, 0, 0);
    if (child == 0)
        _exit(7);
    reap("stack in the kernel", (pid_t)child);
    IN_CHILD("no text any more")
    {
        VALUE(munmap((void*)((unsigned long)&on_signal & ~0xffful), PAGE));
        on_signal(0);
    }
    VALUE(read(zero, (void*)((unsigned long)&later & ~0xffful), 16)); // into code
    long heap_end = SYS(brk, 0);
    VALUE(SYS(read, zero, heap_end + PAGE, 16));
    VALUE(SYS(write, file, heap_end + PAGE, 16));
}

int main(int argc, char** argv)
{
    if (argc > 1 && strcmp(argv[1], "stop") == 0)
        _exit(argc % 100);
    page = private_memory(2 * PAGE);
    end = page + PAGE;
    munmap(end, PAGE);
    zero = open("/dev/zero", O_RDONLY);
    null = open("/dev/null", O_WRONLY);
    file = make_file("file", "text", 0644);
    vectors();
    strings();
    argument_lists();
    ranges();
    later();
    return 0;
}
