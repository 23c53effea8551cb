// SPDX-License-Identifier: MIT
// The vDSO: its symbols are found as the C library finds them, and tell the same time as the calls.
#include "abi.h"
#include <elf.h>
#include <sys/auxv.h>

static Elf64_Ehdr* base;

static void* find(char const* wanted)
{
    Elf64_Phdr* headers = (Elf64_Phdr*)((char*)base + base->e_phoff);
    Elf64_Dyn* dynamic = NULL;
    unsigned long bias = 0;
    for (int i = 0; i < base->e_phnum; i++) {
        if (headers[i].p_type == PT_LOAD && bias == 0)
            bias = (unsigned long)base + headers[i].p_offset - headers[i].p_vaddr;
        if (headers[i].p_type == PT_DYNAMIC)
            dynamic = (Elf64_Dyn*)((char*)base + headers[i].p_offset);
    }
    Elf64_Sym* symbols = NULL;
    char const* strings = NULL;
    Elf64_Word* hash = NULL;
    for (; dynamic != NULL && dynamic->d_tag != DT_NULL; dynamic++) {
        if (dynamic->d_tag == DT_SYMTAB)
            symbols = (Elf64_Sym*)(bias + dynamic->d_un.d_ptr);
        if (dynamic->d_tag == DT_STRTAB)
            strings = (char*)(bias + dynamic->d_un.d_ptr);
        if (dynamic->d_tag == DT_HASH)
            hash = (Elf64_Word*)(bias + dynamic->d_un.d_ptr);
    }
    if (symbols == NULL || strings == NULL || hash == NULL)
        return NULL;
    for (Elf64_Word i = 0; i < hash[1]; i++)
        if (strcmp(strings + symbols[i].st_name, wanted) == 0 && symbols[i].st_shndx != SHN_UNDEF)
            return (void*)(bias + symbols[i].st_value);
    return NULL;
}

static long ns(struct timespec t)
{
    return t.tv_sec * 1000000000 + t.tv_nsec;
}

static void same_time(int (*fast)(clockid_t, struct timespec*), clockid_t clock, char const* name)
{
    int wrong = 0;
    for (int i = 0; i < 1000; i++) {
        struct timespec a, b, c;
        SYS(clock_gettime, clock, &a);
        fast(clock, &b);
        SYS(clock_gettime, clock, &c);
        wrong += !(ns(a) <= ns(b) && ns(b) <= ns(c)) || b.tv_nsec >= 1000000000;
    }
    say("%s agrees: %d wrong", name, wrong);
}

int main(void)
{
    base = (Elf64_Ehdr*)getauxval(AT_SYSINFO_EHDR);
    if (base == NULL) {
        say("no vDSO");
        return 1;
    }
    say("type %d machine %d page-aligned %d", base->e_type, base->e_machine,
        ((unsigned long)base & (PAGE - 1)) == 0);
    int (*get)(clockid_t, struct timespec*)
        = (int (*)(clockid_t, struct timespec*))find("__kernel_clock_gettime");
    int (*day)(struct timeval*, void*) = (int (*)(struct timeval*, void*))find("__kernel_gettimeofday");
    int (*resolution)(clockid_t, struct timespec*)
        = (int (*)(clockid_t, struct timespec*))find("__kernel_clock_getres");
    say("clock_gettime %d, gettimeofday %d, clock_getres %d, rt_sigreturn %d", get != NULL, day != NULL,
        resolution != NULL, find("__kernel_rt_sigreturn") != NULL);
    if (get == NULL)
        return 1;
    same_time(get, CLOCK_MONOTONIC, "CLOCK_MONOTONIC");
    same_time(get, CLOCK_REALTIME, "CLOCK_REALTIME");
    same_time(get, CLOCK_BOOTTIME, "CLOCK_BOOTTIME");
    same_time(get, CLOCK_MONOTONIC_RAW, "CLOCK_MONOTONIC_RAW");
    struct timespec t;
    say("unknown clock: %d", get(999, &t));
    say("coarse: %d", get(CLOCK_MONOTONIC_COARSE, &t));
    say("process time through the vDSO: %d", get(CLOCK_PROCESS_CPUTIME_ID, &t));
    if (day != NULL) {
        struct timeval v;
        struct timespec a, b;
        SYS(clock_gettime, CLOCK_REALTIME, &a);
        int r = day(&v, NULL);
        SYS(clock_gettime, CLOCK_REALTIME, &b);
        long us = v.tv_sec * 1000000 + v.tv_usec;
        say("gettimeofday %d agrees %d", r, ns(a) / 1000 <= us && us <= ns(b) / 1000);
    }
    if (resolution != NULL) {
        say("clock_getres %d: %ld ns", resolution(CLOCK_MONOTONIC, &t), t.tv_nsec);
        say("clock_getres of an unknown clock: %d", resolution(999, &t));
    }
    errno = 0;
    say("it cannot be written: %s",
        (SYS(read, -1, base, 1), pipe((int*)base) < 0) ? error_name(errno) : "written");
    return 0;
}
