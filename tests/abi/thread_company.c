// SPDX-License-Identifier: MIT
// Threads of one process that compute, hand a word to and fro, change the address space under the others,
// fork, take signals; and what becomes of threads that compute when their process exits, executes, stops, is
// killed.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
static int volatile stop;
static int rounds = 150;
static unsigned long sums[4];
static double fsum[4];
static void* compute(void* a)
{
    long id = (long)a;
    unsigned long x = id + 1;
    double d = 1;
    char buf[256];
    for (int r = 0; r < rounds * 20; r++) {
        for (int i = 0; i < 500; i++) {
            x = x * 6364136223846793005ul + 1442695040888963407ul;
            d = d * 0.999 + 1.0 / (i + 1);
        }
        memset(buf, (int)x, sizeof buf);
        if ((r & 63) == 0)
            sched_yield();
        if (buf[17] != (char)x) {
            printf("torn\n");
        }
    }
    sums[id] = x;
    fsum[id] = d;
    return 0;
}
static int word;
static long ftx(int* w, int op, int v)
{
    return syscall(SYS_futex, w, op | FUTEX_PRIVATE_FLAG, v, 0, 0, 0);
}
static void* ping(void* a)
{
    int me = (long)a;
    for (int i = 0; i < rounds; i++) {
        int v;
        while ((v = __atomic_load_n(&word, __ATOMIC_ACQUIRE)) % 2 != me)
            ftx(&word, FUTEX_WAIT, v);
        __atomic_store_n(&word, v + 1, __ATOMIC_RELEASE);
        ftx(&word, FUTEX_WAKE, 1);
    }
    return 0;
}
static char* volatile shared;
static void* reader(void* a)
{
    unsigned long n = 0;
    while (!stop) {
        char* p = shared;
        for (int i = 0; i < 16; i++) {
            char c = ((char volatile*)p)[i * 4096];
            if (c != 0 && c != 'a' && c != 'b') {
                printf("foreign byte %d\n", c);
                exit(1);
            }
            n++;
        }
    }
    return n > 0 ? 0 : a;
}
static void* mapper(void* a)
{
    (void)a;
    char* one = shared;
    for (int i = 0; i < rounds; i++) {
        char* p = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memset(p, 'z', 65536);
        munmap(p, 65536);
        memset(one, 'a' + (i & 1), 65536);
        mprotect(one, 65536, PROT_READ);
        mprotect(one, 65536, PROT_READ | PROT_WRITE);
        madvise(one, 65536, MADV_DONTNEED);
        if (one[0] != 0) {
            printf("not empty\n");
        }
        one[4096] = 'b';
    }
    return 0;
}
static int volatile got[2];
static void on(int s)
{
    __atomic_add_fetch(&got[s == SIGUSR2], 1, __ATOMIC_SEQ_CST);
}
static int volatile ready;
static void* target(void* a)
{
    (void)a;
    ready = 1;
    unsigned long x = 0;
    while (!stop)
        x++;
    return (void*)x;
}
/* In the child three threads compute. */
static pid_t fork_company(void)
{
    pid_t k = fork();
    if (k == 0) {
        stop = 0;
        pthread_t t;
        for (int i = 0; i < 3; i++)
            pthread_create(&t, 0, target, 0);
    }
    return k;
}
static void* forker(void* a)
{
    (void)a;
    for (int i = 0; i < 20; i++) {
        pid_t p = fork();
        if (p == 0)
            _exit(i);
        int st;
        if (waitpid(p, &st, 0) != p || WEXITSTATUS(st) != i)
            printf("bad child\n");
    }
    return 0;
}
int main(int argc, char** argv)
{
    if (argc > 1 && !strcmp(argv[1], "again")) {
        printf("executed\n");
        return 7;
    }
    shared = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct sigaction sa = {.sa_handler = on};
    sigaction(SIGUSR1, &sa, 0);
    sigaction(SIGUSR2, &sa, 0);
    pthread_t c[4], p[2], r, m, t, f;
    for (long i = 0; i < 4; i++)
        pthread_create(&c[i], 0, compute, (void*)i);
    for (long i = 0; i < 2; i++)
        pthread_create(&p[i], 0, ping, (void*)i);
    pthread_create(&r, 0, reader, 0);
    pthread_create(&m, 0, mapper, 0);
    pthread_create(&t, 0, target, 0);
    pthread_create(&f, 0, forker, 0);
    while (!ready)
        sched_yield();
    for (int i = 0; i < 50; i++) {
        int before = got[0];
        pthread_kill(t, SIGUSR1);
        while (got[0] == before)
            sched_yield();
    }
    for (int i = 0; i < 4; i++)
        pthread_join(c[i], 0);
    for (int i = 0; i < 2; i++)
        pthread_join(p[i], 0);
    pthread_join(m, 0);
    pthread_join(f, 0);
    stop = 1;
    pthread_join(r, 0);
    pthread_join(t, 0);
    printf("sums %lx %lx %lx %lx %.9f %.9f word %d signals %d\n", sums[0], sums[1], sums[2], sums[3], fsum[0],
        fsum[3], word, got[0]);
    fflush(stdout);
    /* exit_group with siblings that compute */
    pid_t k = fork_company();
    if (k == 0) {
        usleep(20000);
        exit(5);
    }
    int st;
    waitpid(k, &st, 0);
    printf("exit_group %d\n", WEXITSTATUS(st));
    fflush(stdout);
    k = fork_company();
    if (k == 0) {
        usleep(20000);
        execl(argv[0], argv[0], "again", (char*)0);
        _exit(9);
    }
    waitpid(k, &st, 0);
    printf("exec %d\n", WEXITSTATUS(st));
    fflush(stdout);
    k = fork_company();
    if (k == 0) {
        for (;;)
            sched_yield();
    }
    usleep(30000);
    kill(k, SIGSTOP);
    waitpid(k, &st, WUNTRACED);
    printf("stopped %d\n", WIFSTOPPED(st));
    kill(k, SIGCONT);
    usleep(10000);
    kill(k, SIGKILL);
    waitpid(k, &st, 0);
    printf("killed %d\n", WTERMSIG(st));
    fflush(stdout);
    return 0;
}
