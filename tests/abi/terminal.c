// SPDX-License-Identifier: MIT
// The console as a controlling terminal: acquiring it, foreground groups, SIGTTOU and SIGTTIN, termios.
#include "abi.h"
#include <termios.h>

static int volatile* shared;
static int console, tty; // reads from /dev/console itself never stop their caller

static void on_count(int signal)
{
    shared[signal]++;
}

static void wait_show(char const* what, pid_t child)
{
    int status;
    if (waitpid(child, &status, WUNTRACED) == child)
        show_status(what, status);
    if (WIFSTOPPED(status)) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
}

#define BACKGROUND(what, ...)                                                                                \
    do {                                                                                                     \
        pid_t child_ = (pid_t)MUST(fork());                                                                  \
        if (child_ == 0) {                                                                                   \
            setpgid(0, 0);                                                                                   \
            __VA_ARGS__;                                                                                     \
            _exit(0);                                                                                        \
        }                                                                                                    \
        wait_show(what, child_);                                                                             \
    } while (0)

static void acquiring(void)
{
    CHECK(open("/dev/tty", O_RDWR));
    say("a terminal: %d", isatty(console));
    VALUE(tcgetpgrp(console));
    VALUE(tcgetsid(console));
    CHILD("not a session leader", VALUE(ioctl(console, TIOCSCTTY, 0)));
    VALUE(ioctl(console, TIOCSCTTY, 0));
    VALUE(ioctl(console, TIOCSCTTY, 0));
    IS(tcgetpgrp(console) == getpgid(0) && tcgetsid(console) == getsid(0));
    tty = open("/dev/tty", O_RDWR);
    CHECK(tty);
    IS(tcgetpgrp(tty) == getpgid(0));
    CHILD("inherited", CHECK(open("/dev/tty", O_RDWR)));
    CHILD("not by a new session", setsid(); CHECK(open("/dev/tty", O_RDWR)); VALUE(tcgetpgrp(console)));
    CHILD("stealing", setsid(); VALUE(ioctl(console, TIOCSCTTY, 0)));
}

static void groups(void)
{
    VALUE(tcsetpgrp(console, 99999));
    VALUE(tcsetpgrp(console, -1));
    VALUE(tcsetpgrp(console, 1));
    pid_t child = (pid_t)MUST(fork());
    if (child == 0)
        for (;;)
            pause();
    setpgid(child, child);
    handle(SIGTTOU, SIG_IGN, 0);
    VALUE(tcsetpgrp(console, child));
    IS(tcgetpgrp(console) == child);
    // Now this process is in the background, and ignores SIGTTOU.
    VALUE(tcsetpgrp(console, getpgid(0)));
    IS(tcgetpgrp(console) == getpgid(0));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    VALUE(tcsetpgrp(console, child));
    handle(SIGTTOU, SIG_DFL, 0);
}

static void background(void)
{
    char byte;
    struct termios t;
    tcgetattr(tty, &t);
    BACKGROUND("background read", read(tty, &byte, 1));
    BACKGROUND("background read, SIGTTIN ignored", handle(SIGTTIN, SIG_IGN, 0); VALUE(read(tty, &byte, 1)));
    BACKGROUND("background read, SIGTTIN handled", handle(SIGTTIN, on_count, 0); VALUE(read(tty, &byte, 1));
        say("handled %d", shared[SIGTTIN]));
    BACKGROUND("background write without TOSTOP", VALUE(write(tty, "\r\n", 2)));
    t.c_lflag |= TOSTOP;
    VALUE(tcsetattr(tty, TCSANOW, &t));
    BACKGROUND("background write with TOSTOP", write(tty, "\r\n", 2));
    BACKGROUND("background write, SIGTTOU ignored", handle(SIGTTOU, SIG_IGN, 0);
        VALUE(write(tty, "\r\n", 2)));
    BACKGROUND("background tcsetattr", tcsetattr(tty, TCSANOW, &t));
    BACKGROUND("background tcsetpgrp", tcsetpgrp(tty, getpgid(0)));
    t.c_lflag &= ~(unsigned)TOSTOP;
    VALUE(tcsetattr(tty, TCSANOW, &t));
    IN_CHILD("orphaned background group")
    {
        pid_t me = getpid();
        if (fork() == 0) {
            setpgid(0, 0);
            while (getppid() == me)
                sleep_ms(1);
            VALUE(read(tty, &byte, 1));
            shared[100] = 1;
            _exit(0);
        }
    }
    await(&shared[100], 1);
}

