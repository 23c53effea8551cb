// SPDX-License-Identifier: MIT
// sched_setattr, sched_getattr, SCHED_DEADLINE: the structure's size, flags, admission, budgets.
#include "abi.h"

#define DEADLINE 6
enum {
    RESET_ON_FORK = 1,
    RECLAIM = 2,
    OVERRUN = 4,
    KEEP_POLICY = 8,
    KEEP_PARAMS = 16,
    CLAMP_MIN = 32,
    CLAMP_MAX = 64
};
#define MS 1000000ull

struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t clamp_min, clamp_max;
    uint64_t newer[4];
};
#define SIZE 56

static long set(struct attributes a)
{
    if (a.size == 0)
        a.size = SIZE;
    return SYS(sched_setattr, 0, &a, 0);
}
#define SET(...) VALUE(set((struct attributes){__VA_ARGS__}))

static void show(void)
{
    struct attributes a = {.newer = {7}};
    long done = SYS(sched_getattr, 0, &a, SIZE, 0);
    say("  %ld: size %u policy %u flags %#lx nice %d priority %u; %lu of %lu in %lu", done, a.size, a.policy,
        (long)a.flags, a.nice, a.priority, (long)a.runtime, (long)a.deadline, (long)a.period);
}

static void sizes(void)
{
    struct attributes a = {.size = 0};
    VALUE(SYS(sched_setattr, 0, &a, 0)); // taken as the first version
    for (unsigned size = 1; size <= 4096; size += size < 64 ? 1 : 1008) {
        a = (struct attributes){.size = size};
        long done = size <= sizeof a ? SYS(sched_setattr, 0, &a, 0) : 0;
        if (size % 8 == 0 || size < 4)
            say("size %u: %s, then it says %u", size, done < 0 ? error_name(errno) : "set", a.size);
    }
    a = (struct attributes){.size = 64, .newer = {1}};
    VALUE(SYS(sched_setattr, 0, &a, 0));
    say("size is %u", a.size);
    char* page = shared_memory(2 * PAGE);
    mprotect(page + PAGE, PAGE, PROT_NONE);
    struct attributes* edge = (struct attributes*)(page + PAGE - 48);
    *(uint32_t*)edge = 48;
    VALUE(SYS(sched_setattr, 0, edge, 0));
    *(uint32_t*)edge = 56;
    VALUE(SYS(sched_setattr, 0, edge, 0));
    *(uint32_t*)edge = 5000;
    VALUE(SYS(sched_setattr, 0, edge, 0));
    say("size is %u", *(uint32_t*)edge);
    VALUE(SYS(sched_getattr, 0, edge, 48, 0));
    say("size is %u", *(uint32_t*)edge);
    VALUE(SYS(sched_getattr, 0, edge, 56, 0));
    VALUE(SYS(sched_getattr, 0, edge, 47, 0));
    VALUE(SYS(sched_getattr, 0, &a, 0, 0));
    VALUE(SYS(sched_getattr, 0, page, 4096, 0));
    say("size is %u", *(uint32_t*)page);
    VALUE(SYS(sched_getattr, 0, page, 4097, 0));
    VALUE(SYS(sched_getattr, 0, NULL, SIZE, 0));
    VALUE(SYS(sched_getattr, 0, 8, SIZE, 0));
    VALUE(SYS(sched_getattr, 0, &a, SIZE, 1));
    VALUE(SYS(sched_getattr, -1, &a, SIZE, 0));
    VALUE(SYS(sched_getattr, 99999, &a, SIZE, 0));
    VALUE(SYS(sched_setattr, 0, NULL, 0));
    VALUE(SYS(sched_setattr, 0, 8, 0));
    a = (struct attributes){.size = SIZE};
    VALUE(SYS(sched_setattr, 0, &a, 1));
    VALUE(SYS(sched_setattr, -1, &a, 0));
    VALUE(SYS(sched_setattr, 99999, &a, 0));
}

