// SPDX-License-Identifier: MIT
// ppoll and pselect6: readiness of each kind of file, time limits, masks.
#include "abi.h"
#include <sys/select.h>

static int volatile caught;

static void on_signal(int signal)
{
    (void)signal;
    caught++;
}

static char const* bits(short events)
{
    static char text[80];
    static struct {
        short bit;
        char const* name;
    } const known[] = {{POLLIN, "IN "}, {POLLOUT, "OUT "}, {POLLHUP, "HUP "}, {POLLERR, "ERR "},
        {POLLNVAL, "NVAL "}, {POLLPRI, "PRI "}, {POLLRDNORM, "RDNORM "}, {POLLWRNORM, "WRNORM "}};
    text[0] = 0;
    for (unsigned i = 0; i < COUNT(known); i++)
        if (events & known[i].bit)
            strcat(text, known[i].name);
    return text[0] ? text : "nothing";
}

static void show(char const* what, int fd)
{
    struct timespec zero = {0, 0};
    struct pollfd p = {fd, POLLIN | POLLOUT | POLLPRI | POLLRDNORM | POLLWRNORM, -1};
    int n = ppoll(&p, 1, &zero, NULL);
    say("%s: %d, %s", what, n, bits(p.revents));
}

static void kinds(void)
{
    int p[2];
    static char block[65536];
    MUST(pipe2(p, O_NONBLOCK));
    show("empty pipe, reader", p[0]);
    show("empty pipe, writer", p[1]);
    write(p[1], block, 1);
    show("one byte, reader", p[0]);
    write(p[1], block, 65535);
    show("full pipe, writer", p[1]);
    read(p[0], block, 4095);
    show("almost a page free, writer", p[1]);
    read(p[0], block, 1);
    show("a page free, writer", p[1]);
    int r = dup(p[0]);
    close(p[1]);
    show("no writer, data", p[0]);
    read(p[0], block, sizeof block);
    show("no writer, no data", p[0]);
    close(p[0]);
    close(r);
    MUST(pipe2(p, O_NONBLOCK));
    close(p[0]);
    show("no reader, writer", p[1]);
    show("file", make_file("file", "x", 0644));
    show("file at its end", open("file", O_RDONLY));
    show("directory", open(".", O_RDONLY));
    show("/dev/null", open("/dev/null", O_RDWR));
    show("/dev/zero", open("/dev/zero", O_RDWR));
    show("/dev/urandom", open("/dev/urandom", O_RDONLY));
    show("closed", 99);
    show("negative", -5);
    show("path only", open("file", O_PATH));
    mkfifo("fifo", 0644);
    show("fifo never written", open("fifo", O_RDONLY | O_NONBLOCK));
}

static void times(void)
{
    struct timespec t = {0, 40000000};
    long start = now_ms();
    VALUE(SYS(ppoll, NULL, 0, &t, NULL, 8));
    IS(now_ms() - start >= 39);
    say("what is left: %ld.%09ld", t.tv_sec, t.tv_nsec);
    int p[2];
    MUST(pipe(p));
    struct pollfd set[3] = {{p[0], POLLIN, 0}, {-1, POLLIN, 7}, {p[1], POLLOUT, 0}};
    VALUE(poll(set, 3, -1));
    say("%d %d %d", set[0].revents, set[1].revents, set[2].revents);
    VALUE(poll(set, 1, 0));
    VALUE(poll(set, 1, 20));
    t = (struct timespec){100, 0};
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        sleep_ms(40);
        write(p[1], "x", 1);
        _exit(0);
    }
    VALUE(SYS(ppoll, set, 1, &t, NULL, 8));
    say("woken with time left: %d", t.tv_sec == 99);
    reap("writer", child);
    t = (struct timespec){0, 1000000000};
    VALUE(SYS(ppoll, set, 1, &t, NULL, 8));
    t = (struct timespec){-1, 0};
    VALUE(SYS(ppoll, set, 1, &t, NULL, 8));
    VALUE(SYS(ppoll, set, 1, NULL, NULL, 4));
    VALUE(SYS(ppoll, 1, 1, NULL, NULL, 8));
    VALUE(SYS(ppoll, set, 1, 1, NULL, 8));
    VALUE(SYS(ppoll, set, 1, NULL, 1, 8));
    VALUE(SYS(ppoll, set, 1 << 20, NULL, NULL, 8));
    VALUE(SYS(ppoll, set, -1, NULL, NULL, 8));
    close(p[1]);
    close(p[0]);
}

