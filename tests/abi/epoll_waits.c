// SPDX-License-Identifier: MIT
// epoll: masks, threads that wait, files closed meanwhile, thousands of items.
#include "epoll.h"

static int volatile caught;

static void on_signal(int signal)
{
    (void)signal;
    caught++;
}

static void signals(void)
{
    int ep = set(), fd = (int)MUST(eventfd(0, 0));
    struct epoll_event e;
    ADD(ep, fd, EPOLLIN, 1);
    for (int restart = 0; restart < 2; restart++) { // always EINTR
        handle(SIGALRM, on_signal, restart ? SA_RESTART : 0);
        struct itimerval t = {{0, 0}, {0, 20000}};
        setitimer(ITIMER_REAL, &t, NULL);
        show("interrupted", ep, 1, 3000);
    }
    // A stop and a continuation end it too.
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        show("stopped and continued", ep, 1, 3000);
        _exit(0);
    }
    int status;
    sleep_ms(30);
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGCONT);
    reap("child", child);
    sigset_t block, open_mask;
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    sigemptyset(&open_mask);
    sigprocmask(SIG_BLOCK, &block, NULL);
    handle(SIGUSR1, on_signal, 0);
    caught = 0;
    raise(SIGUSR1);
    VALUE(epoll_pwait(ep, &e, 1, 0, &open_mask)); // no time to wait: the signal stays
    say("caught %d", caught);
    VALUE(epoll_pwait(ep, &e, 1, 1000, &open_mask));
    say("caught %d", caught);
    raise(SIGUSR1);
    put(fd, 1);
    VALUE(epoll_pwait(ep, &e, 1, 1000, &open_mask)); // what is ready comes first
    say("caught %d", caught);
    sigset_t now, pending;
    sigprocmask(SIG_SETMASK, NULL, &now);
    sigpending(&pending);
    say("blocked %d pending %d", sigismember(&now, SIGUSR1), sigismember(&pending, SIGUSR1));
    take(fd);
    VALUE(SYS(epoll_pwait2, ep, &e, 1, NULL, &open_mask, 8));
    say("caught %d", caught);
    close(ep);
    close(fd);
}

static int shared_ep, shared_fd;
static int volatile woken, started;

static void* waiter(void* argument)
{
    struct epoll_event e;
    int ep = argument != NULL ? (int)(long)argument : shared_ep;
    __atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
    if (epoll_wait(ep, &e, 1, 400) == 1)
        __atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void threads(void)
{
    pthread_t t[4];
    shared_fd = (int)MUST(eventfd(0, 0));
    shared_ep = set();
    ADD(shared_ep, shared_fd, EPOLLIN | EPOLLET, 1);
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, waiter, NULL);
    await(&started, 4);
    sleep_ms(30);
    put(shared_fd, 1);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    say("an edge wakes %d", woken);
    started = woken = 0;
    MOD(shared_ep, shared_fd, EPOLLIN | EPOLLONESHOT, 1);
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, waiter, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    say("one shot wakes %d", woken);
    close(shared_ep);
    take(shared_fd);
    for (int exclusive = 0; exclusive < 2; exclusive++) {
        int ep[4];
        started = woken = 0;
        for (int i = 0; i < 4; i++) {
            ep[i] = set();
            ADD(ep[i], shared_fd, EPOLLIN | (exclusive ? EPOLLEXCLUSIVE : 0u), 1);
            pthread_create(&t[i], NULL, waiter, (void*)(long)ep[i]);
        }
        await(&started, 4);
        sleep_ms(30);
        put(shared_fd, 1);
        for (int i = 0; i < 4; i++)
            pthread_join(t[i], NULL);
        say("four sets, exclusive %d: %d", exclusive, woken);
        take(shared_fd);
        for (int i = 0; i < 4; i++)
            close(ep[i]);
    }
    close(shared_fd);
}

// The set itself and what is in it, closed while somebody waits.
static void closed_meanwhile(void)
{
    pthread_t t;
    shared_fd = (int)MUST(eventfd(0, 0));
    shared_ep = set();
    int copy = dup(shared_fd);
    ADD(shared_ep, shared_fd, EPOLLIN, 1);
    started = woken = 0;
    pthread_create(&t, NULL, waiter, NULL);
    await(&started, 1);
    sleep_ms(30);
    close(shared_ep);
    put(copy, 1);
    pthread_join(t, NULL);
    say("the set closed: %d", woken);
    close(shared_fd);
    close(copy);
    shared_fd = (int)MUST(eventfd(0, 0));
    shared_ep = set();
    ADD(shared_ep, shared_fd, EPOLLIN, 1);
    started = woken = 0;
    pthread_create(&t, NULL, waiter, NULL);
    await(&started, 1);
    sleep_ms(30);
    close(shared_fd);
    pthread_join(t, NULL);
    say("the file closed: %d", woken);
    close(shared_ep);
}

// Thousands of items of which one is ready, and a set closed with all of them.
static void many(void)
{
    struct rlimit files = {8192, 8192};
    int ep = set(), fd = (int)MUST(eventfd(0, 0));
    MUST(setrlimit(RLIMIT_NOFILE, &files));
    for (int i = 0; i < 4000; i++) {
        int copy = (int)MUST(fcntl(fd, F_DUPFD, 100));
        MUST(ADD(ep, copy, EPOLLIN | EPOLLONESHOT, (uint64_t)i));
    }
    put(fd, 1);
    struct epoll_event* e = calloc(5000, sizeof *e);
    int total = 0, n;
    while ((n = epoll_wait(ep, e, 5000, 0)) > 0)
        total += n;
    say("%d in all", total);
    close(ep);
    SYS(close_range, 100, 8000, 0);
    close(fd);
    free(e);
}

int main(void)
{
    signals();
    threads();
    closed_meanwhile();
    many();
    return 0;
}
