// SPDX-License-Identifier: MIT
// The stack: it grows on demand up to its limit, and no further.
#include "abi.h"

static sigjmp_buf back;
static char alternate[32768];

static void on_fault(int signal, siginfo_t* info, void* context)
{
    (void)signal;
    (void)context;
    siglongjmp(back, info->si_code);
}

static unsigned long stack_pointer(void)
{
    return (unsigned long)__builtin_frame_address(0);
}

static void touch(char const* what, unsigned long distance)
{
    int code = sigsetjmp(back, 1);
    if (code != 0) {
        say("%s: fault, code %d", what, code);
        return;
    }
    *(char volatile*)(stack_pointer() - distance) = 1;
    say("%s: ok", what);
}

static void limited(unsigned long bytes)
{
    struct rlimit limit = {bytes, bytes};
    MUST(setrlimit(RLIMIT_STACK, &limit));
}

static long depth_of(long n)
{
    char volatile block[1000];
    block[n % 1000] = (char)n;
    return n == 0 ? 0 : 1 + depth_of(n - 1) + (block[n % 1000] == (char)n ? 0 : 1000000);
}

int main(int argc, char** argv)
{
    (void)argv;
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    MUST(sigaltstack(&stack, NULL));
    handle_info(SIGSEGV, on_fault, SA_ONSTACK);
    handle_info(SIGBUS, on_fault, SA_ONSTACK);
    if (argc > 1) {
        touch("100 KiB with a limit of 256", 100 << 10);
        touch("300 KiB", 300 << 10);
        return 0;
    }
    say("recursion through 4 MiB: %ld", depth_of(4000));
    touch("one page below", PAGE);
    touch("a megabyte below", 1 << 20);
    touch("four megabytes below", 4 << 20);
    touch("seven megabytes below", 7 << 20);
    touch("nine megabytes below, limit is eight", 9 << 20);
    CHILD("lowered limit", limited(5 << 20); touch("three megabytes", 3 << 20);
        touch("six megabytes", 6 << 20); touch("seven and a half", 15 << 19));
    IN_CHILD("limit at exec")
    {
        limited(256 << 10);
        char* arguments[] = {"stack", "small", NULL};
        execve("/abi/stack", arguments, NULL);
    }
    IN_CHILD("read and write calls grow it too")
    {
        int ends[2];
        MUST(pipe(ends));
        MUST(write(ends[1], "abc", 3));
        char* target = (char*)(stack_pointer() - (7ul << 20) - (700 << 10));
        VALUE(read(ends[0], target, 3));
        say("%.3s", target);
    }
    IN_CHILD("not executable")
    {
        unsigned code[2] = {0xd65f03c0, 0xd65f03c0};
        __builtin___clear_cache((char*)code, (char*)(code + 2));
        int got = sigsetjmp(back, 1);
        if (got == 0)
            ((void (*)(void))code)();
        say("code on the stack: %s", got == 0 ? "ran" : "fault");
    }
    IN_CHILD("a mapping in the way")
    {
        char* wall = (char*)((stack_pointer() - (7ul << 20) - (500ul << 10)) & ~(PAGE - 1));
        MUST(mmap(wall, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED ? -1
                                                                                                       : 0);
        touch("above the wall and its gap", (7ul << 20) - (700 << 10));
    }
    return 0;
}