static void masks(void)
{
    sigset_t block, open_mask;
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    sigprocmask(SIG_BLOCK, &block, NULL);
    handle(SIGUSR1, on_signal, 0);
    raise(SIGUSR1);
    sigemptyset(&open_mask);
    struct timespec t = {5, 0}, zero = {0, 0};
    VALUE(ppoll(NULL, 0, &zero, NULL));
    say("caught %d", caught);
    VALUE(ppoll(NULL, 0, &t, &open_mask));
    say("caught %d", caught);
    raise(SIGUSR1);
    VALUE(pselect(0, NULL, NULL, NULL, &t, &open_mask));
    say("caught %d", caught);
    raise(SIGUSR1);
    VALUE(ppoll(NULL, 0, &zero, &open_mask));
    say("caught %d", caught);
    // Ready files win over pending signals.
    int p[2];
    MUST(pipe(p));
    write(p[1], "x", 1);
    struct pollfd set = {p[0], POLLIN, 0};
    raise(SIGUSR1);
    VALUE(ppoll(&set, 1, &t, &open_mask));
    say("caught %d", caught);
    sigprocmask(SIG_UNBLOCK, &block, NULL);
    say("caught %d", caught);
    close(p[0]);
    close(p[1]);
}

static void selecting(void)
{
    int p[2], q[2];
    MUST(pipe(p));
    MUST(pipe(q));
    fd_set r, w, e;
    FD_ZERO(&r);
    FD_ZERO(&w);
    FD_ZERO(&e);
    FD_SET(p[0], &r);
    FD_SET(p[1], &w);
    FD_SET(q[0], &r);
    FD_SET(p[0], &e);
    struct timespec t = {1, 0};
    VALUE(pselect(q[1] + 1, &r, &w, &e, &t, NULL));
    say("%d %d %d %d", FD_ISSET(p[0], &r) != 0, FD_ISSET(p[1], &w) != 0, FD_ISSET(q[0], &r) != 0,
        FD_ISSET(p[0], &e) != 0);
    write(q[1], "x", 1);
    FD_SET(p[0], &r);
    FD_SET(q[0], &r);
    VALUE(pselect(q[1] + 1, &r, NULL, NULL, NULL, NULL));
    say("%d %d", FD_ISSET(p[0], &r) != 0, FD_ISSET(q[0], &r) != 0);
    close(q[1]);
    read(q[0], &t, 1);
    FD_ZERO(&r);
    FD_SET(q[0], &r);
    VALUE(pselect(q[0] + 1, &r, NULL, NULL, NULL, NULL));
    FD_ZERO(&r);
    FD_SET(20, &r);
    VALUE(pselect(21, &r, NULL, NULL, NULL, NULL));
    VALUE(pselect(-1, NULL, NULL, NULL, NULL, NULL));
    t = (struct timespec){0, 30000000};
    long start = now_ms();
    VALUE(SYS(pselect6, 0, NULL, NULL, NULL, &t, NULL));
    IS(now_ms() - start >= 29);
    say("what is left: %ld.%09ld", t.tv_sec, t.tv_nsec);
    t = (struct timespec){0, -5};
    VALUE(SYS(pselect6, 0, NULL, NULL, NULL, &t, NULL));
    VALUE(SYS(pselect6, 8, 1, NULL, NULL, NULL, NULL));
}

int main(void)
{
    kinds();
    times();
    masks();
    selecting();
    return 0;
}