static void policies(void)
{
    SET(.policy = SCHED_OTHER, .nice = 5);
    show();
    SET(.policy = SCHED_BATCH, .nice = 100);
    show();
    SET(.policy = SCHED_IDLE, .nice = -100);
    show();
    SET(.policy = SCHED_FIFO, .priority = 7, .nice = 3);
    show();
    SET(.policy = SCHED_RR, .priority = 99);
    show();
    SET(.policy = SCHED_OTHER, .priority = 1);
    SET(.policy = SCHED_FIFO);
    SET(.policy = SCHED_FIFO, .priority = 100);
    SET(.policy = SCHED_FIFO, .priority = -1u);
    SET(.policy = 4);
    SET(.policy = 7);
    SET(.policy = -1u);
    SET(.policy = SCHED_OTHER, .flags = 1ull << 40);
    SET(.policy = SCHED_OTHER, .flags = 0x80);
    SET(.policy = SCHED_OTHER, .flags = RECLAIM | OVERRUN);
    show();
    SET(.policy = SCHED_OTHER, .flags = CLAMP_MIN);
    SET(.policy = SCHED_OTHER, .flags = CLAMP_MAX, .clamp_max = 1024);
    SET(.size = 48, .policy = SCHED_OTHER, .flags = CLAMP_MAX);
    SET(.policy = SCHED_FIFO, .priority = 3, .flags = RESET_ON_FORK);
    show();
    CHILD("reset", show());
    SET(.policy = SCHED_OTHER, .flags = KEEP_POLICY, .priority = 9);
    show();
    SET(.policy = SCHED_RR, .flags = KEEP_PARAMS);
    show();
    SET(.policy = SCHED_OTHER, .flags = KEEP_PARAMS);
    SET(.policy = SCHED_OTHER, .flags = KEEP_PARAMS | KEEP_POLICY, .nice = 9);
    show();
    SET(.policy = SCHED_OTHER, .nice = -7, .flags = RESET_ON_FORK);
    CHILD("reset", show());
    SET(.policy = SCHED_OTHER, .nice = 0);
}

static void reservations(void)
{
    SET(.policy = DEADLINE);
    SET(.policy = DEADLINE, .runtime = 1023, .deadline = 10 * MS);
    SET(.policy = DEADLINE, .runtime = 11 * MS, .deadline = 10 * MS);
    SET(.policy = DEADLINE, .runtime = 5 * MS, .deadline = 10 * MS, .period = 9 * MS);
    SET(.policy = DEADLINE, .runtime = 5 * MS, .deadline = 10 * MS, .period = 1ull << 63);
    SET(.policy = DEADLINE, .runtime = 5 * MS, .deadline = 1ull << 63);
    SET(.policy = DEADLINE, .runtime = 5 * MS, .deadline = 10 * MS, .priority = 1);
    SET(.policy = DEADLINE, .runtime = 2000, .deadline = 99999);
    SET(.policy = DEADLINE, .runtime = 3000 * MS, .deadline = 4195 * MS);
    SET(.policy = DEADLINE, .runtime = 3000 * MS, .deadline = 4194 * MS);
    show();
    SET(.policy = DEADLINE, .runtime = 90000, .deadline = 100000);
    show();
    SET(.policy = SCHED_OTHER);
    SET(.policy = DEADLINE, .runtime = 1024, .deadline = 100000);
    SET(.policy = DEADLINE, .runtime = 10 * MS, .deadline = 50 * MS, .period = 100 * MS, .nice = 4,
        .flags = RECLAIM | OVERRUN);
    show();
    VALUE(SYS(sched_getscheduler, 0));
    struct sched_param p = {1};
    VALUE(SYS(sched_getparam, 0, &p));
    say("priority %d", p.sched_priority);
    VALUE(SYS(sched_setparam, 0, &p));
    p.sched_priority = 0;
    VALUE(SYS(sched_setparam, 0, &p));
    VALUE(SYS(sched_setscheduler, 0, DEADLINE, &p));
    struct timespec t = {7, 7};
    VALUE(SYS(sched_rr_get_interval, 0, &t));
    say("interval %ld.%09ld", (long)t.tv_sec, t.tv_nsec);
    VALUE(setpriority(PRIO_PROCESS, 0, 3));
    VALUE(SYS(getpriority, PRIO_PROCESS, 0));
    show();
    SET(.policy = SCHED_OTHER, .flags = KEEP_POLICY, .runtime = 20 * MS, .deadline = 100 * MS);
    show();
    SET(.policy = SCHED_OTHER, .flags = KEEP_PARAMS | KEEP_POLICY | RESET_ON_FORK);
    show();
    VALUE(SYS(clone, SIGCHLD, 0, 0, 0, 0));
    SET(.policy = DEADLINE, .runtime = 20 * MS, .deadline = 100 * MS, .flags = RESET_ON_FORK);
    show();
    CHILD("child", show());
    SET(.policy = SCHED_OTHER);
    show();
}

