// SPDX-License-Identifier: MIT
// epoll: levels, edges, one shot, items and descriptors, order, sets in sets.
#include "epoll.h"

static void creating(void)
{
    VALUE(epoll_create1(1));
    VALUE(epoll_create1(-1));
    VALUE(epoll_create1(O_NONBLOCK));
    VALUE(epoll_create(0));
    VALUE(epoll_create(-3));
    int ep = (int)MUST(epoll_create1(EPOLL_CLOEXEC));
    show_nameless(ep);
    char text[256];
    VALUE(read(ep, text, 16));
    VALUE(write(ep, text, 16));
    VALUE(lseek(ep, 1, SEEK_SET));
    VALUE(ioctl(ep, FIONREAD, text));
    int fd = (int)MUST(eventfd(0, 0));
    int high = dup2(fd, 40);
    ADD(ep, high, EPOLLIN | EPOLLET, 0xabcdef0123456789);
    show_fdinfo(ep, NULL);
    close(ep);
    close(fd);
    close(high);
}

static void controlling(void)
{
    int ep = set(), fd = (int)MUST(eventfd(0, 0)), p[2];
    MUST(pipe(p));
    VALUE(ADD(ep, fd, EPOLLIN, 1));
    VALUE(ADD(ep, fd, EPOLLIN, 1));
    VALUE(MOD(ep, p[0], EPOLLIN, 1));
    VALUE(DEL(ep, p[0]));
    VALUE(ADD(ep, 99, EPOLLIN, 1));
    VALUE(ADD(99, fd, EPOLLIN, 1));
    VALUE(ADD(fd, p[0], EPOLLIN, 1));
    VALUE(ADD(ep, ep, EPOLLIN, 1));
    VALUE(ADD(fd, fd, EPOLLIN, 1));
    VALUE(SYS(epoll_ctl, ep, EPOLL_CTL_ADD, p[0], NULL));
    VALUE(SYS(epoll_ctl, 99, EPOLL_CTL_ADD, 98, NULL));
    VALUE(SYS(epoll_ctl, ep, EPOLL_CTL_DEL, fd, 8));
    VALUE(DEL(ep, fd));
    VALUE(ctl(ep, 0, fd, EPOLLIN, 1));
    VALUE(ctl(ep, 4, fd, EPOLLIN, 1));
    VALUE(SYS(epoll_ctl, ep, 4, fd, NULL));
    VALUE(ADD(ep, make_file("plain", "x", 0644), EPOLLIN, 1));
    VALUE(ADD(ep, open(".", O_RDONLY), EPOLLIN, 1));
    VALUE(ADD(ep, open("plain", O_PATH), EPOLLIN, 1));
    VALUE(ADD(ep, open("/dev/null", O_RDWR), EPOLLIN, 1));
    VALUE(ADD(ep, open("/dev/zero", O_RDWR), EPOLLIN, 1));
    VALUE(ADD(open("plain", O_RDONLY), fd, EPOLLIN, 1));
    // Exclusive items cannot be changed, and want few events.
    VALUE(ADD(ep, fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT, 1));
    VALUE(ADD(ep, fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLPRI, 1));
    VALUE(ADD(ep, fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLET, 1));
    VALUE(MOD(ep, fd, EPOLLIN, 1));
    VALUE(MOD(ep, fd, EPOLLIN | EPOLLEXCLUSIVE, 1));
    VALUE(DEL(ep, fd));
    int inner = set();
    VALUE(ADD(ep, inner, EPOLLIN | EPOLLEXCLUSIVE, 1));
    VALUE(MOD(ep, fd, EPOLLIN | EPOLLEXCLUSIVE, 1));
    VALUE(ADD(ep, fd, 0, 1));
    put(fd, 1);
    show("wants nothing", ep, 4, 0);
    VALUE(MOD(ep, fd, EPOLLIN, 2));
    show("wants", ep, 4, 0);
    close(inner);
    close(ep);
    close(fd);
    close(p[0]);
    close(p[1]);
}

