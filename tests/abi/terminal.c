// SPDX-License-Identifier: MIT
// A serial terminal: reading by lines and by bytes, control characters, job control, hang-up. The test types
// at itself with TIOCSTI.
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

static void unread(void)
{
    int n = -1;
    ioctl(tty, FIONREAD, &n);
    say("unread: %d", n);
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

static void typing_child(long after, char const* text, int times)
{
    for (int i = 0; i < times; i++) {
        sleep_ms(after);
        type(text);
    }
}

static long timed_read(size_t size)
{
    long start = now_ms();
    show_read(tty, size);
    return now_ms() - start;
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

static void interrupts(void)
{
    set(quiet, 1, 0);
    handle(SIGINT, on_signal, 0);
    handle(SIGQUIT, on_signal, 0);
    caught[SIGINT] = caught[SIGQUIT] = 0;
    type("lost\003");
    say("SIGINT %d", caught[SIGINT]);
    type("\034");
    say("SIGQUIT %d", caught[SIGQUIT]);
    WHILE_TYPING(40, "\003", 1, show_read(tty, 10));
    handle(SIGINT, on_signal, SA_RESTART);
    WHILE_TYPING(40, "a\003b\r", 1, show_read(tty, 10));
    say("SIGINT %d", caught[SIGINT]);
    set(bytes, 5, 0);
    WHILE_TYPING(40, "ab", 1, typing_child(0, "xy", 1); show_read(tty, 2));
    VALUE(ioctl(tty, TCFLSH, TCIFLUSH));
    set(ICANON, 1, 0);
    type("\003\r");
    show_read(tty, 10);
    set(quiet, 1, 0);
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        setpgid(0, 0);
        handle(SIGQUIT, SIG_DFL, 0);
        *shared = 1;
        for (;;)
            pause();
    }
    await(shared, 1);
    int id = child, status;
    VALUE(ioctl(tty, TIOCSPGRP, &id));
    handle(SIGTTOU, SIG_IGN, 0);
    type("\032");
    waitpid(child, &status, WUNTRACED);
    show_status("^Z", status);
    kill(child, SIGCONT);
    type("\034");
    reap("^\\", child);
    say("SIGQUIT %d", caught[SIGQUIT]);
    id = getpid();
    VALUE(ioctl(tty, TIOCSPGRP, &id));
    handle(SIGTTOU, SIG_DFL, 0);
    handle(SIGWINCH, on_signal, 0);
    struct winsize w = {24, 80, 0, 0}, zero = {0, 0, 0, 0};
    VALUE(ioctl(tty, TIOCSWINSZ, &w));
    VALUE(ioctl(tty, TIOCSWINSZ, &w));
    say("SIGWINCH %d", caught[SIGWINCH]);
    VALUE(ioctl(tty, TIOCSWINSZ, &zero));
    handle(SIGWINCH, SIG_DFL, 0);
}

// Runs in a group of its own, in the background; what stops it is shown, then it goes on.
static pid_t background(void (*body)(void))
{
    fflush(stdout);
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        setpgid(0, 0);
        body();
        _exit(0);
    }
    setpgid(child, child);
    return child;
}

static void let_it_read(pid_t child, char const* what)
{
    int status;
    waitpid(child, &status, WUNTRACED);
    show_status(what, status);
    if (!WIFSTOPPED(status))
        return;
    int id = child;
    handle(SIGTTOU, SIG_IGN, 0);
    ioctl(tty, TIOCSPGRP, &id);
    type("foreground\r");
    kill(child, SIGCONT);
    reap(what, child);
    id = getpid();
    ioctl(tty, TIOCSPGRP, &id);
    handle(SIGTTOU, SIG_DFL, 0);
}

static void reads(void)
{
    show_read(tty, 100);
}
static void ignores_and_reads(void)
{
    signal(SIGTTIN, SIG_IGN);
    show_read(tty, 100);
}
static void blocks_and_reads(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTTIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    show_read(tty, 100);
}
static void handles_and_reads(void)
{
    handle(SIGTTIN, on_signal, 0);
    show_read(tty, 100);
    say("SIGTTIN %d", caught[SIGTTIN]);
}
static void writes(void)
{
    VALUE(write(tty, "", 0));
    VALUE(write(tty, "\r", 1));
}
static void ignores_and_writes(void)
{
    signal(SIGTTOU, SIG_IGN);
    writes();
}
static void sets(void)
{
    struct termios t;
    VALUE(ioctl(tty, TCGETS, &t));
    VALUE(ioctl(tty, TCSETS, &t));
}
static void takes_foreground(void)
{
    int id = getpid();
    VALUE(ioctl(tty, TIOCSPGRP, &id));
}
static void orphan(void)
{
    // The parent leaves: the group is an orphan's.
    if (fork() != 0)
        _exit(0);
    sleep_ms(60);
    show_read(tty, 100);
    int id = getpgrp();
    VALUE(ioctl(tty, TIOCSPGRP, &id));
    struct termios t = first;
    VALUE(ioctl(tty, TCSETS, &t));
    VALUE(write(tty, "\r", 1));
}

