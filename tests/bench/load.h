// SPDX-License-Identifier: MIT
// The load of the benchmarks.
#pragma once
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

// What keeps the core busy: children that touch a megabyte, fill a pipe, and exec every so many turns (0:
// never).
static void churn(long between_execs)
{
    static char block[16384];
    for (long turn = 0;; turn++) {
        int ends[2];
        if (pipe(ends) != 0)
            _exit(1);
        pid_t child = fork();
        if (child == 0) {
            close(ends[0]);
            char* area = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (area != MAP_FAILED) {
                madvise(area, 1 << 20, MADV_NOHUGEPAGE);
                for (int at = 0; at < 1 << 20; at += 4096)
                    *(char volatile*)(area + at) = 1;
                munmap(area, 1 << 20);
            }
            for (int i = 0; i < 4; i++)
                (void)!write(ends[1], block, sizeof block);
            if (between_execs != 0 && turn % between_execs == between_execs - 1)
                execve("/init", (char*[]){"/init", "--exit", NULL}, (char*[]){NULL});
            _exit(0);
        }
        close(ends[1]);
        while (read(ends[0], block, sizeof block) > 0) { }
        close(ends[0]);
        if (child > 0)
            waitpid(child, NULL, 0);
    }
}
