// SPDX-License-Identifier: MIT
// Resource limits: values, rules, and what happens at each of them.
#include "abi.h"

static struct rlimit get(int which)
{
    struct rlimit limit = {0, 0};
    getrlimit(which, &limit);
    return limit;
}

static long set(int which, rlim_t soft, rlim_t hard)
{
    struct rlimit limit = {soft, hard};
    return SYS(setrlimit, which, &limit);
}

static char const* amount(rlim_t value)
{
    static char text[2][32];
    static int next;
    next ^= 1;
    if (value == RLIM_INFINITY)
        return "unlimited";
    snprintf(text[next], sizeof text[0], "%lu", (unsigned long)value);
    return text[next];
}

int main(void)
{
    static int const fixed[] = {RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_RSS,
        RLIMIT_NOFILE, RLIMIT_AS, RLIMIT_LOCKS, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_RTPRIO, RLIMIT_RTTIME};
    for (unsigned i = 0; i < COUNT(fixed); i++) {
        struct rlimit limit = get(fixed[i]);
        say("limit %d: %s %s", fixed[i], amount(limit.rlim_cur), amount(limit.rlim_max));
    }
    struct rlimit limit = {5, 4};
    VALUE(SYS(setrlimit, RLIMIT_CORE, &limit));
    VALUE(SYS(setrlimit, 16, &limit));
    VALUE(SYS(getrlimit, 16, &limit));
    VALUE(SYS(getrlimit, -1, &limit));
    VALUE(SYS(getrlimit, RLIMIT_CORE, 1));
    VALUE(SYS(setrlimit, RLIMIT_CORE, 1));
    VALUE(set(RLIMIT_CORE, 10, 20));
    VALUE(set(RLIMIT_CORE, 15, 30));
    IN_CHILD("as a user")
    {
        become_user();
        VALUE(set(RLIMIT_CORE, 30, 30));
        VALUE(set(RLIMIT_CORE, 30, 31));
        VALUE(set(RLIMIT_CORE, 5, 20));
        VALUE(set(RLIMIT_CORE, 21, 30));
        VALUE(SYS(prlimit64, 1, RLIMIT_CORE, NULL, &limit));
        VALUE(SYS(prlimit64, getppid(), RLIMIT_CORE, NULL, &limit));
    }
    limit = get(RLIMIT_CORE);
    say("parent's unchanged: %s %s", amount(limit.rlim_cur), amount(limit.rlim_max));
    pid_t child = (pid_t)MUST(fork());
    if (child == 0)
        for (;;)
            pause();
    struct rlimit other = {3, 4}, old;
    VALUE(SYS(prlimit64, child, RLIMIT_CORE, &other, &old));
    say("old %s %s", amount(old.rlim_cur), amount(old.rlim_max));
    VALUE(SYS(prlimit64, child, RLIMIT_CORE, NULL, &old));
    say("new %s %s", amount(old.rlim_cur), amount(old.rlim_max));
    VALUE(SYS(prlimit64, 99999, RLIMIT_CORE, NULL, &old));
    VALUE(SYS(prlimit64, 0, RLIMIT_CORE, NULL, NULL));
    VALUE(SYS(prlimit64, 0, 16, NULL, &old));
    VALUE(SYS(prlimit64, 0, RLIMIT_CORE, 1, NULL));
    kill(child, SIGKILL);
    reap("child", child);

    IN_CHILD("RLIMIT_AS")
    {
        set(RLIMIT_AS, 64 << 20, 64 << 20);
        CHECK(mmap(NULL, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        CHECK(mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        say("sbrk: %s", sbrk(128 << 20) == (void*)-1 ? error_name(errno) : "ok");
    }
    IN_CHILD("RLIMIT_DATA")
    {
        set(RLIMIT_DATA, 16 << 20, 16 << 20);
        CHECK(mmap(NULL, 128 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        CHECK(mmap(NULL, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        CHECK(mmap(NULL, 128 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    }
    IN_CHILD("RLIMIT_NPROC")
    {
        become_user();
        set(RLIMIT_NPROC, 4, 4);
        int born = 0;
        pid_t p;
        while (born < 20 && (p = fork()) >= 0) {
            if (p == 0)
                for (;;)
                    pause();
            born++;
        }
        say("born %d, then %s", born, error_name(errno));
        kill(0, 0);
        signal(SIGTERM, SIG_IGN);
        kill(-1, SIGTERM);
        while (wait(NULL) > 0) { }
        CHECK(fork() == 0 ? (_exit(0), 0) : 0);
        wait(NULL);
    }
    IN_CHILD("RLIMIT_FSIZE")
    {
        int fd = make_file("file", NULL, 0644);
        set(RLIMIT_FSIZE, 10, 10);
        pwrite(fd, "12345678", 8, 0);
        long part = pwrite(fd, "abcdefgh", 8, 8);
        if (part != 2)
            _exit(1);
        pwrite(fd, "x", 1, 10);
    }
    IN_CHILD("RLIMIT_CPU, soft")
    {
        set(RLIMIT_CPU, 1, 3);
        for (;;) { }
    }
    IN_CHILD("RLIMIT_CPU, hard")
    {
        signal(SIGXCPU, SIG_IGN);
        set(RLIMIT_CPU, 1, 2);
        for (;;) { }
    }
    IN_CHILD("RLIMIT_STACK")
    {
        set(RLIMIT_STACK, 1 << 20, 1 << 20);
        char volatile* p = __builtin_frame_address(0);
        p[-(2 << 20)] = 1;
    }
    IN_CHILD("RLIMIT_CORE of zero")
    {
        set(RLIMIT_CORE, 0, 0);
        abort();
    }
    IN_CHILD("RLIMIT_NICE and RLIMIT_RTPRIO")
    {
        set(RLIMIT_NICE, 25, 25);
        set(RLIMIT_RTPRIO, 10, 10);
        become_user();
        VALUE(setpriority(PRIO_PROCESS, 0, -5));
        VALUE(setpriority(PRIO_PROCESS, 0, -6));
        struct sched_param param = {10};
        VALUE(SYS(sched_setscheduler, 0, SCHED_FIFO, &param));
        param.sched_priority = 11;
        VALUE(SYS(sched_setscheduler, 0, SCHED_FIFO, &param));
    }
    return 0;
}
