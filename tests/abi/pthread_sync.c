// SPDX-License-Identifier: MIT
// What the C library builds of threads: mutexes of every kind, conditions, barriers, locks for readers and
// writers, cancellation, thread-specific data, semaphores; signals to threads.
#include "abi.h"
#include <pthread.h>
#include <semaphore.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_key_t key;
static sem_t semaphore;
static int counter, turn, cleaned, destroyed;
static int volatile ready;

static void* counts(void* argument)
{
    pthread_mutex_t* m = argument;
    for (int i = 0; i < 2000; i++) {
        pthread_mutex_lock(m);
        int seen = counter;
        if (i % 100 == 0)
            sched_yield();
        counter = seen + 1;
        pthread_mutex_unlock(m);
    }
    return NULL;
}

static void count_with(char const* name, pthread_mutex_t* m)
{
    pthread_t t[4];
    counter = 0;
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, counts, m);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    say("%s: %d", name, counter);
}

static void* takes_turns(void* argument)
{
    int const mine = (int)(long)argument;
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&mutex);
        while (turn % 3 != mine)
            pthread_cond_wait(&condition, &mutex);
        turn++;
        pthread_cond_broadcast(&condition);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

static void* meets(void* argument)
{
    int last = 0;
    for (int i = 0; i < 20; i++) {
        __atomic_fetch_add((int*)argument, 1, __ATOMIC_RELAXED);
        last += pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
        if (*(int*)argument != (i + 1) * 3)
            say("barrier let somebody through");
        pthread_barrier_wait(&barrier);
    }
    return (void*)(long)last;
}

static void* reads(void* argument)
{
    for (int i = 0; i < 200; i++) {
        pthread_rwlock_rdlock(&rwlock);
        int a = counter;
        sched_yield();
        if (a != counter)
            say("changed under a reader");
        pthread_rwlock_unlock(&rwlock);
    }
    return argument;
}
static void* writes(void* argument)
{
    for (int i = 0; i < 200; i++) {
        pthread_rwlock_wrlock(&rwlock);
        counter++;
        sched_yield();
        pthread_rwlock_unlock(&rwlock);
    }
    return argument;
}

static void clean(void* argument)
{
    cleaned += (int)(long)argument;
}
static void destroy(void* argument)
{
    destroyed += (int)(long)argument;
}
static void* is_cancelled(void* argument)
{
    pthread_setspecific(key, (void*)5);
    pthread_cleanup_push(clean, (void*)3);
    ready = 1;
    if (argument)
        sleep(100);
    else
        for (;;)
            pthread_testcancel();
    pthread_cleanup_pop(0);
    return NULL;
}

static void* owner_dies(void* argument)
{
    pthread_mutex_lock(argument);
    ready = 1;
    sleep_ms(30);
    return NULL;
}

static void* waits_for(void* argument)
{
    pthread_mutex_lock(argument);
    pthread_mutex_unlock(argument);
    return NULL;
}

static int volatile handled_by;
static int volatile interrupted;
static void note(int signal)
{
    (void)signal;
    handled_by = (int)SYS(gettid);
}
static void* hears(void* argument)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    if (argument)
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    ready = (int)SYS(gettid);
    struct timespec t = {0, 200000000};
    if (nanosleep(&t, NULL) != 0 && errno == EINTR)
        interrupted++;
    return NULL;
}
static void* awaits(void* argument)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    ready = 1;
    int got = 0;
    sigwait(&set, &got);
    *(int*)argument = got;
    return NULL;
}
static void* keeps_on(void* argument)
{
    (void)argument;
    sleep_ms(100);
    return NULL;
}
static void* posts(void* argument)
{
    sleep_ms(10);
    for (int i = 0; i < 3; i++)
        sem_post(argument);
    return NULL;
}