static void groups(void)
{
    set(quiet, 1, 0);
    let_it_read(background(reads), "read");
    let_it_read(background(ignores_and_reads), "ignored");
    let_it_read(background(blocks_and_reads), "blocked");
    let_it_read(background(handles_and_reads), "handled");
    VALUE(ioctl(tty, TCFLSH, TCIFLUSH));
    let_it_read(background(writes), "write without TOSTOP");
    set(quiet | TOSTOP, 1, 0);
    let_it_read(background(writes), "write");
    let_it_read(background(ignores_and_writes), "ignored write");
    set(quiet, 1, 0);
    let_it_read(background(sets), "tcsetattr");
    let_it_read(background(takes_foreground), "tcsetpgrp");
    set(quiet | TOSTOP, 1, 0);
    reap("parent of an orphan", background(orphan));
    sleep_ms(200);
    set(quiet, 1, 0);
    VALUE(ioctl(tty, TCFLSH, TCIFLUSH));
}

// The session's leader leaves; its child holds the terminal open.
static void hang_up(void)
{
    handle(SIGHUP, on_signal, 0);
    handle(SIGCONT, on_signal, 0);
    VALUE(ioctl(tty, TIOCNOTTY));
    say("given up: SIGHUP %d, SIGCONT %d", caught[SIGHUP], caught[SIGCONT]);
    CHECK(open("/dev/tty", O_RDWR));
    handle(SIGHUP, SIG_DFL, 0);
    handle(SIGCONT, SIG_DFL, 0);
    int ends[2];
    MUST(pipe(ends));
    pid_t leader = (pid_t)MUST(fork());
    if (leader == 0) {
        setsid();
        tty = (int)MUST(open("ttyAMA0", O_RDWR)); // becomes the controlling one
        pid_t foreground = (pid_t)MUST(fork());
        if (foreground != 0) {
            await(shared, 2);
            _exit(0);
        }
        handle(SIGHUP, on_signal, SA_RESTART);
        int second = (int)CHECK(open("/dev/tty", O_RDWR));
        *shared = 2;
        show_read(second, 10); // blocks until the hang-up
        say("SIGHUP %d", caught[SIGHUP]);
        show_read(tty, 10);
        VALUE(write(tty, "x", 1));
        show_poll(tty);
        struct termios t;
        int id = getpgrp();
        VALUE(ioctl(tty, TCGETS, &t));
        VALUE(ioctl(tty, TIOCSPGRP, &id));
        CHECK(open("/dev/tty", O_RDWR));
        tty = (int)CHECK(open("ttyAMA0", O_RDWR));
        CHECK(ioctl(tty, TCGETS, &t));
        write(ends[1], "x", 1);
        _exit(0);
    }
    char byte;
    read(ends[0], &byte, 1);
    reap("leader", leader);
    VALUE(write(tty, "\r", 1));
    close(tty);
    tty = (int)CHECK(open("ttyAMA0", O_RDWR | O_NOCTTY));
    VALUE(write(tty, "\r", 1));
    VALUE(ioctl(tty, TCSETS, &first));
}

// A program that leads a session, wherever it is executed, takes the terminal, and ends while its child
// reads.
static void lead(int end)
{
    tty = (int)MUST(open("ttyAMA0", O_RDWR));
    int id = -1;
    VALUE(ioctl(tty, TIOCGSID, &id));
    IS(id == getpid());
    VALUE(ioctl(tty, TIOCGPGRP, &id));
    IS(id == getpid());
    handle(SIGHUP, on_signal, SA_RESTART);
    VALUE(ioctl(tty, TIOCNOTTY));
    VALUE(ioctl(tty, TIOCSCTTY, 0));
    pid_t child = (pid_t)MUST(fork());
    if (child != 0) {
        sleep_ms(60);
        _exit(0);
    }
    show_read(tty, 10); // blocks until the hang-up
    say("SIGHUP %d", caught[SIGHUP]);
    CHECK(open("/dev/tty", O_RDWR));
    write(end, "x", 1);
    _exit(0);
}

static void executed_leader(void)
{
    int ends[2];
    MUST(pipe(ends));
    pid_t leader = (pid_t)MUST(fork());
    if (leader == 0) {
        setsid();
        char end[12];
        sprintf(end, "%d", ends[1]);
        execl("/proc/self/exe", "terminal", end, NULL);
        _exit(1);
    }
    close(ends[1]);
    char byte;
    read(ends[0], &byte, 1);
    reap("executed leader", leader);
    VALUE(write(tty, "\r", 1));
}

int main(int argc, char** argv)
{
    if (argc > 1)
        lead(atoi(argv[1]));
    shared = shared_memory(PAGE);
    mkdir("/dev", 0755);
    mknod("/dev/tty", S_IFCHR | 0666, makedev(5, 0));
    MUST(mknod("ttyAMA0", S_IFCHR | 0600, makedev(204, 64)));
    mknod("none", S_IFCHR | 0600, makedev(204, 70));
    CHECK(open("none", O_RDWR));
    tty = (int)MUST(open("ttyAMA0", O_RDWR | O_NOCTTY));
    MUST(ioctl(tty, TCGETS, &first));
    settings();
    ownership();
    lines();
    by_bytes();
    interrupts();
    groups();
    hang_up();
    executed_leader();
    return 0;
}
