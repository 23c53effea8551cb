// SPDX-License-Identifier: MIT
// signalfd: masks, records of every kind of signal, several in one read, whose signals are seen.
#include "abi.h"
#include <pthread.h>
#include <sys/signalfd.h>

static uint64_t bit(int signal)
{
    return 1ull << (signal - 1);
}

static int make(int fd, uint64_t mask, int flags)
{
    return (int)SYS(signalfd4, fd, &mask, 8, flags);
}

static pid_t self, child_pid;

static void show(struct signalfd_siginfo const* s)
{
    char const* who = s->ssi_pid == (uint32_t)self ? "me"
        : s->ssi_pid == (uint32_t)child_pid        ? "child"
        : s->ssi_pid == 0                          ? "0"
                                                   : "?";
    say("%s errno %d code %d pid %s uid %u fd %d tid %u band %u overrun %u trapno %u status %d int %d ptr "
        "%#llx addr %#llx lsb %u call %d "
        "%#llx arch %#x",
        signal_name((int)s->ssi_signo), s->ssi_errno, s->ssi_code, who, s->ssi_uid, s->ssi_fd, s->ssi_tid,
        s->ssi_band, s->ssi_overrun, s->ssi_trapno, s->ssi_status, s->ssi_int, (unsigned long long)s->ssi_ptr,
        (unsigned long long)s->ssi_addr, s->ssi_addr_lsb, s->ssi_syscall,
        (unsigned long long)s->ssi_call_addr, s->ssi_arch);
}

static void get(int fd, int count)
{
    struct signalfd_siginfo s[8];
    memset(s, 0xee, sizeof s);
    errno = 0;
    long n = read(fd, s, (size_t)count * sizeof *s);
    say("read: %ld %s", n, n < 0 ? error_name(errno) : "");
    for (int i = 0; i < n / 128; i++)
        show(&s[i]);
}

static void ready(int fd)
{
    struct pollfd p = {fd, POLLIN | POLLOUT | POLLRDNORM, 0};
    int n = poll(&p, 1, 0);
    say("poll: %d %#x", n, p.revents);
}

static void creating(void)
{
    uint64_t mask = bit(SIGUSR1);
    VALUE(SYS(signalfd4, -1, &mask, 4, 0));
    VALUE(SYS(signalfd4, -1, &mask, 16, 0));
    VALUE(SYS(signalfd4, -1, 8, 8, 0));
    VALUE(SYS(signalfd4, -1, 8, 8, 1));
    VALUE(SYS(signalfd4, -1, &mask, 8, 1));
    VALUE(SYS(signalfd4, 1, &mask, 8, 0));
    VALUE(SYS(signalfd4, 99, &mask, 8, 0));
    VALUE(SYS(signalfd4, -2, &mask, 8, 0));
    int fd = (int)MUST(make(-1, ~0ull, SFD_NONBLOCK | SFD_CLOEXEC));
    show_nameless(fd);
    show_fdinfo(fd, NULL);
    char text[256];
    VALUE(write(fd, text, 128));
    VALUE(lseek(fd, 3, SEEK_SET));
    VALUE(read(fd, text, 127));
    VALUE(read(fd, text, 0));
    get(fd, 1);
    ready(fd);
    close(fd);
}

static void kinds(void)
{
    int fd = (int)MUST(make(-1, ~0ull, SFD_NONBLOCK));
    union sigval v = {.sival_ptr = (void*)0x123456789abcdef0};
    kill(self, SIGUSR1);
    kill(self, SIGUSR1);
    ready(fd);
    get(fd, 4);
    get(fd, 1);
    raise(SIGUSR2);
    sigqueue(self, SIGTERM, v);
    v.sival_int = 7;
    sigqueue(self, SIGRTMIN + 3, v);
    v.sival_int = 8;
    sigqueue(self, SIGRTMIN + 3, v);
    kill(self, SIGRTMIN + 1);
    kill(self, SIGHUP);
    get(fd, 2);
    get(fd, 8);
    // Whatever a program makes up.
    static struct {
        int signal, code;
    } const made[] = {{SIGUSR1, -2}, {SIGUSR1, -3}, {SIGUSR1, -4}, {SIGIO, -5}, {SIGUSR1, -5}, {SIGSEGV, -6},
        {SIGUSR1, -60}, {SIGUSR1, -6}, {SIGSEGV, 1}, {SIGSEGV, 9}, {SIGSEGV, 10}, {SIGBUS, 2}, {SIGBUS, 4},
        {SIGILL, 11}, {SIGILL, 12}, {SIGFPE, 15}, {SIGFPE, 16}, {SIGTRAP, 2}, {SIGTRAP, 6}, {SIGTRAP, 7},
        {SIGCHLD, 1}, {SIGCHLD, 7}, {SIGIO, 1}, {SIGIO, 7}, {SIGSYS, 1}, {SIGSYS, 3}, {SIGUSR1, 3},
        {SIGUSR1, 8}, {SIGUSR1, 0}, {SIGUSR1, 0x80}, {SIGUSR1, 0x81}};
    for (unsigned i = 0; i < COUNT(made); i++) {
        int words[32] = {made[i].signal, 11, made[i].code, 0};
        for (int k = 4; k < 12; k++)
            words[k] = 100 + k;
        // From another process only what a sender may claim; to oneself anything.
        if (SYS(rt_sigqueueinfo, self, made[i].signal, words) != 0) {
            say("signal %d code %d: %s", made[i].signal, made[i].code, error_name(errno));
            continue;
        }
        get(fd, 1);
    }
    close(fd);
}

