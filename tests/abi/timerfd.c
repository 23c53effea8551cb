// SPDX-License-Identifier: MIT
// timerfd: clocks, one-shot and periodic timers, what a late reader gets, the clock set under a timer.
#include "abi.h"
#include <sys/timerfd.h>

#define MS 1000000l

static void get(int fd)
{
    uint64_t ticks = 0;
    errno = 0;
    long n = read(fd, &ticks, 8);
    say("read: %ld %llu %s", n, (unsigned long long)ticks, n < 0 ? error_name(errno) : "");
}

static struct itimerspec in_ms(long first, long interval)
{
    return (struct itimerspec){{interval / 1000, interval % 1000 * MS}, {first / 1000, first % 1000 * MS}};
}

static long left_ms(int fd)
{
    struct itimerspec now;
    MUST(timerfd_gettime(fd, &now));
    return now.it_value.tv_sec * 1000 + (now.it_value.tv_nsec + MS - 1) / MS;
}

static void creating(void)
{
    static int const clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
        CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE,
        CLOCK_BOOTTIME, CLOCK_REALTIME_ALARM, CLOCK_BOOTTIME_ALARM, 10, CLOCK_TAI, 12, -1};
    for (unsigned i = 0; i < COUNT(clocks); i++) {
        int fd = timerfd_create(clocks[i], 0);
        say("clock %d: %s", clocks[i], fd < 0 ? error_name(errno) : "ok");
        close(fd);
    }
    IN_CHILD("user")
    {
        become_user();
        VALUE(timerfd_create(CLOCK_REALTIME_ALARM, 0));
        VALUE(timerfd_create(CLOCK_BOOTTIME_ALARM, 0));
        CHECK(timerfd_create(CLOCK_REALTIME, 0));
    }
    VALUE(timerfd_create(CLOCK_MONOTONIC, 1));
    VALUE(timerfd_create(CLOCK_MONOTONIC, O_APPEND));
    int fd = (int)MUST(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
    show_nameless(fd);
    char text[256];
    VALUE(write(fd, text, 8));
    VALUE(lseek(fd, 3, SEEK_SET));
    VALUE(pread(fd, text, 8, 0));
    struct itimerspec t = {{7, 5}, {1ll << 40, 0}};
    MUST(timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, NULL));
    show_fdinfo(fd, "it_value");
    close(fd);
}

static void arguments(void)
{
    int fd = (int)MUST(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
    struct itimerspec t = in_ms(1000, 0), old;
    VALUE(timerfd_settime(fd, 4, &t, NULL));
    VALUE(timerfd_settime(fd, -1, &t, NULL));
    VALUE(timerfd_settime(99, 0, &t, NULL));
    VALUE(timerfd_settime(1, 0, &t, NULL));
    VALUE(SYS(timerfd_settime, fd, 0, NULL, NULL));
    VALUE(SYS(timerfd_settime, fd, 0, 8, NULL));
    VALUE(SYS(timerfd_settime, 99, 8, 8, NULL));
    t.it_value.tv_nsec = 1000000000;
    VALUE(timerfd_settime(fd, 0, &t, NULL));
    t = in_ms(1000, 0);
    t.it_interval.tv_nsec = -1;
    VALUE(timerfd_settime(fd, 0, &t, NULL));
    t = in_ms(1000, 0);
    t.it_value.tv_sec = -1;
    VALUE(timerfd_settime(fd, 0, &t, NULL));
    VALUE(timerfd_gettime(99, &old));
    VALUE(timerfd_gettime(0, &old));
    VALUE(SYS(timerfd_gettime, fd, 8));
    VALUE(timerfd_gettime(fd, &old));
    say("%ld %ld %ld %ld", old.it_value.tv_sec, old.it_value.tv_nsec, old.it_interval.tv_sec,
        old.it_interval.tv_nsec);
    t = in_ms(5000, 3000);
    VALUE(SYS(timerfd_settime, fd, 0, &t, 8)); // set all the same
    IS(left_ms(fd) > 4000 && left_ms(fd) <= 5000);
    memset(&old, 0, sizeof old);
    t = in_ms(0, 77);
    VALUE(timerfd_settime(fd, 0, &t, &old));
    say("%d %ld", old.it_value.tv_sec >= 4, old.it_interval.tv_sec);
    VALUE(timerfd_gettime(fd, &old));
    say("%ld %ld %ld %ld", old.it_value.tv_sec, old.it_value.tv_nsec, old.it_interval.tv_sec,
        old.it_interval.tv_nsec);
    char bytes[16];
    VALUE(read(fd, bytes, 7));
    VALUE(read(fd, bytes, 0));
    get(fd);
    t = in_ms(1, 0);
    timerfd_settime(fd, 0, &t, NULL);
    sleep_ms(10);
    VALUE(read(fd, bytes, 7));
    VALUE(read(fd, bytes, 16));
    t.it_value.tv_sec = 0x7fffffffffffffff;
    t.it_interval = t.it_value;
    VALUE(timerfd_settime(fd, 0, &t, NULL));
    VALUE(timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, NULL));
    get(fd);
    close(fd);
}

