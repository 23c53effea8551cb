// SPDX-License-Identifier: MIT
// What a program has at EL0 and in the kernel is the same after many calls, wherever it runs meanwhile:
// memory, NEON registers, TLS, stack, handlers, alternate stack, mask, directory, descriptors, names.
#include "abi.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { megabytes = 20, rounds = 400 };
static __thread uint64_t local = 0x1122334455667788;
static uint64_t initialised[512] = {1, 2, 3};
static sig_atomic_t volatile handled;

static uint64_t pattern(size_t i)
{
    return i * 0x9e3779b97f4a7c15u ^ 0x5bd1e995;
}

static void count(int signal, siginfo_t* info, void* context)
{
    (void)context;
    handled += signal == SIGUSR1 && info->si_pid == getpid();
}

static void many_calls(int n)
{
    for (int i = 0; i < n; i++)
        getppid();
}

// All 32 registers over many calls: a wrong one is counted.
static int wrong_registers(int calls)
{
    static uint8_t in[512], out[512] __attribute__((aligned(16)));
    for (int i = 0; i < 512; i++)
        in[i] = (uint8_t)(i * 37 + 11);
    register long number asm("x8") = 173; // getppid
    register long left asm("x9") = calls;
    register uint8_t* from asm("x10") = in;
    register uint8_t* to asm("x11") = out;
    asm volatile("ld1 {v0.2d-v3.2d}, [x10], #64\n ld1 {v4.2d-v7.2d}, [x10], #64\n"
                 "ld1 {v8.2d-v11.2d}, [x10], #64\n ld1 {v12.2d-v15.2d}, [x10], #64\n"
                 "ld1 {v16.2d-v19.2d}, [x10], #64\n ld1 {v20.2d-v23.2d}, [x10], #64\n"
                 "ld1 {v24.2d-v27.2d}, [x10], #64\n ld1 {v28.2d-v31.2d}, [x10], #64\n"
                 "1: svc #0\n subs x9, x9, #1\n b.ne 1b\n"
                 "st1 {v0.2d-v3.2d}, [x11], #64\n st1 {v4.2d-v7.2d}, [x11], #64\n"
                 "st1 {v8.2d-v11.2d}, [x11], #64\n st1 {v12.2d-v15.2d}, [x11], #64\n"
                 "st1 {v16.2d-v19.2d}, [x11], #64\n st1 {v20.2d-v23.2d}, [x11], #64\n"
                 "st1 {v24.2d-v27.2d}, [x11], #64\n st1 {v28.2d-v31.2d}, [x11], #64\n"
        : "+r"(from), "+r"(to), "+r"(left)
        : "r"(number)
        : "x0", "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11",
        "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25",
        "v26", "v27", "v28", "v29", "v30", "v31");
    int wrong = 0;
    for (int i = 0; i < 512; i++)
        wrong += in[i] != out[i];
    return wrong;
}

static size_t wrong_words(uint64_t const* words, size_t n)
{
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++)
        wrong += words[i] != pattern(i);
    return wrong;
}

