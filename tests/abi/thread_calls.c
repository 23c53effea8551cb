// SPDX-License-Identifier: MIT
// The calls below the C library's threads: clone's and clone3's flags and refusals, futex operations on two
// words and with priority inheritance, what is asked by thread number.
#include "abi.h"
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <linux/sched.h>
#include <pthread.h>

static long futex(void* word, int op, long value, long second, void* other, unsigned third)
{
    return SYS(futex, word, op, value, second, other, third);
}

static int volatile words[8];
static int volatile woken;
static void* waits(void* argument)
{
    long r = futex((void*)argument, FUTEX_WAIT_PRIVATE, 0, 0, NULL, 0);
    if (r != 0)
        say("wait: %s", error_name(errno));
    __atomic_fetch_add(&woken, 1, __ATOMIC_RELAXED);
    return NULL;
}
static int volatile order[4], place, owned; // said when all have ended: whose line is first is open
static void* locks(void* argument)
{
    int const priority = (int)(long)argument;
    struct sched_param p = {.sched_priority = priority};
    if (priority != 0)
        MUST(SYS(sched_setscheduler, 0, SCHED_FIFO, &p));
    long r = futex((void*)&words[4], FUTEX_LOCK_PI_PRIVATE, 0, 0, NULL, 0);
    order[place++] = priority;
    if (r != 0)
        say("lock: %s", error_name(errno));
    owned += (words[4] & FUTEX_TID_MASK) == SYS(gettid);
    futex((void*)&words[4], FUTEX_UNLOCK_PI_PRIVATE, 0, 0, NULL, 0);
    return NULL;
}
static void* leaves_locked(void* argument)
{
    (void)argument;
    futex((void*)&words[5], FUTEX_LOCK_PI_PRIVATE, 0, 0, NULL, 0);
    sleep_ms(60);
    return NULL;
}

static long clone3(struct clone_args* a, size_t size)
{
    return SYS(clone3, a, size);
}

