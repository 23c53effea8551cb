// SPDX-License-Identifier: MIT
// Threads of one process that map, unmap, fork, close what others read, and end, all at once, while a timer
// makes long calls give way: nothing is lost, nothing is left over.
#include "abi.h"
#include <pthread.h>

enum { THREADS = 12, ROUNDS = 25, MANY = 300 };
static int volatile failures, alarms;
static int shared_pipe[2];

static void on_alarm(int signal)
{
    alarms += signal == SIGALRM;
}

static void* maps(void* argument)
{
    unsigned seed = (unsigned)(long)argument;
    for (int i = 0; i < ROUNDS; i++) {
        size_t const size = (64 + rand_r(&seed) % 512) * PAGE;
        char* p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED) {
            failures++;
            continue;
        }
        for (size_t at = 0; at < size; at += PAGE)
            p[at] = (char)(at >> 12);
        size_t const half = size / 2 & ~(PAGE - 1);
        mprotect(p, half, PROT_READ);
        char* const grown = mremap(p + half, size - half, size, MREMAP_MAYMOVE);
        char* const upper = grown == MAP_FAILED ? p + half : grown;
        failures += grown == MAP_FAILED;
        for (size_t at = 0; at < size; at += PAGE)
            failures += (at < half ? p[at] : upper[at - half]) != (char)(at >> 12);
        munmap(p, half);
        munmap(upper, grown == MAP_FAILED ? size - half : size);
    }
    return NULL;
}

static void* forks(void* argument)
{
    for (int i = 0; i < ROUNDS / 2; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(7);
        int status = 0;
        if (child < 0 || waitpid(child, &status, 0) != child || WEXITSTATUS(status) != 7)
            failures++;
    }
    return argument;
}

static void* reads(void* argument)
{
    char c;
    while (read(shared_pipe[0], &c, 1) == 1) { }
    return argument;
}

static void* waits(void* argument)
{
    pthread_barrier_wait(argument);
    sleep(100);
    return NULL;
}

int main(int argc, char** argv)
{
    (void)argv;
    if (argc > 1)
        return 13;
    handle(SIGALRM, on_alarm, SA_RESTART);
    struct itimerval often = {{0, 700}, {0, 700}};
    setitimer(ITIMER_REAL, &often, NULL);
    pthread_t t[THREADS];
    for (long i = 0; i < THREADS; i++)
        MUST(-pthread_create(&t[i], NULL, i % 3 == 2 ? forks : maps, (void*)i));
    for (int i = 0; i < THREADS; i++)
        pthread_join(t[i], NULL);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
    say("failures %d, alarms %d", failures, alarms > 0);

    // A reader keeps its file although the descriptor goes, and gets what is written.
    for (int i = 0; i < 20; i++) {
        MUST(pipe(shared_pipe));
        pthread_create(t, NULL, reads, NULL);
        sleep_ms(2);
        int const end = dup(shared_pipe[0]);
        close(shared_pipe[0]);
        MUST(write(shared_pipe[1], "x", 1));
        close(shared_pipe[1]);
        pthread_join(*t, NULL);
        close(end);
    }
    say("readers ended");
    IN_CHILD("many threads end at once")
    {
        pthread_barrier_t barrier;
        pthread_barrier_init(&barrier, NULL, MANY + 1);
        pthread_attr_t small;
        pthread_attr_init(&small);
        pthread_attr_setstacksize(&small, 32768);
        for (int i = 0; i < MANY; i++)
            MUST(-pthread_create(t, &small, waits, &barrier));
        pthread_barrier_wait(&barrier);
        _exit(11);
    }
    IN_CHILD("killed while they map and fork")
    {
        for (long i = 0; i < THREADS; i++)
            MUST(-pthread_create(&t[i], NULL, i % 3 == 2 ? forks : maps, (void*)i));
        sleep_ms(15);
        kill(getpid(), SIGKILL);
    }
    IN_CHILD("executed while they map and fork")
    {
        for (long i = 0; i < THREADS; i++)
            MUST(-pthread_create(&t[i], NULL, i % 3 == 2 ? forks : maps, (void*)i));
        sleep_ms(15);
        char* none[] = {"exe", "-", NULL};
        execv("/proc/self/exe", none);
        _exit(0);
    }
    return 0;
}
