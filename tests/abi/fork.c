// SPDX-License-Identifier: MIT
// fork: what the child shares, what it gets a copy of, what it starts without.
#include "abi.h"

static int data = 1;

static void on_signal(int signal)
{
    (void)signal;
}

static void memory_is_copied(void)
{
    int stack = 1;
    int* heap = malloc(sizeof *heap);
    int* shared = shared_memory(PAGE);
    *heap = 1;
    *shared = 1;
    CHILD("writer", data = stack = *heap = *shared = 2; _exit(data + stack + *heap + *shared));
    say("parent sees data %d stack %d heap %d shared %d", data, stack, *heap, *shared);
}

static void many_pages(void)
{
    enum { pages = 300 };
    unsigned char* area = private_memory(pages * PAGE);
    for (int i = 0; i < pages; i++)
        area[i * PAGE + i] = (unsigned char)i;
    for (int round = 0; round < 3; round++) {
        pid_t child = (pid_t)MUST(fork());
        if (child == 0) {
            int wrong = 0;
            for (int i = 0; i < pages; i++) {
                wrong += area[i * PAGE + i] != (unsigned char)(i + round);
                area[i * PAGE + i] = 0xee;
            }
            _exit(wrong != 0);
        }
        int wrong = 0;
        for (int i = 0; i < pages; i++)
            area[i * PAGE + i]++;
        reap("copy-on-write child", child);
        for (int i = 0; i < pages; i++)
            wrong += area[i * PAGE + i] != (unsigned char)(i + round + 1);
        say("round %d: parent's pages wrong: %d", round, wrong);
    }
    // A page the kernel itself writes to must be copied first too.
    int ends[2];
    MUST(pipe(ends));
    CHILD("read into a shared page", MUST(write(ends[1], "xyz", 3)); MUST(read(ends[0], area, 3));
        _exit(area[0] == 'x'));
    say("the parent's page holds 'x': %d", area[0] == 'x');
}

static void files_are_shared(void)
{
    int fd = make_file("file", "abcdefgh", 0644);
    MUST(lseek(fd, 2, SEEK_SET));
    CHILD("seeker", MUST(lseek(fd, 5, SEEK_SET)); close(fd));
    VALUE(lseek(fd, 0, SEEK_CUR));
    CHILD("flags", fcntl(fd, F_SETFD, FD_CLOEXEC); fcntl(fd, F_SETFL, O_APPEND));
    VALUE(fcntl(fd, F_GETFD));
    say("O_APPEND is shared: %d", (fcntl(fd, F_GETFL) & O_APPEND) != 0);
}

static void signals_of_the_child(void)
{
    sigset_t set, got;
    struct sigaction action;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    handle(SIGUSR2, on_signal, SA_RESTART);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    raise(SIGUSR1);
    struct itimerval timer = {.it_value = {100, 0}};
    MUST(setitimer(ITIMER_REAL, &timer, NULL));
    CHILD("signals", {
        sigpending(&got);
        say("pending in the child: %d", sigismember(&got, SIGUSR1));
        sigprocmask(SIG_BLOCK, NULL, &got);
        say("blocked in the child: %d", sigismember(&got, SIGUSR1));
        sigaction(SIGUSR2, NULL, &action);
        say("handler kept: %d, flags SA_RESTART: %d", action.sa_handler == on_signal,
            (action.sa_flags & SA_RESTART) != 0);
        getitimer(ITIMER_REAL, &timer);
        say("timer in the child: %ld", timer.it_value.tv_sec);
    });
    sigpending(&got);
    say("pending in the parent: %d", sigismember(&got, SIGUSR1));
    getitimer(ITIMER_REAL, &timer);
    say("timer in the parent runs: %d", timer.it_value.tv_sec > 0);
    timer.it_value.tv_sec = 0;
    timer.it_value.tv_usec = 0;
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void identities(void)
{
    pid_t parent = getpid(), group = getpgid(0), session = getsid(0);
    CHILD("identities", {
        IS(getppid() == parent);
        IS(getpid() != parent);
        IS(getpid() == SYS(gettid));
        IS(getpgid(0) == group && getsid(0) == session);
        struct rusage usage;
        getrusage(RUSAGE_CHILDREN, &usage);
        IS(usage.ru_utime.tv_sec == 0);
    });
}

static void chain(int depth)
{
    if (depth == 0)
        _exit(7);
    pid_t child = (pid_t)MUST(fork());
    if (child == 0)
        chain(depth - 1);
    int status;
    MUST(waitpid(child, &status, 0));
    _exit(WEXITSTATUS(status) + 1);
}

int main(void)
{
    memory_is_copied();
    many_pages();
    files_are_shared();
    signals_of_the_child();
    identities();
    CHILD("exit code is one byte", _exit(0x1234));
    CHILD("chain of ten", chain(10));
    VALUE(waitpid(-1, NULL, 0));
    int born = 0, died = 0;
    for (int i = 0; i < 50; i++)
        born += fork() == 0 ? (_exit(i), 0) : 1;
    for (int status; waitpid(-1, &status, 0) > 0;)
        died += WIFEXITED(status);
    say("born %d, died %d", born, died);
    return 0;
}