// The core is one; 0.95 of it may be reserved.
static void admission(void)
{
    SET(.policy = DEADLINE, .runtime = 96 * MS, .deadline = 100 * MS);
    SET(.policy = DEADLINE, .runtime = 95 * MS, .deadline = 100 * MS, .flags = RESET_ON_FORK);
    SET(.policy = DEADLINE, .runtime = 50 * MS, .deadline = 100 * MS, .flags = RESET_ON_FORK);
    CHILD("second", SET(.policy = DEADLINE, .runtime = 46 * MS, .deadline = 100 * MS);
        SET(.policy = DEADLINE, .runtime = 45 * MS, .deadline = 100 * MS);
        SET(.policy = DEADLINE, .runtime = 46 * MS, .deadline = 100 * MS);
        SET(.policy = DEADLINE, .runtime = 44 * MS, .deadline = 44 * MS, .period = 100 * MS); show());
    sleep_ms(150); // Linux gives it back when its period is over
    CHILD("third", SET(.policy = DEADLINE, .runtime = 45 * MS, .deadline = 100 * MS));
    SET(.policy = SCHED_OTHER);
    sleep_ms(150);
    SET(.policy = DEADLINE, .runtime = 95 * MS, .deadline = 100 * MS, .flags = RESET_ON_FORK);
    SET(.policy = SCHED_OTHER);
    sleep_ms(150);
    IN_CHILD("a user")
    {
        become_user();
        SET(.policy = DEADLINE, .runtime = 1 * MS, .deadline = 100 * MS);
        SET(.policy = SCHED_OTHER, .nice = -1);
        SET(.policy = SCHED_OTHER, .nice = 1);
        SET(.policy = SCHED_BATCH, .nice = 1);
        SET(.policy = SCHED_BATCH, .nice = 0);
        SET(.policy = SCHED_FIFO, .priority = 1);
        show();
    }
}

static int volatile overruns;
static void count(int signal)
{
    (void)signal;
    overruns++;
}

static long cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// The bounds of this and what follows leave room for a host that stops the guest's cores now and then.
static void yields(void)
{
    SET(.policy = DEADLINE, .runtime = 10 * MS, .deadline = 50 * MS, .flags = OVERRUN);
    overruns = 0;
    long start = now_ms();
    for (int i = 0; i < 6; i++)
        SYS(sched_yield);
    long took = now_ms() - start;
    say("six periods took about 300 ms: %d, overruns %d", took >= 240 && took <= 600, overruns);
}

static void budgets(void)
{
    signal(SIGXCPU, count);
    int volatile* shared = shared_memory(PAGE);
    SET(.policy = SCHED_FIFO, .priority = 60); // or the hog would not let it go on
    pid_t other = (pid_t)MUST(fork());
    if (other == 0) {
        struct sched_param p = {50};
        SYS(sched_setscheduler, 0, SCHED_FIFO, &p);
        for (;;)
            shared[0]++;
    }
    IN_CHILD("a hog")
    {
        SET(.policy = DEADLINE, .runtime = 10 * MS, .deadline = 50 * MS, .flags = OVERRUN);
        long start = now_ms(), used = cpu_ms();
        while (now_ms() - start < 500) { }
        used = cpu_ms() - used;
        say("it had about 100 ms of 500 beside a FIFO hog: %d", used >= 70 && used <= 160);
        say("and heard of each time: %d", overruns >= 5 && overruns <= 12);
    }
    IN_CHILD("one that yields") yields();
    kill(other, SIGKILL);
    reap("FIFO hog", other);
    SET(.policy = SCHED_OTHER);
    IN_CHILD("alone it rests too")
    {
        SET(.policy = DEADLINE, .runtime = 10 * MS, .deadline = 50 * MS);
        long start = now_ms(), used = cpu_ms();
        while (now_ms() - start < 300) { }
        used = cpu_ms() - used;
        say("%d", used >= 40 && used <= 120);
    }
    IN_CHILD("alone it yields too") yields();
    IN_CHILD("sleeping keeps deadlines")
    {
        SET(.policy = DEADLINE, .runtime = 5 * MS, .deadline = 20 * MS);
        long start = now_ms();
        for (int i = 0; i < 10; i++)
            sleep_ms(10);
        long took = now_ms() - start;
        say("ten naps of 10 ms took 100: %d", took >= 100 && took < 300);
    }
}

static void show_row(char const* name)
{
    char line[256];
    FILE* file = fopen("/proc/self/sched", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ' ')
            say("  %.*s", (int)strcspn(line, "\n"), line);
    if (file != NULL)
        fclose(file);
}

static void in_proc(void)
{
    for (int i = 0; i < 3; i++) {
        struct attributes all[] = {{.policy = SCHED_BATCH, .nice = 3}, {.policy = SCHED_RR, .priority = 8},
            {.policy = DEADLINE, .runtime = 50 * MS, .deadline = 100 * MS}};
        set(all[i]);
        show_row("policy");
        show_row("prio");
        char text[1024] = "";
        int fd = open("/proc/self/stat", O_RDONLY);
        read(fd, text, sizeof text - 1);
        close(fd);
        char* at = strrchr(text, ')') + 2;
        for (int field = 3; field < 18; field++)
            at = strchr(at, ' ') + 1;
        say("priority and nice in stat: %.*s", (int)(strchr(strchr(at, ' ') + 1, ' ') - at), at);
    }
}

int main(void)
{
    CHILD("in /proc", in_proc());
    CHILD("sizes", sizes());
    CHILD("policies", policies());
    CHILD("reservations", reservations());
    sleep_ms(150);
    CHILD("admission", admission());
    budgets();
    return 0;
}
