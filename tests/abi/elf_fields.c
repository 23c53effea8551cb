// SPDX-License-Identifier: MIT
// Executables with one field broken at a time: the error of exec, or how the program ends.
#include "abi.h"
#include <elf.h>

static unsigned char image[3 * PAGE];
static Elf64_Ehdr* const header = (Elf64_Ehdr*)image;
static Elf64_Phdr* const segments = (Elf64_Phdr*)(image + sizeof(Elf64_Ehdr));
static size_t image_size;
static int volatile* error;

// One segment with code at 0x400000, one with data and zeroes at 0x500000; the code exits with the data's
// value.
static void build(void)
{
    static unsigned const code[] = {
        0xd2800a00, // mov x0, #0x50
        0xd370bc00, // lsl x0, x0, #16
        0xb9400000, // ldr w0, [x0]
        0xd2800bc8, // mov x8, #94 (exit_group)
        0xd4000001, // svc #0
    };
    memset(image, 0, sizeof image);
    memcpy(header->e_ident, "\177ELF\2\1\1", 7);
    header->e_type = ET_EXEC;
    header->e_machine = EM_AARCH64;
    header->e_version = 1;
    header->e_entry = 0x400100;
    header->e_phoff = sizeof *header;
    header->e_ehsize = sizeof *header;
    header->e_phentsize = sizeof *segments;
    header->e_phnum = 2;
    header->e_shentsize = 64;
    segments[0] = (Elf64_Phdr){PT_LOAD, PF_R | PF_X, 0, 0x400000, 0x400000, 0x200, 0x200, 0x1000};
    segments[1] = (Elf64_Phdr){PT_LOAD, PF_R | PF_W, 0x1000, 0x500000, 0x500000, 4, 0x1800, 0x1000};
    memcpy(image + 0x100, code, sizeof code);
    image[0x1000] = 42;
    image_size = 0x1004;
}

static void run(char const* what)
{
    unlink("program");
    int fd = (int)MUST(open("program", O_WRONLY | O_CREAT, 0755));
    MUST(write(fd, image, image_size));
    close(fd);
    *error = 0;
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        char* none[] = {NULL};
        execve("program", none, none);
        *error = errno;
        _exit(0);
    }
    int status;
    MUST(waitpid(child, &status, 0));
    if (*error != 0)
        say("%s: %s", what, error_name(*error));
    else
        show_status(what, status);
    build();
}