static void firing(int clock)
{
    int fd = (int)MUST(timerfd_create(clock, 0));
    struct itimerspec t = in_ms(30, 0), old;
    long start = now_ms();
    MUST(timerfd_settime(fd, 0, &t, NULL));
    struct pollfd p = {fd, POLLIN | POLLOUT | POLLRDNORM, 0};
    VALUE(poll(&p, 1, 0));
    VALUE(poll(&p, 1, 5000));
    say("%#x", p.revents);
    IS(now_ms() - start >= 29);
    get(fd);
    VALUE(poll(&p, 1, 0));
    VALUE(timerfd_gettime(fd, &old));
    say("%ld %ld", old.it_value.tv_sec, old.it_value.tv_nsec);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    get(fd);
    fcntl(fd, F_SETFL, 0);
    // Absolute, in the past and soon.
    struct timespec now;
    do // the machine may have been up for less than what is to be gone by
        clock_gettime(clock, &now);
    while (now.tv_sec < 1);
    t = (struct itimerspec){{0, 0}, {now.tv_sec - 1, now.tv_nsec}};
    MUST(timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, NULL));
    get(fd);
    clock_gettime(clock, &now);
    t.it_value = (struct timespec){
        now.tv_sec + (now.tv_nsec + 20 * MS) / 1000000000, (now.tv_nsec + 20 * MS) % 1000000000};
    MUST(timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, NULL));
    start = now_ms();
    get(fd);
    IS(now_ms() - start >= 15);
    // Periodic: a late reader is told how many it missed.
    clock_gettime(clock, &now);
    t = (struct itimerspec){{0, 20 * MS}, {now.tv_sec - 1, now.tv_nsec}};
    MUST(timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, NULL));
    uint64_t ticks;
    read(fd, &ticks, 8);
    IS(ticks >= 51 && ticks <= 150);
    start = now_ms();
    uint64_t next = 0, last = 0;
    IS(read(fd, &next, 8) == 8 && read(fd, &last, 8) == 8 && next >= 1 && last >= 1); // or late, and more
    IS(now_ms() - start >= 20);
    sleep_ms(70);
    IS(left_ms(fd) <= 20 && left_ms(fd) > 0); // looked at: it goes on
    read(fd, &ticks, 8);
    IS(ticks >= 3 && ticks <= 30); // a busy host comes late
    // Nanoseconds for years: counted without a loop.
    t = (struct itimerspec){{0, 1}, {1, 0}};
    MUST(timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, NULL));
    read(fd, &ticks, 8);
    IS(ticks > 100000000);
    t = in_ms(0, 0);
    MUST(timerfd_settime(fd, 0, &t, NULL));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    get(fd);
    close(fd);
}

static void shift_clock(long seconds)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec += seconds;
    MUST(clock_settime(CLOCK_REALTIME, &now));
}

static void clock_set(void)
{
    int fd = (int)MUST(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK)),
        plain = (int)MUST(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK));
    int relative = (int)MUST(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK));
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct itimerspec t = {{0, 0}, {now.tv_sec + 100, 0}}, later = in_ms(100000, 0);
    MUST(timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &t, NULL));
    MUST(timerfd_settime(plain, TFD_TIMER_ABSTIME, &t, NULL));
    MUST(timerfd_settime(
        relative, TFD_TIMER_CANCEL_ON_SET, &later, NULL)); // without ABSTIME: as if it were not there
    get(fd);
    shift_clock(50);
    struct pollfd p[3] = {{fd, POLLIN, 0}, {plain, POLLIN, 0}, {relative, POLLIN, 0}};
    VALUE(poll(p, 3, 0));
    say("%d %d %d", p[0].revents, p[1].revents, p[2].revents);
    get(fd);
    get(fd);
    IS(left_ms(plain) > 45000 && left_ms(plain) < 51000);
    IS(left_ms(relative) > 95000);
    IS(left_ms(fd) > 45000 && left_ms(fd) < 51000);
    shift_clock(60);
    sleep_ms(30);
    VALUE(poll(p, 3, 1000));
    say("%d %d %d", p[0].revents, p[1].revents, p[2].revents);
    get(plain);
    get(relative);
    // Told by settime when nobody has read; the timer is set all the same.
    VALUE(timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &t, NULL));
    VALUE(timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &t, NULL));
    shift_clock(-110);
    get(fd);
    // A reader that waits is told too.
    fcntl(fd, F_SETFL, 0);
    clock_gettime(CLOCK_REALTIME, &now);
    t.it_value.tv_sec = now.tv_sec + 1000;
    CHECK(timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &t, NULL));
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        get(fd);
        _exit(0);
    }
    sleep_ms(30);
    shift_clock(2);
    reap("reader", child);
    shift_clock(-2);
    // Set back behind the time it fired at: nothing has happened.
    clock_gettime(CLOCK_REALTIME, &now);
    t = (struct itimerspec){{1, 0}, {now.tv_sec - 5, now.tv_nsec}};
    MUST(timerfd_settime(plain, TFD_TIMER_ABSTIME, &t, NULL));
    sleep_ms(100);
    shift_clock(-100);
    get(plain);
    shift_clock(100);
    close(fd);
    close(plain);
    close(relative);
}