static void children(void)
{
    int fd = (int)MUST(make(-1, bit(SIGCHLD), 0));
    child_pid = (pid_t)MUST(fork());
    if (child_pid == 0)
        _exit(7);
    get(fd, 1);
    waitpid(child_pid, NULL, 0);
    child_pid = (pid_t)MUST(fork());
    if (child_pid == 0)
        for (;;)
            pause();
    kill(child_pid, SIGSTOP);
    get(fd, 1);
    kill(child_pid, SIGCONT);
    get(fd, 1);
    kill(child_pid, SIGKILL);
    get(fd, 1);
    waitpid(child_pid, NULL, 0);
    close(fd);
}

static void masks(void)
{
    int fd = (int)MUST(make(-1, bit(SIGUSR1), SFD_NONBLOCK));
    kill(self, SIGUSR2);
    get(fd, 1);
    ready(fd);
    IS(make(fd, bit(SIGUSR2) | bit(SIGKILL) | bit(SIGSTOP), 0) == fd);
    VALUE(fcntl(fd, F_GETFL)); // the flags of an old one stay
    ready(fd);
    get(fd, 1);
    // What is ignored and blocked waits all the same; what is ignored and not blocked does not.
    signal(SIGUSR2, SIG_IGN);
    kill(self, SIGUSR2);
    get(fd, 1);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGUSR2);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    kill(self, SIGUSR2);
    get(fd, 1);
    sigprocmask(SIG_BLOCK, &one, NULL);
    signal(SIGUSR2, SIG_DFL);
    // A bad buffer.
    char* page = private_memory(2 * PAGE);
    mprotect(page + PAGE, PAGE, PROT_NONE);
    make(fd, ~0ull, 0);
    kill(self, SIGHUP);
    kill(self, SIGINT);
    VALUE(read(fd, page + PAGE - 128, 256));
    show((void*)(page + PAGE - 128));
    read(fd, page, 128); // the one that did not arrive is lost on Linux
    // Pieces.
    static char parts[256];
    struct iovec v[2] = {{parts, 128}, {parts + 128, 128}};
    kill(self, SIGHUP);
    kill(self, SIGINT);
    VALUE(readv(fd, v, 2));
    get(fd, 4);
    close(fd);
}

static int shared_fd;
static int volatile step;

static void* thread_body(void* argument)
{
    (void)argument;
    step = 1;
    struct signalfd_siginfo s;
    long n = read(shared_fd, &s, sizeof s);
    say("the other thread: %ld %s", n, n > 0 ? signal_name((int)s.ssi_signo) : error_name(errno));
    return NULL;
}

static void threads(void)
{
    shared_fd = (int)MUST(make(-1, bit(SIGUSR1) | bit(SIGUSR2), 0));
    pthread_t t;
    pthread_create(&t, NULL, thread_body, NULL);
    await(&step, 1);
    sleep_ms(20);
    SYS(tgkill, self, gettid(), SIGUSR1); // mine alone
    sleep_ms(20);
    ready(shared_fd);
    get(shared_fd, 1);
    kill(self, SIGUSR2); // anybody's
    pthread_join(t, NULL);
    ready(shared_fd);
    step = 0;
    pthread_create(&t, NULL, thread_body, NULL);
    await(&step, 1);
    sleep_ms(20);
    pthread_kill(t, SIGUSR1);
    pthread_join(t, NULL);
    // A child sees its own signals through the same descriptor.
    fcntl(shared_fd, F_SETFL, O_NONBLOCK);
    kill(self, SIGUSR1);
    child_pid = (pid_t)fork();
    if (child_pid == 0) {
        child_pid = self;
        self = getpid();
        ready(shared_fd);
        kill(self, SIGUSR2);
        ready(shared_fd);
        get(shared_fd, 2);
        _exit(0);
    }
    reap("child", child_pid);
    get(shared_fd, 2);
    close(shared_fd);
}

static void nothing(int signal)
{
    (void)signal;
}

static void waiting(void)
{
    int fd = (int)MUST(make(-1, bit(SIGUSR1), 0));
    child_pid = (pid_t)MUST(fork());
    if (child_pid == 0) {
        sleep_ms(30);
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    struct pollfd p = {fd, POLLIN, 0};
    VALUE(poll(&p, 1, 5000));
    get(fd, 1);
    reap("child", child_pid);
    // Another signal, with a handler and not blocked.
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    handle(SIGALRM, nothing, 0);
    struct itimerval t = {{0, 0}, {0, 20000}};
    setitimer(ITIMER_REAL, &t, NULL);
    get(fd, 1);
    sigprocmask(SIG_BLOCK, &one, NULL);
    // The timer's own signal, by the descriptor; a periodic one goes on when it is read.
    make(fd, bit(SIGALRM), 0);
    t.it_interval.tv_usec = 20000;
    setitimer(ITIMER_REAL, &t, NULL);
    get(fd, 1);
    get(fd, 1);
    t = (struct itimerval){0};
    setitimer(ITIMER_REAL, &t, NULL);
    close(fd);
}

int main(void)
{
    sigset_t all;
    self = getpid();
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    creating();
    kinds();
    children();
    masks();
    threads();
    waiting();
    return 0;
}