static void waiting(void)
{
    int ep = set(), fd = (int)MUST(eventfd(0, 0));
    struct epoll_event e[2];
    VALUE(epoll_wait(ep, e, 0, 0));
    VALUE(epoll_wait(ep, e, -1, 0));
    VALUE(epoll_wait(ep, e, INT_MAX / 12, 0));
    VALUE(epoll_wait(ep, (void*)-8, 1, 0));
    VALUE(epoll_wait(fd, e, 1, 0));
    VALUE(epoll_wait(99, e, 1, 0));
    VALUE(epoll_wait(99, e, 0, 0));
    VALUE(SYS(epoll_pwait, ep, e, 1, 0, e, 4));
    VALUE(SYS(epoll_pwait, ep, e, 1, 0, 8, 8));
    VALUE(SYS(epoll_pwait, ep, e, 1, 0, NULL, 4));
    VALUE(SYS(epoll_pwait2, ep, e, 1, 8, NULL, 8));
    struct timespec t = {0, 1000000000};
    VALUE(SYS(epoll_pwait2, ep, e, 1, &t, NULL, 8));
    t = (struct timespec){-1, 0};
    VALUE(SYS(epoll_pwait2, ep, e, 1, &t, NULL, 8));
    t = (struct timespec){0, 20000000};
    long start = now_ms();
    VALUE(SYS(epoll_pwait2, ep, e, 1, &t, NULL, 8));
    IS(now_ms() - start >= 19);
    say("%ld %ld", t.tv_sec, t.tv_nsec);
    start = now_ms();
    VALUE(epoll_wait(ep, e, 1, 30));
    IS(now_ms() - start >= 29);
    ADD(ep, fd, EPOLLIN, 1);
    put(fd, 1);
    VALUE(epoll_wait(ep, (void*)8, 1, 0));
    VALUE(epoll_wait(ep, e, 1, 0)); // it was not lost
    // Woken by another process.
    take(fd);
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        sleep_ms(30);
        put(fd, 1);
        _exit(0);
    }
    show("woken", ep, 4, 5000);
    reap("child", child);
    close(ep);
    close(fd);
}

static void levels_and_edges(void)
{
    int ep = set(), fd = (int)MUST(eventfd(0, EFD_NONBLOCK));
    ADD(ep, fd, EPOLLIN, 1);
    show("nothing", ep, 4, 0);
    put(fd, 1);
    show("level", ep, 4, 0);
    show("level again", ep, 4, 0);
    take(fd);
    show("taken", ep, 4, 0);
    MOD(ep, fd, EPOLLIN | EPOLLET, 2);
    show("edge, nothing", ep, 4, 0);
    put(fd, 1);
    show("edge", ep, 4, 0);
    show("edge again", ep, 4, 0);
    put(fd, 1);
    show("another edge, not read", ep, 4, 0);
    take(fd);
    show("taken", ep, 4, 0);
    put(fd, 0);
    show("a write of nothing", ep, 4, 0);
    put(fd, 1);
    take(fd);
    show("gone before anybody looked", ep, 4, 0);
    put(fd, 1);
    MOD(ep, fd, EPOLLIN | EPOLLET, 3);
    show("changed while ready", ep, 4, 0);
    MOD(ep, fd, EPOLLIN | EPOLLET, 4);
    show("and again", ep, 4, 0);
    MOD(ep, fd, EPOLLIN | EPOLLOUT | EPOLLET, 5);
    show("both", ep, 4, 0);
    take(fd);
    show("a read is an edge for writing", ep, 4, 0);
    MOD(ep, fd, EPOLLIN | EPOLLONESHOT, 6);
    put(fd, 1);
    show("one shot", ep, 4, 0);
    put(fd, 1);
    show("spent", ep, 4, 0);
    MOD(ep, fd, EPOLLIN | EPOLLONESHOT, 7);
    show("loaded again", ep, 4, 0);
    show("spent", ep, 4, 0);
    close(ep);
    // The writer's and the reader's end of a pipe.
    int p[2];
    char block[8192] = {0};
    MUST(pipe2(p, O_NONBLOCK));
    ep = set();
    ADD(ep, p[0], EPOLLIN | EPOLLET, 1);
    ADD(ep, p[1], EPOLLOUT | EPOLLET, 2);
    show("pipe", ep, 4, 0);
    write(p[1], block, 10);
    show("written", ep, 4, 0);
    write(p[1], block, 10);
    show("written more", ep, 4, 0);
    read(p[0], block, 5);
    show("read some", ep, 4, 0);
    while (write(p[1], block, sizeof block) > 0) { }
    show("full", ep, 4, 0);
    read(p[0], block, sizeof block);
    show("room", ep, 4, 0);
    int other = dup(p[1]);
    close(other);
    show("a copy closed", ep, 4, 0);
    close(p[1]);
    show("writer closed", ep, 4, 0);
    show("again", ep, 4, 0);
    MOD(ep, p[0], EPOLLIN, 3);
    show("level", ep, 4, 0);
    while (read(p[0], block, sizeof block) > 0) { }
    show("empty", ep, 4, 0);
    close(p[0]);
    show("closed", ep, 4, 0);
    MUST(pipe(p));
    ADD(ep, p[1], 0, 4);
    show("pipe", ep, 4, 0);
    close(p[0]);
    show("no reader, wanting nothing", ep, 4, 0);
    close(p[1]);
    close(ep);
    close(fd);
}

