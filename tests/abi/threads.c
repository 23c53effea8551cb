// SPDX-License-Identifier: MIT
// Threads as programs see them: create and join, shared memory, descriptors and directory, identity, each
// thread's own registers, masks and names, fork and exit among threads.
#include "abi.h"
#include <pthread.h>
#include <sys/prctl.h>

static __thread int own = 7;
static int shared;

static void* add(void* argument)
{
    own += (int)(long)argument;
    __atomic_fetch_add(&shared, own, __ATOMIC_RELAXED);
    return (void*)(long)own;
}

static void* identity(void* argument)
{
    pid_t* tids = argument;
    tids[0] = getpid();
    tids[1] = (pid_t)SYS(gettid);
    tids[2] = getppid();
    return NULL;
}

static void* opens(void* argument)
{
    (void)argument;
    MUST(chdir("/"));
    umask(027);
    return (void*)(long)open("/dev/null", O_RDONLY);
}

static void* masks(void* argument)
{
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_SETMASK, NULL, &old);
    say("inherited: usr1 blocked %d, usr2 blocked %d", sigismember(&old, SIGUSR1),
        sigismember(&old, SIGUSR2));
    pthread_sigmask(SIG_SETMASK, &set, NULL);
    prctl(PR_SET_NAME, (char const*)argument);
    char name[16] = "";
    prctl(PR_GET_NAME, name);
    say("named %s", name);
    return NULL;
}

static double volatile sums[4];
static void* floats(void* argument)
{
    long const n = (long)argument;
    double sum = 0;
    for (int i = 1; i < 20000; i++) {
        sum += (double)n / i;
        if (i % 500 == 0)
            sched_yield();
    }
    sums[n] = sum;
    return NULL;
}

static int volatile released;
static void* by_number(void* argument)
{
    pid_t const tid = (pid_t)SYS(gettid);
    struct rlimit limit;
    VALUE(kill(tid, 0));
    IS(getpgid(tid) == getpgid(0) && getsid(tid) == getsid(0));
    VALUE(prlimit(tid, RLIMIT_NOFILE, NULL, &limit));
    VALUE(SYS(sched_getscheduler, tid));
    VALUE(getpriority(PRIO_PROCESS, (id_t)tid));
    VALUE(setpriority(PRIO_PROCESS, (id_t)tid, 3));
    VALUE(SYS(tgkill, getpid(), tid, 0));
    VALUE(SYS(tgkill, tid, tid, 0));
    VALUE(SYS(tkill, tid, 0));
    cpu_set_t set;
    IS(sched_getaffinity(tid, sizeof set, &set) == 0 && sched_setaffinity(tid, sizeof set, &set) == 0);
    return argument;
}

static void* slow(void* argument)
{
    while (!released)
        sleep_ms(2);
    return argument;
}

static void* forker(void* argument)
{
    (void)argument;
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        say("in the child: tid is pid %d", SYS(gettid) == getpid());
        char line[64] = "";
        FILE* status = fopen("/proc/self/status", "r");
        while (fgets(line, sizeof line, status) != NULL && strncmp(line, "Threads:", 8) != 0) { }
        say("%s", line);
        _exit(own);
    }
    reap("forked by a thread", child);
    return NULL;
}

static int threads_of(char const* what)
{
    char path[64], line[128] = "";
    snprintf(path, sizeof path, "/proc/%s/status", what);
    FILE* status = fopen(path, "r");
    int n = -1;
    while (fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "Threads: %d", &n) == 1)
            break;
    fclose(status);
    return n;
}

int main(void)
{
    pthread_t t[8];
    for (long i = 0; i < 8; i++)
        IS(pthread_create(&t[i], NULL, add, (void*)i) == 0);
    for (long i = 0; i < 8; i++) {
        void* result = NULL;
        pthread_join(t[i], &result);
        say("thread %ld returned %ld", i, (long)result);
    }
    say("sum %d, own of main %d", shared, own);

    pid_t tids[3];
    pthread_create(t, NULL, identity, tids);
    pthread_join(*t, NULL);
    IS(tids[0] == getpid());
    IS(tids[1] != getpid() && tids[1] > 0);
    IS(tids[2] == getppid());
    sleep_ms(10); // joined is not quite gone
    IS(kill(tids[1], 0) == -1 && errno == ESRCH);
    IS(SYS(tgkill, getpid(), tids[1], 0) == -1 && errno == ESRCH);

    void* fd = NULL;
    pthread_create(t, NULL, opens, NULL);
    pthread_join(*t, &fd);
    IS(fcntl((int)(long)fd, F_GETFD) == 0);
    char where[64];
    say("directory %s, umask %o", getcwd(where, sizeof where), umask(022));

    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_SETMASK, &set, NULL);
    pthread_create(t, NULL, masks, "worker");
    pthread_join(*t, NULL);
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    say("main: usr1 blocked %d, usr2 blocked %d", sigismember(&set, SIGUSR1), sigismember(&set, SIGUSR2));
    prctl(PR_GET_NAME, where);
    say("main is still %s", where);

    for (long i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, floats, (void*)i);
    for (long i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    for (long i = 0; i < 4; i++)
        say("%.6f", sums[i]);

    for (int i = 0; i < 5; i++)
        pthread_create(&t[i], NULL, slow, NULL);
    sleep_ms(20); // for joined ones to be gone
    say("threads %d", threads_of("self"));
    released = 1;
    for (int i = 0; i < 5; i++)
        pthread_join(t[i], NULL);
    sleep_ms(20);
    say("threads %d", threads_of("self"));

    pthread_create(t, NULL, by_number, NULL);
    pthread_join(*t, NULL);
    VALUE(getpriority(PRIO_PROCESS, 0));
    pthread_create(t, NULL, forker, NULL);
    pthread_join(*t, NULL);
    for (int i = 0; i < 300; i++) {
        if (pthread_create(t, NULL, add, (void*)1) != 0 || pthread_join(*t, NULL) != 0)
            say("failed at %d", i);
    }
    say("sum %d", shared);

    // Detached threads need nobody.
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    for (int i = 0; i < 5; i++)
        pthread_create(t, &attributes, slow, NULL);
    for (int i = 0; i < 500 && threads_of("self") > 1; i++)
        sleep_ms(2);
    say("threads %d", threads_of("self"));
    return 0;
}
