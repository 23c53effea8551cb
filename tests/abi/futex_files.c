// SPDX-License-Identifier: MIT
// Words in a file that programs map which have been executed since: they may live apart from it and from one
// another. WAIT, WAKE, bit sets, timeouts, signals, and the shared locks of the C library.
#include "abi.h"
#include <linux/futex.h>
#include <pthread.h>

struct Shared {
    int volatile turn, sleepers, step, done, word;
    int volatile counted;
    pthread_mutex_t lock, robust;
    pthread_cond_t changed;
    pthread_barrier_t start;
};

static struct Shared* shared;

static long futex(int volatile* word, int op, int value, struct timespec const* t, unsigned bits)
{
    return SYS(futex, word, op, value, t, NULL, bits);
}

static void map(int fd)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared == MAP_FAILED) {
        say("set-up failed: mmap: %s", error_name(errno));
        _exit(99);
    }
}

enum { rounds = 300, counts = 400 };

static void take_turns(int own)
{
    for (int i = 0; i < rounds; i++) {
        while (shared->turn != own)
            futex(&shared->turn, FUTEX_WAIT, !own, NULL, 0);
        shared->turn = !own;
        futex(&shared->turn, FUTEX_WAKE, 1, NULL, 0);
    }
}

static void count(void)
{
    pthread_barrier_wait(&shared->start);
    for (int i = 0; i < counts; i++) {
        pthread_mutex_lock(&shared->lock);
        shared->counted++;
        pthread_cond_broadcast(&shared->changed);
        pthread_mutex_unlock(&shared->lock);
    }
}

static void on_signal(int signal)
{
    (void)signal;
}

static void step(int number)
{
    while (shared->step < number)
        sleep_ms(2);
}

// What the other program does, by name.
static int other(char const* what)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR2, &action, NULL);
    if (strcmp(what, "turns") == 0)
        take_turns(1);
    if (strcmp(what, "count") == 0)
        count();
    if (strcmp(what, "bits") == 0) {
        shared->sleepers = 1;
        long outcome = futex(&shared->word, FUTEX_WAIT_BITSET, 0, NULL, 2);
        return outcome == 0 ? 0 : errno;
    }
    if (strcmp(what, "wait") == 0) {
        shared->sleepers = 1;
        long outcome = futex(&shared->word, FUTEX_WAIT, 0, NULL, 0);
        return outcome == 0 ? 0 : errno;
    }
    if (strcmp(what, "short") == 0) {
        struct timespec t = {0, 30000000};
        long const start = now_ms();
        long const outcome = futex(&shared->word, FUTEX_WAIT, 0, &t, 0);
        return outcome == -1 && now_ms() - start >= 29 ? errno : 0;
    }
    if (strncmp(what, "die", 3) == 0) {
        int const error = pthread_mutex_lock(&shared->robust);
        if (error == EOWNERDEAD)
            pthread_mutex_consistent(&shared->robust);
        shared->step = 1;
        step(2);
        sleep_ms(30); // for the other to wait; if it is late nothing else comes out
        if (strcmp(what, "die by exec") == 0)
            execl("/proc/self/exe", "futex_files", "-1", "nothing", NULL);
        _exit(0);
    }
    return 0;
}

static pid_t start(int fd, char const* what)
{
    shared->sleepers = 0;
    pid_t pid = (pid_t)MUST(fork());
    if (pid == 0) {
        char number[8];
        snprintf(number, sizeof number, "%d", fd);
        MUST(execl("/proc/self/exe", "futex_files", number, what, NULL));
    }
    return pid;
}

// Until it waits: wakes it as soon as there is somebody to wake.
static long wake_one(unsigned bits)
{
    for (int i = 0; i < 1500; i++) {
        long woken = futex(&shared->word, FUTEX_WAKE_BITSET, 1, NULL, bits);
        if (woken != 0)
            return woken;
        sleep_ms(2);
    }
    return 0;
}

