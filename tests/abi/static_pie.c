// SPDX-License-Identifier: MIT
// A static position-independent program: relocated by itself, at an address chosen by the kernel.
#include "abi.h"
#include <elf.h>
#include <sys/auxv.h>
#include <sys/personality.h>

extern char __ehdr_start[];
static char const* const relocated[] = {"relocations", "work"};

static unsigned long base_of_a_run(void)
{
    unsigned long base = 0;
    int ends[2];
    MUST(pipe(ends));
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        char* arguments[] = {"static_pie", "base", NULL};
        dup2(ends[1], 3);
        execve("/abi/static_pie", arguments, NULL);
        _exit(1);
    }
    MUST(waitpid(child, NULL, 0));
    read(ends[0], &base, sizeof base);
    close(ends[0]);
    close(ends[1]);
    return base;
}

int main(int argc, char** argv)
{
    (void)argv;
    unsigned long base = (unsigned long)__ehdr_start;
    if (argc > 1) {
        write(3, &base, sizeof base);
        return 0;
    }
    say("type %d", ((Elf64_Ehdr*)base)->e_type);
    say("%s %s", relocated[0], relocated[1]);
    say("page-aligned %d, above 64 KiB %d", (base & (PAGE - 1)) == 0, base > 65536);
    say("headers in place %d", getauxval(AT_PHDR) == base + ((Elf64_Ehdr*)base)->e_phoff);
    unsigned long first = base_of_a_run(), different = 0;
    for (int i = 0; i < 4; i++)
        different += base_of_a_run() != first;
    say("another base in another run: %d", different > 0);
    personality(ADDR_NO_RANDOMIZE);
    first = base_of_a_run();
    say("without randomisation the same: %d", base_of_a_run() == first && base_of_a_run() == first);
    return 0;
}