int main(void)
{
    pthread_t t[4];
    count_with("normal", &mutex);
    pthread_mutexattr_t attributes;
    for (int robust = 0; robust < 2; robust++)
        for (int inherit = 0; inherit < 2; inherit++) {
            pthread_mutex_t m;
            pthread_mutexattr_init(&attributes);
            if (robust)
                pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
            if (inherit)
                pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
            char name[32];
            snprintf(name, sizeof name, "robust %d, inheriting %d", robust, inherit);
            VALUE(pthread_mutex_init(&m, &attributes));
            count_with(name, &m);
            if (!robust)
                continue;
            ready = 0;
            pthread_create(t, NULL, owner_dies, &m);
            await(&ready, 1);
            say("lock: %s", error_name(pthread_mutex_lock(&m)));
            VALUE(pthread_mutex_consistent(&m));
            VALUE(pthread_mutex_unlock(&m));
            VALUE(pthread_mutex_lock(&m));
            VALUE(pthread_mutex_unlock(&m));
            pthread_join(*t, NULL);
            struct timespec when;
            pthread_mutex_lock(&m);
            pthread_create(t, NULL, waits_for, &m);
            sleep_ms(10);
            pthread_mutex_unlock(&m);
            pthread_join(*t, NULL);
            ready = 0;
            pthread_create(t, NULL, owner_dies, &m);
            await(&ready, 1);
            clock_gettime(CLOCK_REALTIME, &when);
            when.tv_nsec += 5000000;
            when.tv_sec += when.tv_nsec / 1000000000;
            when.tv_nsec %= 1000000000;
            say("timed: %s", error_name(pthread_mutex_timedlock(&m, &when)));
            say("try: %s", error_name(pthread_mutex_trylock(&m)));
            pthread_join(*t, NULL);
            say("left: %s", error_name(pthread_mutex_trylock(&m)));
        }
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    pthread_mutex_t checked;
    pthread_mutex_init(&checked, &attributes);
    VALUE(pthread_mutex_lock(&checked));
    VALUE(pthread_mutex_lock(&checked));
    VALUE(pthread_mutex_unlock(&checked));
    VALUE(pthread_mutex_unlock(&checked));

    for (long i = 0; i < 3; i++)
        pthread_create(&t[i], NULL, takes_turns, (void*)i);
    for (int i = 0; i < 3; i++)
        pthread_join(t[i], NULL);
    say("turns %d", turn);
    struct timespec when;
    clock_gettime(CLOCK_REALTIME, &when);
    pthread_mutex_lock(&mutex);
    say("condition: %s", error_name(pthread_cond_timedwait(&condition, &mutex, &when)));
    pthread_mutex_unlock(&mutex);

    int arrived = 0;
    pthread_barrier_init(&barrier, NULL, 3);
    for (int i = 0; i < 3; i++)
        pthread_create(&t[i], NULL, meets, &arrived);
    long last = 0;
    for (int i = 0; i < 3; i++) {
        void* result = NULL;
        pthread_join(t[i], &result);
        last += (long)result;
    }
    say("arrived %d, last %ld", arrived, last);

    counter = 0;
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, i < 2 ? reads : writes, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    say("written %d", counter);

    sem_init(&semaphore, 0, 0);
    pthread_create(t, NULL, posts, &semaphore);
    for (int i = 0; i < 3; i++)
        sem_wait(&semaphore);
    pthread_join(*t, NULL);
    say("semaphore %d", sem_trywait(&semaphore));

    pthread_key_create(&key, destroy);
    for (long i = 0; i < 2; i++) {
        ready = 0;
        pthread_create(t, NULL, is_cancelled, (void*)i);
        await(&ready, 1);
        void* result = NULL;
        VALUE(pthread_cancel(*t));
        pthread_join(*t, &result);
        IS(result == PTHREAD_CANCELED);
    }
    say("cleaned %d, destroyed %d", cleaned, destroyed);

    // Signals: to one thread, to whoever does not block it, to one that waits for it.
    handle(SIGUSR1, note, 0);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    for (int unblocks = 0; unblocks < 2; unblocks++) {
        ready = handled_by = interrupted = 0;
        pthread_create(t, NULL, hears, (void*)1);
        await(&ready, 1);
        sleep_ms(20);
        unblocks ? kill(getpid(), SIGUSR1) : pthread_kill(*t, SIGUSR1);
        pthread_join(*t, NULL);
        say("handled by the thread: %d, interrupted %d", handled_by == ready, interrupted);
    }
    int got = 0;
    ready = 0;
    pthread_create(t, NULL, awaits, &got);
    pthread_create(t + 1, NULL, keeps_on, NULL);
    await(&ready, 1);
    sleep_ms(20);
    kill(getpid(), SIGUSR2);
    pthread_join(*t, NULL);
    say("awaited %s", signal_name(got));
    // Pending for the process while all block it; the first to unblock it takes it.
    ready = handled_by = 0;
    kill(getpid(), SIGUSR1);
    pthread_create(t, NULL, hears, (void*)1);
    pthread_join(*t, NULL);
    say("taken by the thread: %d", handled_by == ready);
    pthread_join(t[1], NULL);
    return 0;
}