#define WITH(change)                                                                                         \
    do {                                                                                                     \
        change;                                                                                              \
        run(#change);                                                                                        \
    } while (0)

static void file_header(void)
{
    for (int i = 0; i < 4; i++) {
        char what[32];
        snprintf(what, sizeof what, "magic byte %d", i);
        header->e_ident[i] ^= 1;
        run(what);
    }
    WITH(header->e_ident[EI_CLASS] = ELFCLASS32);
    WITH(header->e_ident[EI_DATA] = ELFDATA2MSB);
    WITH(header->e_ident[EI_VERSION] = 7);
    WITH(header->e_ident[EI_OSABI] = 3);
    WITH(header->e_type = ET_NONE);
    WITH(header->e_type = ET_REL);
    WITH(header->e_type = ET_CORE);
    WITH(header->e_type = 77);
    WITH(header->e_machine = EM_X86_64);
    WITH(header->e_machine = EM_ARM);
    WITH(header->e_version = 9);
    WITH(header->e_ehsize = 1);
    WITH(header->e_shoff = ~0ul);
    WITH(header->e_shnum = 65535);
    WITH(header->e_flags = 0xffffffff);
    WITH(header->e_phentsize = 55);
    WITH(header->e_phentsize = 0);
    WITH(header->e_phnum = 0);
    WITH(header->e_phnum = 1);
    WITH(header->e_phnum = 3);
    WITH(header->e_phnum = 1170);
    WITH(header->e_phnum = 1171);
    WITH(header->e_phnum = 65535);
    WITH(header->e_phoff = 0);
    WITH(header->e_phoff = 0x100000);
    WITH(header->e_phoff = ~0ul);
    WITH(header->e_phoff = 0x7fffffffffffffff);
    WITH(header->e_phoff = 65);
    WITH(header->e_entry = 0);
    WITH(header->e_entry = 0x400102);
    WITH(header->e_entry = 0x500000);
    WITH(header->e_entry = 0x700000);
    WITH(header->e_entry = 0xffff000000000000);
    WITH(header->e_entry = 0x0001000000000000);
}

static void segment_fields(void)
{
    WITH(segments[1].p_type = PT_NULL);
    WITH(segments[1].p_type = 0x12345678);
    WITH(segments[0].p_type = PT_NULL);
    WITH(segments[0].p_flags = 0);
    WITH(segments[0].p_flags = PF_R);
    WITH(segments[0].p_flags = PF_X);
    WITH(segments[0].p_flags = 0xffffffff);
    WITH(segments[1].p_flags = 0);
    WITH(segments[1].p_flags = PF_W);
    WITH(segments[1].p_flags = PF_R);
    WITH(segments[1].p_offset = 0x1001);
    WITH(segments[1].p_offset = 0x100000);
    WITH(segments[1].p_offset = ~0xffful);
    WITH(segments[1].p_offset = 0);
    WITH(segments[0].p_vaddr = 0);
    WITH(segments[0].p_vaddr = 0x400001);
    WITH(segments[1].p_vaddr = 0x500004);
    WITH(segments[1].p_vaddr = 0x400000);
    WITH(segments[1].p_vaddr = 0xffff000000000000);
    WITH(segments[1].p_vaddr = 0x0000fffffffff000);
    WITH(segments[1].p_vaddr = 0x0001000000000000);
    WITH(segments[1].p_vaddr = 0x1000);
    WITH(segments[1].p_vaddr = 0xfffffffff000);
    WITH(segments[1].p_paddr = ~0ul);
    WITH(segments[1].p_filesz = 0);
    WITH(segments[1].p_filesz = 0x1801);
    WITH(segments[1].p_filesz = 0x1800);
    WITH(segments[1].p_filesz = ~0ul);
    WITH(segments[1].p_filesz = segments[1].p_memsz = 0x100000);
    WITH(segments[1].p_memsz = 0);
    WITH(segments[1].p_memsz = 3);
    WITH(segments[1].p_memsz = 0x7fffffffffff);
    WITH(segments[1].p_memsz = ~0ul);
    WITH(segments[1].p_memsz = 1ul << 48);
    WITH(segments[1].p_memsz = 1ul << 40);
    WITH(segments[0].p_memsz = 0x100000);
    WITH(segments[0].p_memsz = segments[0].p_filesz = 0);
    WITH(segments[1].p_memsz = segments[1].p_filesz = 0);
    WITH(segments[0].p_align = 0);
    WITH(segments[0].p_align = 3);
    WITH(segments[0].p_align = ~0ul);
    WITH(segments[1].p_align = 0x10000);
}

static void interpreters(void)
{
    segments[2] = (Elf64_Phdr){PT_INTERP, PF_R, 0x180, 0, 0, 15, 15, 1};
    header->e_phnum = 3;
    strcpy((char*)image + 0x180, "/no/interpreter");
    segments[2].p_filesz = 16;
    run("missing interpreter");
    for (int i = 0; i < 8; i++) {
        segments[2] = (Elf64_Phdr){PT_INTERP, PF_R, 0x180, 0, 0, 16, 16, 1};
        header->e_phnum = 3;
        strcpy((char*)image + 0x180, "/no/interpreter");
        char const* what = "";
        switch (i) {
        case 0:
            segments[2].p_filesz = 0;
            what = "empty interpreter";
            break;
        case 1:
            segments[2].p_filesz = 1;
            what = "interpreter of one byte";
            break;
        case 2:
            segments[2].p_filesz = 15;
            what = "interpreter without an end";
            break;
        case 3:
            segments[2].p_filesz = 5000;
            what = "long interpreter";
            break;
        case 4:
            segments[2].p_offset = 0x100000;
            what = "interpreter beyond the file";
            break;
        case 5:
            strcpy((char*)image + 0x180, "/dev/null");
            what = "interpreter is a device";
            break;
        case 6:
            strcpy((char*)image + 0x180, "/abi");
            what = "interpreter is a directory";
            break;
        case 7:
            strcpy((char*)image + 0x180, "/dev/../init");
            what = "interpreter is a static program";
            break;
        }
        if (i != 7) // what a static program does when it is loaded as an interpreter is its own affair
            run(what);
        else
            build();
    }
}

static void special(void)
{
    for (int i = 0; i < 3; i++) {
        segments[2] = (Elf64_Phdr){PT_GNU_STACK,
            i == 0       ? PF_R | PF_W
                : i == 1 ? PF_R | PF_W | PF_X
                         : 0,
            0, 0, 0, 0, 0, 16};
        header->e_phnum = 3;
        run("stack segment");
    }
    segments[2] = (Elf64_Phdr){PT_TLS, PF_R, 0x100000, 0x900000, 0, 16, 16, 16};
    header->e_phnum = 3;
    run("thread storage is not the kernel's");
    segments[2] = segments[0];
    segments[0] = segments[1];
    segments[1] = segments[2];
    run("segments not in order");
    // As a position-independent program: both segments move together, the code's absolute address misses.
    header->e_type = ET_DYN;
    run("absolute addresses in a moved program");
    header->e_type = ET_DYN;
    segments[0].p_vaddr = 0;
    segments[1].p_vaddr = 0x100000;
    header->e_entry = 0x100;
    unsigned* code = (unsigned*)(image + 0x100);
    code[0] = 0x90000800; // adrp x0, +0x100000
    code[1] = 0xd503201f; // nop
    run("moved program");
}

static void sizes(void)
{
    static size_t const cut[] = {
        0, 1, 4, 16, 52, 63, 64, 100, 119, 120, 175, 176, 0x100, 0x102, 0x114, 0x200, 0xfff, 0x1000, 0x1001};
    for (unsigned i = 0; i < COUNT(cut); i++) {
        char what[32];
        snprintf(what, sizeof what, "cut at %zu", cut[i]);
        image_size = cut[i];
        run(what);
    }
}

int main(void)
{
    error = shared_memory(PAGE);
    build();
    run("unchanged");
    file_header();
    segment_fields();
    interpreters();
    special();
    sizes();
    return 0;
}
