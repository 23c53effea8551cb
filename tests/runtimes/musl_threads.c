// SPDX-License-Identifier: MIT
// Threads and processes as musl makes them: its own flags of clone, its own locks and conditions, cancelling,
// thread-local storage, posix_spawn. Prints a line each; everything is to be as it says.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { workers = 6, rounds = 2000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t start;
static sem_t posted;
static long total, turn;
static _Thread_local long own;
static long sum_of_own;

static void* adds(void* argument)
{
    pthread_barrier_wait(&start);
    for (int i = 0; i < rounds; i++) {
        own += (long)argument;
        pthread_mutex_lock(&lock);
        total++;
        pthread_mutex_unlock(&lock);
        if (i % 500 == 0)
            sched_yield();
    }
    __atomic_add_fetch(&sum_of_own, own, __ATOMIC_RELAXED);
    return argument;
}

static void* takes_turns(void* argument)
{
    for (long i = 0; i < 200; i++) {
        pthread_mutex_lock(&lock);
        while (turn % 3 != (long)argument)
            pthread_cond_wait(&changed, &lock);
        turn++;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
    sem_post(&posted);
    return NULL;
}

static void* waits(void* argument)
{
    for (;;)
        pause();
    return argument;
}

static sig_atomic_t volatile caught;
static void on_signal(int signal)
{
    caught = signal;
}

static void* is_signalled(void* argument)
{
    while (caught == 0)
        sched_yield();
    return argument;
}

static void counting(void)
{
    pthread_t threads[workers];
    long sum = 0;
    pthread_barrier_init(&start, NULL, workers);
    for (long i = 0; i < workers; i++)
        pthread_create(&threads[i], NULL, adds, (void*)(i + 1));
    for (int i = 0; i < workers; i++) {
        void* result;
        pthread_join(threads[i], &result);
        sum += (long)result;
    }
    printf("counted %ld, of their own %ld, results %ld\n", total, sum_of_own, sum);
}

static void turns(void)
{
    pthread_t threads[3];
    sem_init(&posted, 0, 0);
    for (long i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, takes_turns, (void*)i);
    for (int i = 0; i < 3; i++) {
        sem_wait(&posted);
        pthread_join(threads[i], NULL);
    }
    printf("turns %ld\n", turn);
}

static void ends(void)
{
    pthread_t thread;
    void* result;
    pthread_create(&thread, NULL, waits, NULL);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("cancelled %d\n", result == PTHREAD_CANCELED);
    signal(SIGUSR1, on_signal);
    pthread_create(&thread, NULL, is_signalled, NULL);
    pthread_kill(thread, SIGUSR1);
    pthread_join(thread, NULL);
    printf("signalled %d\n", caught == SIGUSR1);
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 20000000;
    soon.tv_sec += soon.tv_nsec / 1000000000;
    soon.tv_nsec %= 1000000000;
    pthread_mutex_lock(&lock);
    int error = pthread_cond_timedwait(&changed, &lock, &soon);
    pthread_mutex_unlock(&lock);
    printf("timed out %d\n", error == ETIMEDOUT);
}

static void programs(char* self)
{
    char* arguments[] = {self, "child", NULL};
    char* environment[] = {NULL};
    int right = 0;
    for (int i = 0; i < 20; i++) {
        pid_t pid;
        int status = -1;
        if (posix_spawn(&pid, self, NULL, NULL, arguments, environment) == 0)
            waitpid(pid, &status, 0);
        right += WIFEXITED(status) && WEXITSTATUS(status) == 7;
    }
    printf("spawned %d\n", right);
}

int main(int count, char** arguments)
{
    if (count > 1 && strcmp(arguments[1], "child") == 0)
        return 7;
    counting();
    turns();
    ends();
    programs(arguments[0]);
    return 0;
}
