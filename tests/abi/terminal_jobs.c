// SPDX-License-Identifier: MIT
// A serial terminal and its session: control characters, job control, hang-up.
#include "terminal.h"

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

// The reader may hear of the hang-up before the signal comes.
static void show_hang_ups(int expected)
{
    for (int i = 0; i < 200 && caught[SIGHUP] < expected; i++)
        sleep_ms(5);
    say("SIGHUP %d", caught[SIGHUP]);
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
        show_hang_ups(2);
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
    show_hang_ups(2);
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
        execl("/proc/self/exe", "terminal_jobs", end, NULL);
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
    open_terminal(1);
    interrupts();
    groups();
    hang_up();
    executed_leader();
    return 0;
}