static void restored(void)
{
    int fd = (int)MUST(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
    uint64_t ticks = 12;
    VALUE(ioctl(fd, 0x40085400, &ticks));
    get(fd);
    ticks = 0;
    VALUE(ioctl(fd, 0x40085400, &ticks));
    VALUE(ioctl(fd, 0x40085400, 8));
    VALUE(ioctl(fd, 0x5401, &ticks));
    VALUE(ioctl(fd, FIONREAD, &ticks));
    close(fd);
}

static void nothing(int signal)
{
    (void)signal;
}

static void sharing(void)
{
    int fd = (int)MUST(timerfd_create(CLOCK_MONOTONIC, 0));
    struct itimerspec t = in_ms(40, 0);
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        sleep_ms(10);
        timerfd_settime(fd, 0, &t, NULL);
        _exit(0);
    }
    get(fd);
    reap("setter", child);
    struct itimerval alarm = {{0, 0}, {0, 20000}};
    handle(SIGALRM, nothing, 0);
    setitimer(ITIMER_REAL, &alarm, NULL);
    timerfd_settime(fd, 0, &t, NULL);
    get(fd);
    handle(SIGALRM, nothing, SA_RESTART);
    setitimer(ITIMER_REAL, &alarm, NULL);
    get(fd);
    close(fd);
}

// A program sets and asks a timer that the one before it has made.
static void inherit(int fd)
{
    struct itimerspec t = in_ms(90000, 7), bad = in_ms(10, 0);
    struct itimerspec* old = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    VALUE(timerfd_settime(fd, 0, &t, old)); // of a page that nobody has touched
    say("before: every %ld ns", old->it_interval.tv_nsec);
    VALUE(timerfd_gettime(fd, old));
    say("now: every %ld ns, in about 90 s %d", old->it_interval.tv_nsec,
        old->it_value.tv_sec >= 85 && old->it_value.tv_sec <= 90);
    bad.it_value.tv_nsec = -1;
    VALUE(timerfd_settime(fd, 0, &bad, NULL));
    VALUE(timerfd_settime(fd, 8, &t, NULL));
    VALUE(timerfd_settime(fd, 0, (void*)1, NULL));
    VALUE(timerfd_settime(fd, 0, &t, (void*)1));
    VALUE(timerfd_gettime(fd, (void*)1));
    VALUE(timerfd_gettime(0, old));
    show_fdinfo(fd, "it_value");
    t = in_ms(20, 0);
    VALUE(timerfd_settime(fd, 0, &t, NULL));
    get(fd);
    exit(0);
}

static void inheriting(void)
{
    int fd = (int)MUST(timerfd_create(CLOCK_MONOTONIC, 0));
    struct itimerspec t = in_ms(60000, 5);
    char number[16];
    snprintf(number, sizeof number, "%d", fd);
    for (int i = 0; i < 3; i++) {
        MUST(timerfd_settime(fd, 0, &t, NULL));
        CHILD("inherits", execl("/abi/timerfd", "timerfd", number, NULL));
    }
    close(fd);
}

int main(int count, char** given)
{
    if (count > 1)
        inherit(atoi(given[1]));
    creating();
    arguments();
    firing(CLOCK_MONOTONIC);
    firing(CLOCK_REALTIME);
    firing(CLOCK_BOOTTIME);
    clock_set();
    restored();
    sharing();
    inheriting();
    return 0;
}
