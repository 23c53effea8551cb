// SPDX-License-Identifier: MIT
// What the programs about a serial terminal share: they type at themselves with TIOCSTI.
#pragma once
#include "abi.h"
#include <sys/sysmacros.h>
#include <termios.h>

static int tty;
static struct termios first;
static int volatile* shared;
static int volatile caught[65];

static void on_signal(int signal)
{
    caught[signal]++;
}

static void type(char const* text)
{
    for (; *text; text++)
        if (ioctl(tty, TIOCSTI, text) < 0)
            say("TIOCSTI: %s", error_name(errno));
}

static void show_read(int fd, size_t size)
{
    static char text[8192];
    errno = 0;
    ssize_t n = read(fd, text, size);
    if (n < 0) {
        say("read %zu: %s", size, error_name(errno));
        return;
    }
    char shown[256] = "";
    for (ssize_t i = 0; i < n && i < 60; i++)
        sprintf(
            shown + strlen(shown), text[i] >= ' ' && text[i] < 127 ? "%c" : "\\%03o", (unsigned char)text[i]);
    say("read %zu: %zd \"%s\"", size, n, shown);
}

static void show_poll(int fd)
{
    struct pollfd p = {fd, POLLIN | POLLOUT | POLLPRI, 0};
    int n = poll(&p, 1, 0);
    say("poll: %d, %#x", n, p.revents);
}

static void set(tcflag_t local, int minimum, int time)
{
    struct termios t = first;
    t.c_lflag = local;
    t.c_cc[VMIN] = (cc_t)minimum;
    t.c_cc[VTIME] = (cc_t)time;
    MUST(ioctl(tty, TCSETS, &t));
}
enum { quiet = ISIG | ICANON | IEXTEN, bytes = ISIG | IEXTEN };

static void typing_child(long after, char const* text, int times)
{
    for (int i = 0; i < times; i++) {
        sleep_ms(after);
        type(text);
    }
}

// The child types while the parent reads.
#define WHILE_TYPING(after, text, times, ...)                                                                \
    do {                                                                                                     \
        pid_t child_ = (pid_t)MUST(fork());                                                                  \
        if (child_ == 0) {                                                                                   \
            typing_child(after, text, times);                                                                \
            _exit(0);                                                                                        \
        }                                                                                                    \
        __VA_ARGS__;                                                                                         \
        waitpid(child_, NULL, 0);                                                                            \
    } while (0)

// The line, which controls this session afterwards if `controls`.
static void open_terminal(int controls)
{
    shared = shared_memory(PAGE);
    mkdir("/dev", 0755);
    mknod("/dev/tty", S_IFCHR | 0666, makedev(5, 0));
    MUST(mknod("ttyAMA0", S_IFCHR | 0600, makedev(204, 64)));
    tty = (int)MUST(open("ttyAMA0", O_RDWR | O_NOCTTY));
    MUST(ioctl(tty, TCGETS, &first));
    if (controls)
        MUST(ioctl(tty, TIOCSCTTY, 0));
}