static void descriptors(void)
{
    int ep = set(), fd = (int)MUST(eventfd(1, 0));
    int copy = dup(fd);
    VALUE(ADD(ep, fd, EPOLLIN, 1));
    VALUE(ADD(ep, copy, EPOLLIN, 2)); // another descriptor: another item
    show("two", ep, 4, 0);
    close(fd);
    show("closed one of two", ep, 4, 0); // the description lives, and its item
    VALUE(DEL(ep, fd));
    int fresh = (int)MUST(eventfd(1, 0));
    say("same number: %d", fresh == fd);
    VALUE(MOD(ep, fresh, EPOLLIN, 3)); // another description
    VALUE(ADD(ep, fresh, EPOLLIN, 3));
    show("three", ep, 4, 0);
    close(copy);
    show("the first description is gone", ep, 4, 0);
    // A child that shares the set sees what the parent adds, also files it has not.
    int ask[2], answer[2];
    char byte;
    MUST(pipe(ask));
    MUST(pipe(answer));
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        read(ask[0], &byte, 1);
        show("child", ep, 4, 0);
        write(answer[1], "x", 1);
        _exit(0);
    }
    int late = (int)MUST(eventfd(1, 0));
    ADD(ep, late, EPOLLIN, 4);
    write(ask[1], "x", 1);
    read(answer[0], &byte, 1);
    reap("child", child);
    int ep2 = dup(ep);
    close(ep);
    show("through a copy", ep2, 4, 0);
    close(ep2);
    close(late);
    close(fresh);
    for (int i = 0; i < 2; i++) {
        close(ask[i]);
        close(answer[i]);
    }
}

static void order(void)
{
    int ep = set(), fd[6];
    for (int i = 0; i < 6; i++) {
        fd[i] = (int)MUST(eventfd(0, 0));
        ADD(ep, fd[i], EPOLLIN, (uint64_t)i);
    }
    put(fd[3], 1);
    put(fd[1], 1);
    put(fd[5], 1);
    show("in order of becoming ready", ep, 8, 0);
    show("one", ep, 1, 0);
    show("the next", ep, 1, 0);
    show("the next", ep, 1, 0);
    show("the first again", ep, 1, 0);
    put(fd[0], 1);
    show("two", ep, 2, 0);
    show("two", ep, 2, 0);
    take(fd[1]);
    show("all", ep, 8, 0);
    for (int i = 0; i < 6; i++)
        close(fd[i]);
    show("closed", ep, 8, 0);
    close(ep);
}

