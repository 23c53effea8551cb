// SPDX-License-Identifier: MIT
// The stack a program starts on: the auxiliary vector and where its values point.
#include "abi.h"
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

static char const self[] = "/abi/auxv";
extern void _start(void);
extern char __ehdr_start[];

static void show_vector(char** environment)
{
    char** end = environment;
    while (*end != NULL)
        end++;
    Elf64_auxv_t* vector = (Elf64_auxv_t*)(end + 1);
    unsigned long seen = 0;
    for (; vector->a_type != AT_NULL; vector++)
        if (vector->a_type < 64)
            seen |= 1ul << vector->a_type;
    unsigned const wanted[] = {AT_PHDR, AT_PHENT, AT_PHNUM, AT_PAGESZ, AT_BASE, AT_FLAGS, AT_ENTRY, AT_UID,
        AT_EUID, AT_GID, AT_EGID, AT_PLATFORM, AT_HWCAP, AT_CLKTCK, AT_SECURE, AT_RANDOM, AT_HWCAP2,
        AT_EXECFN, AT_SYSINFO_EHDR, AT_MINSIGSTKSZ};
    for (unsigned i = 0; i < COUNT(wanted); i++)
        say("type %u present: %d", wanted[i], (int)(seen >> wanted[i] & 1));
}

static void show_values(void)
{
    Elf64_Phdr* headers = (Elf64_Phdr*)getauxval(AT_PHDR);
    Elf64_Ehdr* header = (Elf64_Ehdr*)__ehdr_start;
    say("page size %lu, ticks %lu", getauxval(AT_PAGESZ), getauxval(AT_CLKTCK));
    say("uid %lu euid %lu gid %lu egid %lu", getauxval(AT_UID), getauxval(AT_EUID), getauxval(AT_GID),
        getauxval(AT_EGID));
    say("secure %lu, flags %lu, base %lu", getauxval(AT_SECURE), getauxval(AT_FLAGS), getauxval(AT_BASE));
    say("entry is right: %d", getauxval(AT_ENTRY) == (unsigned long)&_start);
    say("headers: size right %d, count right %d, place right %d", getauxval(AT_PHENT) == sizeof *headers,
        getauxval(AT_PHNUM) == header->e_phnum, (char*)headers == (char*)header + header->e_phoff);
    say("platform %s", (char*)getauxval(AT_PLATFORM));
    say("program %s", (char*)getauxval(AT_EXECFN));
    say("the vDSO is an ELF: %d", memcmp((void*)getauxval(AT_SYSINFO_EHDR), "\177ELF", 4) == 0);
    // EVTSTRM and CPUID say what the kernel adds to the processor, and are left out.
    say("hardware capabilities %#lx %#lx", getauxval(AT_HWCAP) & ~0x804ul, getauxval(AT_HWCAP2));
    unsigned long minimum = getauxval(AT_MINSIGSTKSZ);
    say("smallest signal stack plausible: %d", minimum >= 4600 && minimum <= 5200);
}

int main(int argc, char** argv, char** environment)
{
    unsigned char* random = (unsigned char*)getauxval(AT_RANDOM);
    if (argc > 1) {
        write(3, random, 16);
        return 0;
    }
    show_vector(environment);
    show_values();
    unsigned long volatile* frame = (unsigned long*)(argv - 1);
    say("argc at the start: %ld, aligned to 16: %d", (long)*frame, ((unsigned long)frame & 15) == 0);
    say("strings above the vector: %d %d", (void*)argv[0] > (void*)argv, (void*)random > (void*)argv);

    unsigned char values[3][16] = {{0}};
    for (int i = 0; i < 3; i++) {
        int ends[2];
        MUST(pipe(ends));
        pid_t child = (pid_t)MUST(fork());
        if (child == 0) {
            char* arguments[] = {"auxv", "random", NULL};
            dup2(ends[1], 3);
            execve(self, arguments, NULL);
            _exit(1);
        }
        reap("random", child);
        say("bytes: %zd", read(ends[0], values[i], 16));
        close(ends[0]);
        close(ends[1]);
    }
    say("random bytes differ: %d %d", memcmp(values[0], values[1], 16) != 0,
        memcmp(values[1], values[2], 16) != 0);
    CHILD(
        "as a user", become_user(); char* arguments[] = {"auxv", NULL}; char* environment2[] = {NULL};
        if (getuid() == 1000) {
            say("uid 1000");
            execve("/abi/none", arguments, environment2);
        });
    return 0;
}
