// SPDX-License-Identifier: MIT
// Thousands of executables made from a good one by flipping bytes, from a fixed seed: each ends somehow
// within its time, and the kernel goes on. (elf_fields.c compares single broken fields with Linux.)
#include "abi.h"
#include <elf.h>

enum { header_bytes = 64 + 3 * 56 };

static unsigned char good[1 << 20], image[1 << 20];
static uint64_t state = 0x70c7c0de;

static unsigned next(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 33) % below;
}

static void mutate(size_t size)
{
    static uint64_t const odd[] = {0, 1, 0xff, 0xffff, 0x7fffffff, 0xffffffff, 0x7fffffffffffffff, ~0ul,
        0xffff000000000000, 4095, 4097, 1ul << 47, 1ul << 48};
    memcpy(image, good, size);
    for (unsigned n = 1 + next(3); n > 0; n--) {
        unsigned at = next(header_bytes);
        switch (next(4)) {
        case 0:
            image[at] ^= (unsigned char)(1u << next(8));
            break;
        case 1:
            image[at] = (unsigned char)next(256);
            break;
        case 2:
            memcpy(image + (at & ~7u), &odd[next(COUNT(odd))], 8);
            break;
        default:
            image[next((unsigned)size)] ^= (unsigned char)(1 + next(255));
        }
    }
}

// Three segments: code that exits with a word of data, the data with zeroes behind it, and a stack header.
static size_t build(void)
{
    static unsigned const code[] = {0xd2800a00, 0xd370bc00, 0xb9400000, 0xd2800bc8, 0xd4000001};
    Elf64_Ehdr* header = (Elf64_Ehdr*)good;
    Elf64_Phdr* segments = (Elf64_Phdr*)(good + sizeof *header);
    memcpy(header->e_ident, "\177ELF\2\1\1", 7);
    header->e_type = ET_EXEC;
    header->e_machine = EM_AARCH64;
    header->e_version = 1;
    header->e_entry = 0x400200;
    header->e_phoff = sizeof *header;
    header->e_ehsize = sizeof *header;
    header->e_phentsize = sizeof *segments;
    header->e_phnum = 3;
    segments[0] = (Elf64_Phdr){PT_LOAD, PF_R | PF_X, 0, 0x400000, 0x400000, 0x300, 0x300, 0x1000};
    segments[1] = (Elf64_Phdr){PT_LOAD, PF_R | PF_W, 0x1000, 0x500000, 0x500000, 4, 0x1800, 0x1000};
    segments[2] = (Elf64_Phdr){PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 0, 16};
    memcpy(good + 0x200, code, sizeof code);
    good[0x1000] = 42;
    return 0x1004;
}

// How many of `count` mutants of the `size` bytes in `good` were refused, ran, were killed, took too long.
static void run_mutants(int count, size_t size, char const* what)
{
    int refused = 0, ran = 0, killed = 0, late = 0;
    int* volatile failed = shared_memory(PAGE);
    for (int i = 0; i < count; i++) {
        size_t length = next(20) == 0 ? next((unsigned)size) : size;
        mutate(size);
        unlink("program");
        int fd = (int)MUST(open("program", O_WRONLY | O_CREAT, 0755));
        MUST(write(fd, image, length));
        close(fd);
        *failed = 0;
        pid_t child = (pid_t)MUST(fork());
        if (child == 0) {
            char* arguments[] = {"program", "child", NULL};
            struct rlimit cpu = {1, 1}, memory = {64 << 20, 64 << 20};
            setrlimit(RLIMIT_CPU, &cpu);
            setrlimit(RLIMIT_AS, &memory);
            close(1);
            close(2);
            execve("program", arguments, NULL);
            *failed = 1;
            _exit(0);
        }
        int status;
        MUST(waitpid(child, &status, 0));
        refused += *failed;
        ran += !*failed && WIFEXITED(status);
        killed += WIFSIGNALED(status);
        late += WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGXCPU);
    }
    say("%s: all accounted for %d, some refused %d, some ran %d, some killed %d, few late %d", what,
        refused + ran + killed == count, refused > 0, ran > 0, killed > 0, late <= count / 20);
}

int main(int argc, char** argv)
{
    if (argc > 1 && strcmp(argv[1], "child") == 0)
        return 0;
    (void)argv;
    run_mutants(3000, build(), "small programs");
    int fd = (int)MUST(open("/abi/stress_elf", O_RDONLY));
    run_mutants(60, (size_t)MUST(read(fd, good, sizeof good)), "a C program");
    return 0;
}