static void asleep(void)
{
    await(&shared->sleepers, 1);
    sleep_ms(60);
}

static void plain_words(int fd)
{
    pid_t pid = start(fd, "turns");
    take_turns(0);
    reap("turns", pid);
    pid = start(fd, "bits");
    asleep();
    say("other bits wake %ld", futex(&shared->word, FUTEX_WAKE_BITSET, 1, NULL, 5));
    say("its own wake %ld", wake_one(6));
    reap("bits", pid);
    pid = start(fd, "short");
    reap("short", pid);
    pid_t several[3];
    for (int i = 0; i < 3; i++)
        several[i] = start(fd, "wait");
    long woken = 0;
    for (int i = 0; i < 1500 && woken < 3; i++, sleep_ms(2))
        woken += futex(&shared->word, FUTEX_WAKE, 1, NULL, 0);
    say("woken %ld", woken);
    for (int i = 0; i < 3; i++)
        reap("one of three", several[i]);
    shared->word = 1;
    pid = start(fd, "wait");
    reap("another value", pid);
    shared->word = 0;
}

static void signals(int fd)
{
    pid_t pid = start(fd, "wait");
    asleep();
    kill(pid, SIGUSR1);
    reap("interrupted", pid);
    pid = start(fd, "wait");
    asleep();
    kill(pid, SIGUSR2);
    sleep_ms(30);
    say("after a restart %ld", wake_one(1));
    reap("restarted", pid);
    pid = start(fd, "wait");
    asleep();
    kill(pid, SIGSTOP);
    waitpid(pid, NULL, WUNTRACED);
    kill(pid, SIGCONT);
    say("after a stop %ld", wake_one(1));
    reap("continued", pid);
    pid = start(fd, "wait");
    asleep();
    kill(pid, SIGKILL);
    reap("killed", pid);
    say("nobody waits: %ld", futex(&shared->word, FUTEX_WAKE, 1, NULL, 0));
}

static void locks(int fd)
{
    pthread_mutexattr_t mutex;
    pthread_condattr_t condition;
    pthread_barrierattr_t barrier;
    pthread_mutexattr_init(&mutex);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_condattr_init(&condition);
    pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
    pthread_barrierattr_init(&barrier);
    pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared->lock, &mutex);
    pthread_mutexattr_setrobust(&mutex, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&shared->robust, &mutex);
    pthread_cond_init(&shared->changed, &condition);
    pthread_barrier_init(&shared->start, &barrier, 3);
    pid_t a = start(fd, "count"), b = start(fd, "count"), c = start(fd, "count");
    pthread_mutex_lock(&shared->lock);
    while (shared->counted < 3 * counts)
        pthread_cond_wait(&shared->changed, &shared->lock);
    pthread_mutex_unlock(&shared->lock);
    reap("a", a);
    reap("b", b);
    reap("c", c);
    say("counted %d", shared->counted);
    static char const* const ways[] = {"die", "die by exec"};
    for (int i = 0; i < 2; i++) {
        shared->step = 0;
        a = start(fd, ways[i]);
        step(1);
        shared->step = 2;
        int error = pthread_mutex_lock(&shared->robust);
        say("its owner has died: %s", error == 0 ? "0" : error_name(error));
        pthread_mutex_consistent(&shared->robust);
        pthread_mutex_unlock(&shared->robust);
        reap("died", a);
    }
}

int main(int argc, char** argv)
{
    if (argc > 2) {
        if (strcmp(argv[2], "nothing") == 0)
            return 0;
        map(atoi(argv[1]));
        return other(argv[2]);
    }
    int fd = MUST(open("/tmp/futex_words", O_RDWR | O_CREAT | O_TRUNC, 0600));
    MUST(ftruncate(fd, PAGE));
    map(fd);
    plain_words(fd);
    signals(fd);
    locks(fd);
    unlink("/tmp/futex_words");
    return 0;
}