int main(void)
{
    size_t const words = megabytes * 1024 * 1024 / 8, heap_words = 40000;
    uint64_t* big = mmap(NULL, words * 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t* heap = malloc(heap_words * 8);
    uint64_t on_stack[4096];
    for (size_t i = 0; i < words; i++)
        big[i] = pattern(i);
    for (size_t i = 0; i < heap_words; i++)
        heap[i] = pattern(i);
    for (size_t i = 0; i < 4096; i++)
        on_stack[i] = pattern(i);
    mprotect(big, PAGE, PROT_READ);
    initialised[3] = 4;

    mkdir("here", 0755);
    CHECK(chdir("here"));
    int fd = (int)MUST(open("file", O_RDWR | O_CREAT | O_TRUNC, 0644));
    int closes = (int)MUST(open("other", O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    for (size_t i = 0; i < 1024; i++) {
        uint64_t word = pattern(i);
        MUST(write(fd, &word, 8));
    }
    uint64_t* of_file = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    of_file[0] = 77;
    uint64_t const* shared = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
    int ends[2];
    MUST(pipe(ends));
    MUST(write(ends[1], "kept", 4));

    static char room[65536];
    stack_t alternate = {.ss_sp = room, .ss_size = sizeof room};
    CHECK(sigaltstack(&alternate, NULL));
    struct sigaction action = {.sa_sigaction = count, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigaddset(&action.sa_mask, SIGUSR2);
    CHECK(sigaction(SIGUSR1, &action, NULL));
    signal(SIGHUP, SIG_IGN);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGRTMIN + 3);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL));
    CHECK(prctl(PR_SET_NAME, "a-kept-name"));
    CHECK(prctl(PR_SET_DUMPABLE, 0));
    CHECK(prctl(PR_SET_PDEATHSIG, SIGUSR2));
    CHECK(prctl(PR_SET_TIMERSLACK, 4321));
    umask(027);

    long faults = 0, steps = 0;
    for (int round = 0; round < rounds; round++) {
        struct rusage before, after;
        getrusage(RUSAGE_SELF, &before);
        raise(SIGUSR1);
        many_calls(5);
        getrusage(RUSAGE_SELF, &after);
        faults += after.ru_minflt < before.ru_minflt || after.ru_nvcsw < before.ru_nvcsw;
        steps += initialised[0] + initialised[3];
        big[words - 1 - (size_t)round] = pattern(words - 1 - (size_t)round);
    }
    say("registers that changed: %d", wrong_registers(3000));
    say("big: %zu, heap: %zu, stack: %zu words that changed", wrong_words(big, words),
        wrong_words(heap, heap_words), wrong_words(on_stack, 4096));
    say("handled %d, steps %ld, counters that fell %ld", (int)handled, steps, faults);
    IS(local == 0x1122334455667788);
    IS(of_file[0] == 77 && of_file[1] == pattern(1) && of_file[PAGE / 8 + 1] == pattern(PAGE / 8 + 1));
    uint64_t const word = 4321;
    MUST(pwrite(fd, &word, 8, PAGE));
    IS(shared[1] == pattern(1) && shared[PAGE / 8] == word && of_file[PAGE / 8 + 1] == pattern(PAGE / 8 + 1));
    char text[200] = "";
    IS(getcwd(text, sizeof text) != NULL && strcmp(strrchr(text, '/'), "/here") == 0);
    VALUE(lseek(fd, 0, SEEK_CUR));
    VALUE(fcntl(fd, F_GETFD));
    VALUE(fcntl(closes, F_GETFD));
    memset(text, 0, sizeof text);
    VALUE(read(ends[0], text, 100));
    say("%s", text);
    stack_t now;
    IS(sigaltstack(NULL, &now) == 0 && now.ss_sp == room && now.ss_size == sizeof room);
    struct sigaction old;
    IS(sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_sigaction == count
        && sigismember(&old.sa_mask, SIGUSR2) == 1);
    IS(sigaction(SIGHUP, NULL, &old) == 0 && old.sa_handler == SIG_IGN);
    IS(sigprocmask(SIG_BLOCK, NULL, &set) == 0 && sigismember(&set, SIGTERM) == 1
        && sigismember(&set, SIGRTMIN + 3) == 1 && sigismember(&set, SIGUSR1) == 0);
    prctl(PR_GET_NAME, text);
    say("%s", text);
    VALUE(prctl(PR_GET_DUMPABLE));
    int death = 0;
    prctl(PR_GET_PDEATHSIG, &death);
    say("%d", death);
    VALUE(prctl(PR_GET_TIMERSLACK));
    VALUE(umask(0));
    kill(getpid(), SIGTERM);
    many_calls(200);
    IS(sigpending(&set) == 0 && sigismember(&set, SIGTERM) == 1);
    IS(mprotect(big, PAGE, PROT_READ | PROT_WRITE) == 0 && ++big[0] == pattern(0) + 1);
    return 0;
}
