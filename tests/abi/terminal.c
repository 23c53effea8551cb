// SPDX-License-Identifier: MIT
// A serial terminal: its settings, whose it is, reading by lines and by bytes.
#include "terminal.h"

static void unread(void)
{
    int n = -1;
    ioctl(tty, FIONREAD, &n);
    say("unread: %d", n);
}

static void nonblocking(int on)
{
    ioctl(tty, FIONBIO, &on);
}

static void settings(void)
{
    struct termios t;
    struct winsize w = {1, 2, 3, 4};
    IS(isatty(tty));
    say("%o %o %o line %d", first.c_iflag, first.c_oflag, first.c_lflag, first.c_line);
    for (int i = 0; i < 17; i++)
        say("character %d: %o", i, first.c_cc[i]);
    VALUE(ioctl(tty, TIOCGWINSZ, &w));
    say("%d x %d", w.ws_row, w.ws_col);
    int number = -1;
    VALUE(ioctl(tty, TIOCGETD, &number));
    say("%d", number);
    VALUE(ioctl(tty, TIOCOUTQ, &number));
    t = first;
    t.c_iflag |= INPCK;
    t.c_cc[VTIME] = 7;
    VALUE(ioctl(tty, TCSETSW, &t));
    t.c_iflag = t.c_cc[VTIME] = 0;
    VALUE(ioctl(tty, TCGETS, &t));
    say("%o %d", t.c_iflag, t.c_cc[VTIME]);
    VALUE(ioctl(tty, TCSETS, &first));
    VALUE(ioctl(tty, TCSETS, 1));
    VALUE(ioctl(tty, TCGETS, 1));
    VALUE(ioctl(tty, TIOCGWINSZ, 1));
    VALUE(ioctl(tty, TCFLSH, 3));
    VALUE(ioctl(tty, TCXONC, 4));
    VALUE(ioctl(tty, TCSBRK, 1));
    VALUE(ioctl(tty, 0x54ff, 0));
    VALUE(lseek(tty, 0, SEEK_SET));
    char byte;
    VALUE(pread(tty, &byte, 1, 0));
    CHECK(ftruncate(tty, 0));
}

static void ownership(void)
{
    int id = -1;
    CHECK(open("/dev/tty", O_RDWR));
    VALUE(ioctl(tty, TIOCGPGRP, &id));
    VALUE(ioctl(tty, TIOCGSID, &id));
    id = getpid();
    VALUE(ioctl(tty, TIOCSPGRP, &id));
    VALUE(ioctl(tty, TIOCNOTTY));
    CHILD("not a leader", CHECK(ioctl(tty, TIOCSCTTY, 0)); CHECK(open("ttyAMA0", O_RDWR));
        CHECK(open("/dev/tty", O_RDWR)));
    VALUE(ioctl(tty, TIOCSCTTY, 0));
    VALUE(ioctl(tty, TIOCSCTTY, 0));
    VALUE(ioctl(tty, TIOCGPGRP, &id));
    IS(id == getpid());
    VALUE(ioctl(tty, TIOCGSID, &id));
    IS(id == getpid());
    int fd = (int)CHECK(open("/dev/tty", O_RDWR));
    struct stat s;
    fstat(fd, &s);
    say("%d:%d", major(s.st_rdev), minor(s.st_rdev));
    close(fd);
    CHILD("another session", setsid(); CHECK(ioctl(tty, TIOCSCTTY, 0)); CHECK(open("/dev/tty", O_RDWR));
        VALUE(ioctl(tty, TIOCGPGRP, &id)); CHECK(open("ttyAMA0", O_RDWR)); CHECK(open("/dev/tty", O_RDWR)));
    id = -5;
    VALUE(ioctl(tty, TIOCSPGRP, &id));
    id = 999999;
    VALUE(ioctl(tty, TIOCSPGRP, &id));
    id = 1;
    VALUE(ioctl(tty, TIOCSPGRP, &id) == -1);
    VALUE(ioctl(tty, TIOCSPGRP, 1));
}

static void lines(void)
{
    set(quiet, 1, 0);
    nonblocking(1);
    show_poll(tty);
    type("abc");
    show_poll(tty);
    unread();
    show_read(tty, 100);
    type("\r");
    show_poll(tty);
    unread();
    show_read(tty, 2);
    unread();
    show_read(tty, 100);
    show_read(tty, 100);
    type("one\rtwo\n\004");
    unread();
    show_read(tty, 100);
    show_read(tty, 100);
    show_read(tty, 100);
    show_read(tty, 100);
    type("xyz\004more\r");
    show_read(tty, 3);
    show_read(tty, 100);
    type("word word\027\177\177X\025kept\026\003\r");
    show_read(tty, 100);
    type("gone\r");
    VALUE(ioctl(tty, TCFLSH, TCIFLUSH));
    show_read(tty, 100);
    type("kept\r");
    set(bytes, 1, 0);
    show_read(tty, 2);
    set(quiet, 1, 0);
    show_read(tty, 100);
    type("bad\r");
    VALUE(read(tty, (void*)1, 100));
    show_read(tty, 0);
    VALUE(ioctl(tty, TCFLSH, TCIOFLUSH));
    for (int i = 0; i < 5000; i++)
        type("l");
    type("\r");
    show_read(tty, 8192);
    VALUE(ioctl(tty, TCFLSH, TCIFLUSH));
    nonblocking(0);
}

static long timed_read(size_t size)
{
    long start = now_ms();
    show_read(tty, size);
    return now_ms() - start;
}

static void by_bytes(void)
{
    set(bytes, 0, 0);
    show_read(tty, 10);
    nonblocking(1);
    show_read(tty, 10);
    set(bytes, 0, 1);
    show_read(tty, 10);
    nonblocking(0);
    type("ab");
    show_read(tty, 10);
    long took = timed_read(10);
    IS(took >= 95 && took < 400);
    WHILE_TYPING(30, "x", 1, took = timed_read(10));
    IS(took < 95);
    set(bytes, 1, 0);
    type("ab");
    show_read(tty, 1);
    show_read(tty, 10);
    WHILE_TYPING(30, "yz", 1, show_read(tty, 1); show_read(tty, 10));
    set(bytes, 3, 0);
    type("ab");
    show_poll(tty);
    type("c");
    show_poll(tty);
    show_read(tty, 10);
    WHILE_TYPING(20, "a", 4, show_read(tty, 10); show_read(tty, 1));
    type("ab");
    show_read(tty, 2);
    nonblocking(1);
    type("a");
    show_read(tty, 10);
    show_read(tty, 10);
    nonblocking(0);
    set(bytes, 10, 2);
    show_poll(tty);
    type("ab");
    show_poll(tty);
    took = timed_read(100);
    IS(took >= 190 && took < 600);
    WHILE_TYPING(50, "k", 5, took = timed_read(100));
    IS(took >= 400);
    type("0123456789");
    took = timed_read(100);
    IS(took < 150);
    handle(SIGINT, SIG_IGN, 0);
    handle(SIGQUIT, SIG_IGN, 0);
    type("\003\034"); // signals, not input
    VALUE(ioctl(tty, TCFLSH, TCIFLUSH));
}

int main(void)
{
    open_terminal(0);
    mknod("none", S_IFCHR | 0600, makedev(204, 70));
    CHECK(open("none", O_RDWR));
    settings();
    ownership();
    lines();
    by_bytes();
    VALUE(ioctl(tty, TCSETS, &first));
    return 0;
}
