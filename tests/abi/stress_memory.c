// SPDX-License-Identifier: MIT
// Memory hogs of every kind: the hog is told or killed, all comes back, and the rest goes on.
#include "abi.h"

static int volatile* shared;

static char const* end_of(int status)
{
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGKILL ? "killed or refused" : signal_name(WTERMSIG(status));
    return WEXITSTATUS(status) == 7 ? "killed or refused" : "ended otherwise";
}

#define HOG(what, ...)                                                                                       \
    do {                                                                                                     \
        pid_t child_ = (pid_t)MUST(fork());                                                                  \
        if (child_ == 0) {                                                                                   \
            __VA_ARGS__;                                                                                     \
            _exit(7);                                                                                        \
        }                                                                                                    \
        int status_;                                                                                         \
        MUST(waitpid(child_, &status_, 0));                                                                  \
        say("%s: %s", what, end_of(status_));                                                                \
        after();                                                                                             \
    } while (0)

static void after(void)
{
    char* area = private_memory(8 << 20);
    for (int i = 0; i < 8 << 20; i += 4096)
        area[i] = 1;
    munmap(area, 8 << 20);
    int status;
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        char* arguments[] = {"stress_memory", "child", NULL};
        execve("/abi/stress_memory", arguments, NULL);
        _exit(1);
    }
    MUST(waitpid(child, &status, 0));
    if (status != 0)
        show_status("  a program afterwards", status);
}

static void touch_all(void)
{
    for (;;) {
        char* p = mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED)
            return;
        for (int i = 0; i < 16 << 20; i += 4096)
            p[i] = 1;
    }
}

static void fill_file(char const* path)
{
    static char block[1 << 16];
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    while (write(fd, block, sizeof block) > 0) { }
}

int main(int argc, char** argv)
{
    (void)argv;
    if (argc > 1)
        return 0;
    shared = shared_memory(PAGE);
    HOG("anonymous memory", touch_all());
    HOG("one great mapping",
        char* p
        = mmap(NULL, 64ul << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p != MAP_FAILED) for (size_t i = 0; i < 64ul << 30; i += 4096) p[i] = 1);
    HOG(
        "the heap", for (;;) {
            char* p = sbrk(1 << 20);
            if (p == (char*)-1)
                break;
            for (int i = 0; i < 1 << 20; i += 4096)
                p[i] = 1;
        });
    HOG(
        "shared memory", for (;;) {
            char* p = mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
            if (p == MAP_FAILED)
                break;
            for (int i = 0; i < 16 << 20; i += 4096)
                p[i] = 1;
        });
    // A file keeps its pages when the hog dies, so it is removed before anything else is tried.
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        handle(SIGXFSZ, SIG_IGN, 0);
        fill_file("big");
        shared[0] = errno;
        _exit(7);
    }
    int status;
    MUST(waitpid(child, &status, 0));
    MUST(unlink("big"));
    say("a file: %s", end_of(status));
    after();
    HOG(
        "page tables", for (unsigned long at = 1ul << 30; at < 1ul << 47; at += 2ul << 20) {
            char* p = mmap(
                (void*)at, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
            if (p == MAP_FAILED)
                break;
            *p = 1;
        });
    HOG("mappings",
        for (unsigned long at = 1ul << 30;;
            at += 8192) if (mmap((void*)at, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
            == MAP_FAILED) break);
    HOG("pipes", struct rlimit limit = {100000, 100000}; setrlimit(RLIMIT_NOFILE, &limit);
        static char block[65536]; int ends[2];
        while (pipe2(ends, O_NONBLOCK) == 0) if (write(ends[1], block, sizeof block) < 0) break);
    HOG(
        "several hogs",
        for (int i = 0; i < 3; i++) if (fork() == 0) {
            touch_all();
            _exit(7);
        } touch_all();
        while (wait(NULL) > 0){});
    sleep_ms(200);
    HOG(
        "forked copies", char* p = private_memory(64 << 20); memset(p, 1, 64 << 20);
        for (int i = 0; i < 40; i++) if (fork() == 0) {
            memset(p, 2, 64 << 20);
            pause();
        } sleep_ms(500);
        kill(0, 0); signal(SIGTERM, SIG_IGN); _exit(7));
    say("the end");
    return 0;
}
