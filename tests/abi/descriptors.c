// SPDX-License-Identifier: MIT
// Descriptors: numbering, dup, fcntl, close, and the limit.
#include "abi.h"

static int new_file(void)
{
    return open("/dev/null", O_RDONLY);
}

int main(void)
{
    int a = new_file(), b = new_file(), c = new_file();
    say("%d %d %d", a, b, c);
    VALUE(close(b));
    VALUE(new_file());
    VALUE(close(b));
    VALUE(close(b));
    VALUE(close(-1));
    VALUE(close(1000000));
    VALUE(dup(c));
    VALUE(dup(99));
    VALUE(SYS(dup3, a, 20, 0));
    VALUE(SYS(dup3, a, 20, O_CLOEXEC));
    VALUE(fcntl(20, F_GETFD));
    VALUE(SYS(dup3, a, a, 0));
    VALUE(SYS(dup3, 99, 99, 0));
    VALUE(SYS(dup3, 99, 20, 0));
    VALUE(SYS(dup3, a, 21, O_NONBLOCK));
    VALUE(SYS(dup3, a, -1, 0));
    VALUE(SYS(dup3, a, 100000, 0));
    VALUE(fcntl(a, F_DUPFD, 30));
    VALUE(fcntl(a, F_DUPFD, 30));
    VALUE(fcntl(a, F_DUPFD_CLOEXEC, 30));
    VALUE(fcntl(32, F_GETFD));
    VALUE(fcntl(a, F_DUPFD, -1));
    VALUE(fcntl(a, F_DUPFD, 1000000));
    VALUE(fcntl(99, F_DUPFD, 0));
    VALUE(fcntl(a, F_SETFD, FD_CLOEXEC | 0xff0));
    VALUE(fcntl(a, F_GETFD));
    VALUE(fcntl(a, 9999));
    VALUE(fcntl(99, F_GETFL));

    int fd = make_file("file", "0123456789", 0644);
    say("flags %#x", fcntl(fd, F_GETFL) & ~O_LARGEFILE);
    VALUE(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK | O_WRONLY | O_CREAT | O_NOATIME));
    say("flags %#x", fcntl(fd, F_GETFL) & ~O_LARGEFILE);
    VALUE(lseek(fd, 0, SEEK_SET));
    VALUE(write(fd, "A", 1));
    VALUE(lseek(fd, 0, SEEK_CUR));
    VALUE(fcntl(fd, F_SETFL, 0));
    VALUE(fcntl(fd, F_SETFL, O_DIRECT));
    int twin = dup(fd), again = open("file", O_RDWR);
    lseek(fd, 3, SEEK_SET);
    VALUE(lseek(twin, 0, SEEK_CUR));
    VALUE(lseek(again, 0, SEEK_CUR));
    VALUE(fcntl(fd, F_GETOWN));
    VALUE(fcntl(fd, F_SETOWN, 99999));
    VALUE(fcntl(fd, F_GETSIG));
    VALUE(ioctl(fd, FIOCLEX));
    VALUE(fcntl(fd, F_GETFD));
    VALUE(ioctl(fd, FIONCLEX));
    VALUE(fcntl(fd, F_GETFD));
    int on = 1, off = 0, left = -1;
    VALUE(ioctl(fd, FIONBIO, &on));
    say("nonblocking %d", (fcntl(twin, F_GETFL) & O_NONBLOCK) != 0);
    VALUE(ioctl(fd, FIONBIO, &off));
    lseek(fd, 4, SEEK_SET);
    VALUE(ioctl(fd, FIONREAD, &left));
    say("left to read %d", left);
    VALUE(ioctl(fd, TCGETS, &left));
    VALUE(ioctl(fd, 0x12345678, &left));
    VALUE(ioctl(99, FIOCLEX));

    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    say("limit %ld %ld", (long)limit.rlim_cur, (long)limit.rlim_max);
    IN_CHILD("at the limit")
    {
        limit.rlim_cur = 40;
        setrlimit(RLIMIT_NOFILE, &limit);
        int last = -1, got;
        while ((got = new_file()) >= 0)
            last = got;
        say("last %d, then %s", last, error_name(errno));
        int ends[2];
        VALUE(pipe(ends));
        VALUE(dup(a));
        VALUE(SYS(dup3, a, 40, 0));
        VALUE(SYS(dup3, a, 39, 0));
        close(10);
        VALUE(pipe(ends));
        VALUE(new_file());
        limit.rlim_cur = 5;
        setrlimit(RLIMIT_NOFILE, &limit);
        VALUE(fcntl(39, F_GETFD));
        VALUE(new_file());
        VALUE(close(39));
    }
    IN_CHILD("more than the hard limit's default")
    {
        limit.rlim_cur = limit.rlim_max = 1 << 21;
        VALUE(setrlimit(RLIMIT_NOFILE, &limit));
        limit.rlim_cur = limit.rlim_max = 1 << 20;
        VALUE(setrlimit(RLIMIT_NOFILE, &limit));
        VALUE(fcntl(a, F_DUPFD, 100000));
    }
    IN_CHILD("ten thousand")
    {
        limit.rlim_cur = limit.rlim_max = 20000;
        setrlimit(RLIMIT_NOFILE, &limit);
        int opened = 0;
        for (int i = 0; i < 10000; i++)
            opened += open("file", O_RDONLY) >= 0;
        say("opened %d", opened);
        CHILD("inherits them", _exit(fcntl(9999, F_GETFD) == 0 ? 0 : 1));
        int closed = 0;
        for (int i = 3; i < 10100; i++)
            closed += close(i) == 0;
        say("closed more than 10,000: %d", closed > 10000);
    }
    VALUE(SYS(close_range, 3, 10, 0) == 0 || errno == ENOSYS);
    return 0;
}