static void nesting(void)
{
    int outer = set(), inner = set(), fd = (int)MUST(eventfd(0, 0));
    VALUE(ADD(outer, inner, EPOLLIN, 1));
    VALUE(ADD(inner, fd, EPOLLIN, 2));
    struct pollfd p = {inner, POLLIN | POLLOUT | POLLRDNORM, 0};
    VALUE(poll(&p, 1, 0));
    show("outer", outer, 4, 0);
    put(fd, 1);
    VALUE(poll(&p, 1, 0));
    say("%#x", p.revents);
    show("outer", outer, 4, 0);
    show("inner", inner, 4, 0);
    show("outer", outer, 4, 0);
    take(fd);
    show("outer", outer, 4, 0);
    VALUE(poll(&p, 1, 0));
    MOD(outer, inner, EPOLLIN | EPOLLET, 3);
    put(fd, 1);
    show("edge", outer, 4, 0);
    show("edge again", outer, 4, 0);
    put(fd, 1);
    show("another edge", outer, 4, 0);
    VALUE(ADD(inner, outer, EPOLLIN, 1)); // a loop
    int third = set();
    VALUE(ADD(inner, third, EPOLLIN, 1));
    VALUE(ADD(third, outer, EPOLLIN, 1));
    close(third);
    // A chain, from the inside out and from the outside in.
    int chain[10];
    for (int way = 0; way < 2; way++) {
        for (int i = 0; i < 10; i++)
            chain[i] = set();
        for (int i = 0; i < 9; i++) {
            int lower = way ? 8 - i : i;
            int r = ADD(chain[lower + 1], chain[lower], EPOLLIN, 1);
            say("link %d: %s", i, r == 0 ? "ok" : error_name(errno));
        }
        int r = ADD(chain[0], fd, EPOLLIN, 9);
        say("at the bottom: %s", r == 0 ? "ok" : error_name(errno));
        for (int i = 0; i < 10; i++)
            show("level", chain[i], 2, 0);
        for (int i = 0; i < 10; i++)
            close(chain[i]);
    }
    // Somebody waits at the top.
    take(fd);
    MOD(outer, inner, EPOLLIN, 4);
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        sleep_ms(30);
        put(fd, 1);
        _exit(0);
    }
    show("waits at the top", outer, 4, 5000);
    reap("child", child);
    take(fd);
    p.fd = outer;
    child = (pid_t)MUST(fork());
    if (child == 0) {
        sleep_ms(30);
        put(fd, 1);
        _exit(0);
    }
    VALUE(poll(&p, 1, 5000));
    say("%#x", p.revents);
    reap("child", child);
    close(inner);
    show("inner closed", outer, 4, 0);
    close(outer);
    close(fd);
}

// More ways from one file to the top than Linux allows.
static void many_ways(void)
{
    int middle = set(), fd = (int)MUST(eventfd(0, 0)), tops[520], n = 0;
    struct rlimit many = {2048, 2048};
    setrlimit(RLIMIT_NOFILE, &many);
    VALUE(ADD(middle, fd, EPOLLIN, 1));
    for (; n < 520; n++) {
        tops[n] = set();
        if (ADD(tops[n], middle, EPOLLIN, 1) != 0)
            break;
    }
    say("%d, then %s", n, error_name(errno));
    put(fd, 1);
    show("the first", tops[0], 1, 0);
    show("the last", tops[499], 1, 0);
    for (int i = 0; i <= n && i < 520; i++)
        close(tops[i]);
    close(middle);
    close(fd);
}

int main(void)
{
    creating();
    controlling();
    waiting();
    levels_and_edges();
    descriptors();
    order();
    nesting();
    many_ways();
    return 0;
}