static void refusals(void)
{
    struct {
        struct clone_args a;
        char rest[5000];
    } big;
    memset(&big, 0, sizeof big);
    struct clone_args* a = &big.a;
    VALUE(clone3(a, 0));
    VALUE(clone3(a, 56));
    VALUE(clone3(a, 4097));
    VALUE(clone3(NULL, 88));
    big.rest[8] = 1;
    VALUE(clone3(a, sizeof *a + 16));
#define REFUSED(...)                                                                                         \
    do {                                                                                                     \
        *a = (struct clone_args){__VA_ARGS__};                                                               \
        errno = 0;                                                                                           \
        long r = clone3(a, sizeof *a);                                                                       \
        if (r == 0)                                                                                          \
            _exit(0);                                                                                        \
        say("%s: %s", #__VA_ARGS__, r > 0 ? "made" : error_name(errno));                                     \
        if (r > 0)                                                                                           \
            waitpid((int)r, NULL, __WALL);                                                                   \
    } while (0)
    REFUSED(.flags = SIGCHLD);
    REFUSED(.flags = CLONE_DETACHED);
    REFUSED(.flags = 1ull << 40);
    REFUSED(.exit_signal = 65);
    REFUSED(.exit_signal = SIGCHLD, .stack = 4096);
    REFUSED(.exit_signal = SIGCHLD, .stack_size = 4096);
    REFUSED(.exit_signal = SIGCHLD, .stack = -4096ull, .stack_size = 8192);
    REFUSED(.flags = CLONE_SIGHAND);
    REFUSED(.flags = CLONE_THREAD | CLONE_VM);
    REFUSED(.flags = CLONE_THREAD | CLONE_VM | CLONE_SIGHAND, .exit_signal = SIGCHLD);
    REFUSED(.flags = CLONE_PARENT, .exit_signal = SIGCHLD);
    REFUSED(.flags = CLONE_SIGHAND | CLONE_CLEAR_SIGHAND | CLONE_VM);
    REFUSED(.exit_signal = SIGCHLD, .set_tid_size = 1);
    REFUSED(.exit_signal = SIGCHLD, .set_tid = 1);
    REFUSED(.exit_signal = SIGCHLD, .set_tid = 1, .set_tid_size = 1);
    REFUSED(.exit_signal = SIGCHLD, .set_tid = 1, .set_tid_size = 33);
    pid_t wanted[2] = {0, 0};
    REFUSED(.exit_signal = SIGCHLD, .set_tid = (uintptr_t)wanted, .set_tid_size = 1);
    REFUSED(.exit_signal = SIGCHLD, .set_tid = (uintptr_t)wanted, .set_tid_size = 2);
    wanted[0] = getpid();
    REFUSED(.exit_signal = SIGCHLD, .set_tid = (uintptr_t)wanted, .set_tid_size = 1);
    wanted[0] = 20000;
    REFUSED(.exit_signal = SIGCHLD, .set_tid = (uintptr_t)wanted, .set_tid_size = 1);
    IN_CHILD("without privilege")
    {
        become_user();
        REFUSED(.exit_signal = SIGCHLD, .set_tid = (uintptr_t)wanted, .set_tid_size = 1);
    }
    REFUSED(.exit_signal = 0);
    REFUSED(.exit_signal = SIGCHLD);
}

static int volatile value;
static char stack[65536] __attribute__((aligned(16)));
static void on_usr1(int signal)
{
    value += signal;
}

static void shared_parts(void)
{
    handle(SIGUSR1, on_usr1, 0);
    // Memory, files and directory shared with another process, handlers too.
    struct clone_args a
        = {.flags = CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_SIGHAND | CLONE_VFORK, .exit_signal = SIGCHLD};
    pid_t child = (pid_t)clone3(&a, sizeof a);
    if (child == 0) {
        signal(SIGUSR1, SIG_IGN);
        MUST(dup2(1, 77));
        chdir("/");
        _exit(0);
    }
    reap("shares all", child);
    char where[64];
    say("descriptor %d, directory %s", fcntl(77, F_GETFD), getcwd(where, sizeof where));
    struct sigaction now;
    sigaction(SIGUSR1, NULL, &now);
    say("ignored %d", now.sa_handler == SIG_IGN);
    handle(SIGUSR1, on_usr1, 0);
    signal(SIGUSR2, SIG_IGN);
    a = (struct clone_args){.flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD};
    child = (pid_t)clone3(&a, sizeof a);
    if (child == 0) {
        sigaction(SIGUSR1, NULL, &now);
        bool const cleared = now.sa_handler == SIG_DFL;
        sigaction(SIGUSR2, NULL, &now);
        say("cleared %d, still ignored %d", cleared, now.sa_handler == SIG_IGN);
        _exit(0);
    }
    reap("cleared", child);
    // exec takes its own descriptors.
    a = (struct clone_args){.flags = CLONE_FILES, .exit_signal = SIGCHLD};
    child = (pid_t)clone3(&a, sizeof a);
    if (child == 0) {
        MUST(fcntl(77, F_SETFD, FD_CLOEXEC));
        char* none[] = {"sh", NULL};
        execv("/nothing", none);
        char* again[] = {"thread_calls", "executed", NULL};
        execv("/proc/self/exe", again);
        _exit(9);
    }
    reap("executed with shared descriptors", child);
    say("descriptor %d", fcntl(77, F_GETFD));
    close(77);
    IN_CHILD("CLONE_PARENT")
    {
        struct clone_args b = {.flags = CLONE_PARENT};
        pid_t sibling = (pid_t)clone3(&b, sizeof b);
        if (sibling == 0)
            _exit(33);
        say("mine: %s", waitpid(sibling, NULL, __WALL) < 0 ? error_name(errno) : "yes");
    }
    int status = 0;
    if (waitpid(-1, &status, __WALL) > 0)
        show_status("sibling", status);
    (void)stack;
}

int main(int argc, char** argv)
{
    if (argc > 1) {
        say("%s: descriptor 77 %s", argv[1], fcntl(77, F_GETFD) < 0 ? "closed" : "open");
        return 0;
    }
    refusals();
    shared_parts();

    pthread_t t[8];
    for (int i = 0; i < 5; i++)
        pthread_create(&t[i], NULL, waits, (void*)&words[0]);
    sleep_ms(30);
    VALUE(futex((void*)&words[0], FUTEX_CMP_REQUEUE_PRIVATE, 1, 2, (void*)&words[1], 5));
    VALUE(futex((void*)&words[0], FUTEX_CMP_REQUEUE_PRIVATE, -1, 2, (void*)&words[1], 0));
    VALUE(futex((void*)&words[0], FUTEX_CMP_REQUEUE_PRIVATE, 1, 2, (void*)&words[1], 0));
    sleep_ms(10);
    say("woken %d", woken);
    VALUE(futex((void*)&words[1], FUTEX_WAKE_PRIVATE, 10, 0, NULL, 0));
    VALUE(futex((void*)&words[0], FUTEX_REQUEUE_PRIVATE, 0, 10, (void*)&words[2], 0));
    VALUE(futex((void*)&words[0], FUTEX_WAKE_PRIVATE, 10, 0, NULL, 0));
    VALUE(futex((void*)&words[2], FUTEX_WAKE_PRIVATE, 10, 0, NULL, 0));
    for (int i = 0; i < 5; i++)
        pthread_join(t[i], NULL);
    say("woken %d", woken);

    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, waits, (void*)&words[i & 1]);
    sleep_ms(30);
    words[1] = 0;
    VALUE(futex((void*)&words[0], FUTEX_WAKE_OP_PRIVATE, 1, 1, (void*)&words[1],
        FUTEX_OP(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_EQ, 1)));
    say("word %d", words[1]);
    VALUE(futex((void*)&words[0], FUTEX_WAKE_OP_PRIVATE, 1, 5, (void*)&words[1],
        FUTEX_OP(FUTEX_OP_ANDN, 1, FUTEX_OP_CMP_GT, 4)));
    say("word %d", words[1]);
    VALUE(futex((void*)&words[0], FUTEX_WAKE_OP_PRIVATE, 1, 5, (void*)&words[1],
        FUTEX_OP((FUTEX_OP_OR | FUTEX_OP_OPARG_SHIFT), 4, FUTEX_OP_CMP_LT, -1)));
    say("word %d", words[1]);
    VALUE(futex((void*)&words[0], FUTEX_WAKE_OP_PRIVATE, 1, 5, (void*)&words[1], 7u << 28));
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    words[1] = 0;

    // Priority inheritance.
    int const me = (int)SYS(gettid);
    VALUE(futex((void*)&words[4], FUTEX_LOCK_PI_PRIVATE, 0, 0, NULL, 0));
    say("mine %d", words[4] == me);
    VALUE(futex((void*)&words[4], FUTEX_LOCK_PI_PRIVATE, 0, 0, NULL, 0));
    VALUE(futex((void*)&words[4], FUTEX_TRYLOCK_PI_PRIVATE, 0, 0, NULL, 0));
    long const priorities[] = {0, 10, 30, 20};
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, locks, (void*)priorities[i]);
    sleep_ms(60);
    say("waiters %d, owner %d", (words[4] & FUTEX_WAITERS) != 0, (words[4] & FUTEX_TID_MASK) == me);
    say("policy still %ld", SYS(sched_getscheduler, 0));
    long const unlocked = futex((void*)&words[4], FUTEX_UNLOCK_PI_PRIVATE, 0, 0, NULL, 0);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    say("unlocked %ld, owned %d", unlocked, owned);
    say("order %d %d %d %d", order[0], order[1], order[2], order[3]);
    say("word %x", words[4]);
    VALUE(futex((void*)&words[4], FUTEX_UNLOCK_PI_PRIVATE, 0, 0, NULL, 0));
    words[4] = 32000;
    VALUE(futex((void*)&words[4], FUTEX_LOCK_PI_PRIVATE, 0, 0, NULL, 0));
    VALUE(futex((void*)((char*)&words[4] + 2), FUTEX_LOCK_PI_PRIVATE, 0, 0, NULL, 0));
    VALUE(futex(NULL, FUTEX_LOCK_PI_PRIVATE, 0, 0, NULL, 0));
    words[4] = FUTEX_OWNER_DIED;
    VALUE(futex((void*)&words[4], FUTEX_LOCK_PI_PRIVATE, 0, 0, NULL, 0));
    say("died kept %d", (words[4] & FUTEX_OWNER_DIED) != 0);
    VALUE(futex((void*)&words[4], FUTEX_UNLOCK_PI_PRIVATE, 0, 0, NULL, 0));
    pthread_create(t, NULL, leaves_locked, NULL);
    sleep_ms(20);
    struct timespec when;
    clock_gettime(CLOCK_MONOTONIC, &when);
    VALUE(futex((void*)&words[5], FUTEX_LOCK_PI2_PRIVATE, 0, (long)&when, NULL, 0));
    VALUE(futex((void*)&words[5], FUTEX_TRYLOCK_PI_PRIVATE, 0, 0, NULL, 0));
    VALUE(futex((void*)&words[5], FUTEX_LOCK_PI_PRIVATE, 0, 0, NULL, 0));
    say("inherited %d, died %d", (words[5] & FUTEX_TID_MASK) == me, (words[5] & FUTEX_OWNER_DIED) != 0);
    VALUE(futex((void*)&words[5], FUTEX_UNLOCK_PI_PRIVATE, 0, 0, NULL, 0));
    say("word %x", words[5]);
    pthread_join(*t, NULL);

    IS(SYS(membarrier, MEMBARRIER_CMD_QUERY, 0, 0) > 0);
    VALUE(SYS(membarrier, MEMBARRIER_CMD_QUERY, 0, 0) & 0x7f);
    VALUE(SYS(membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
    VALUE(SYS(membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0));
    VALUE(SYS(membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
    VALUE(SYS(membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
    VALUE(SYS(membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0));
    VALUE(SYS(membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0));
    VALUE(SYS(membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0));
    VALUE(SYS(membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0));
    VALUE(SYS(membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0));
    VALUE(SYS(membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0));
    VALUE(SYS(membarrier, 1 << 20, 0, 0));
    VALUE(SYS(membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 1, 0));
    VALUE(SYS(membarrier, 3, 0, 0));
    CHILD("fork keeps it", VALUE(SYS(membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0)));
    return 0;
}