static void settings(void)
{
    struct termios t, u;
    VALUE(tcgetattr(console, &t));
    say("input %#x output %#x local %#x", t.c_iflag, t.c_oflag, t.c_lflag);
    say("size %d, characters %d %d %d %d %d %d %d %d %d", (int)(t.c_cflag & CSIZE) == CS8, t.c_cc[VINTR],
        t.c_cc[VQUIT], t.c_cc[VERASE], t.c_cc[VKILL], t.c_cc[VEOF], t.c_cc[VTIME], t.c_cc[VMIN],
        t.c_cc[VSUSP], t.c_cc[VWERASE]);
    u = t;
    cfmakeraw(&u);
    u.c_cc[VMIN] = 0;
    u.c_cc[VTIME] = 1;
    VALUE(tcsetattr(console, TCSANOW, &u));
    char bytes[8];
    long start = now_ms();
    VALUE(read(console, bytes, 8));
    IS(now_ms() - start >= 95);
    u.c_cc[VTIME] = 0;
    VALUE(tcsetattr(console, TCSADRAIN, &u));
    VALUE(read(console, bytes, 8));
    fcntl(console, F_SETFL, O_NONBLOCK);
    u.c_cc[VMIN] = 1;
    VALUE(tcsetattr(console, TCSAFLUSH, &u));
    VALUE(read(console, bytes, 8));
    fcntl(console, F_SETFL, 0);
    struct termios w;
    tcgetattr(console, &w);
    say("raw as set: %d",
        w.c_lflag == u.c_lflag && w.c_iflag == u.c_iflag && w.c_oflag == u.c_oflag && w.c_cc[VMIN] == 1);
    VALUE(tcsetattr(console, TCSANOW, &t));
    struct pollfd p = {console, POLLIN | POLLOUT, 0};
    VALUE(poll(&p, 1, 0));
    say("ready for writing only: %d", p.revents == POLLOUT);
    int n = -1;
    VALUE(ioctl(console, FIONREAD, &n));
    say("waiting %d", n);
    VALUE(tcflush(console, TCIFLUSH));
    VALUE(tcdrain(console));
    VALUE(tcflow(console, TCOON));
    struct winsize size = {24, 80, 0, 0};
    handle(SIGWINCH, on_count, 0);
    VALUE(ioctl(console, TIOCSWINSZ, &size));
    size.ws_row = size.ws_col = 1;
    VALUE(ioctl(console, TIOCGWINSZ, &size));
    say("%d by %d, SIGWINCH %d", size.ws_row, size.ws_col, shared[SIGWINCH]);
    ioctl(console, TIOCSWINSZ, &size);
    say("the same size again: SIGWINCH %d", shared[SIGWINCH]);
    size.ws_row = 50;
    ioctl(console, TIOCSWINSZ, &size);
    say("another: SIGWINCH %d", shared[SIGWINCH]);
    VALUE(ioctl(console, TIOCGWINSZ, 1));
    VALUE(ioctl(console, TCGETS, 1));
    VALUE(ioctl(console, 0x5499, 0));
    VALUE(lseek(console, 0, SEEK_SET));
    struct stat s;
    VALUE(fstat(console, &s));
    say("character device %d", S_ISCHR(s.st_mode));
}

int main(void)
{
    shared = shared_memory(PAGE);
    console = (int)MUST(open("/dev/console", O_RDWR | O_NOCTTY));
    acquiring();
    groups();
    settings();
    background();
    handle(SIGHUP, on_count, 0);
    VALUE(ioctl(console, TIOCNOTTY, 0));
    say("SIGHUP %d, SIGCONT sent too", shared[SIGHUP]);
    CHECK(open("/dev/tty", O_RDWR));
    return 0;
}
