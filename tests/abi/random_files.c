// SPDX-License-Identifier: MIT
// Random reads, writes, seeks, duplicates, pipes and flags on a dozen descriptors: what every call answers,
// the bytes it brings, and what poll says afterwards.
#include "random.h"
#include <sys/sendfile.h>

enum { lowest = 10, count = 12 };
static char buffer[9000];

static int any(void)
{
    return lowest + (int)choose(count);
}

static unsigned sum(long n)
{
    unsigned s = 0;
    for (long i = 0; i < n; i++)
        s = s * 31 + (unsigned char)buffer[i];
    return s;
}

static void fill(long n)
{
    unsigned x = choose(1000);
    for (long i = 0; i < n; i++)
        buffer[i] = (char)(x + (unsigned)i * 7);
}

static long size(void)
{
    static int const sizes[] = {0, 1, 10, 100, 1000, 4095, 4096, 4097, 8192};
    return ONE_OF(sizes);
}

// How much of n bytes may go to the file; -1 if it is a pipe that has more than `most` already.
static long room(int fd, long n, int most)
{
    struct stat s;
    int left = 0;
    if (fstat(fd, &s) != 0 || !S_ISFIFO(s.st_mode))
        return n;
    ioctl(fd, FIONREAD, &left);
    return left > most ? -1 : n % 1000;
}

static char const* outcome(long r, int error)
{
    static char text[32];
    if (r < 0)
        return error_name(error);
    snprintf(text, sizeof text, "%ld", r);
    return text;
}

static void place(int fd) // a new descriptor goes to one of ours, O_CLOEXEC or not
{
    if (fd < 0)
        return;
    int to = any();
    dup3(fd, to, choose(4) ? 0 : O_CLOEXEC);
    say("  as %d", to);
    close(fd);
}

static void open_one(void)
{
    static int const flags[] = {O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_APPEND, O_WRONLY | O_TRUNC};
    static char const* const names[] = {"f", "g", "h", "/dev/null", "/dev/zero", "/dev/full", ".", "fifo"};
    int how = ONE_OF(flags), fd;
    char const* name = ONE_OF(names);
    fd = open(name, how | O_NONBLOCK | (name[0] == 'f' ? O_CREAT : 0), 0644);
    say("open %s %#x: %s", name, how, fd < 0 ? error_name(errno) : "ok");
    place(fd);
}

static void vector(int fd, bool out, long n)
{
    struct iovec parts[3]
        = {{buffer, (size_t)n / 3}, {buffer + n / 3, 0}, {buffer + n / 3, (size_t)(n - n / 3)}};
    long r = out ? writev(fd, parts, 3) : readv(fd, parts, 3);
    say("%s %d %ld: %s %x", out ? "writev" : "readv", fd, n, outcome(r, errno), out ? 0 : sum(r));
}

static void one(void)
{
    static int const commands[] = {F_GETFD, F_GETFL, F_SETFL, F_SETFD, F_GETPIPE_SZ, F_SETPIPE_SZ};
    static int const arguments[] = {0, 1, O_APPEND, O_NONBLOCK, O_NONBLOCK | O_APPEND, 16384, 8192, 5000};
    int fd = any(), other = any(), ends[2], whence = (int)choose(6), command, argument;
    long n = size(), r, offset = (long)choose(12000) - 500;
    errno = 0;
    switch (choose(18)) {
    case 0:
    case 1:
        return open_one();
    case 2:
        r = pipe2(ends, O_NONBLOCK);
        say("pipe: %ld", r);
        place(ends[0]);
        return place(ends[1]);
    case 3:
    case 4:
    case 5:
        if ((n = room(fd, n, 1000)) < 0)
            return say("no room in %d", fd);
        fill(n);
        r = write(fd, buffer, (size_t)n);
        return say("write %d %ld: %s", fd, n, outcome(r, errno));
    case 6:
    case 7:
        r = read(fd, buffer, (size_t)n);
        return say("read %d %ld: %s %x", fd, n, outcome(r, errno), sum(r));
    case 8:
        r = pread(fd, buffer, (size_t)n, offset);
        return say("pread %d %ld at %ld: %s %x", fd, n, offset, outcome(r, errno), sum(r));
    case 9:
        fill(n);
        r = pwrite(fd, buffer, (size_t)n, offset);
        return say("pwrite %d %ld at %ld: %s", fd, n, offset, outcome(r, errno));
    case 10:
        r = lseek(fd, offset, whence);
        return say("lseek %d %ld %d: %s", fd, offset, whence, outcome(r, errno));
    case 11:
        r = SYS(dup3, fd, other, 0);
        return say("dup3 %d %d: %s", fd, other, outcome(r, errno));
    case 12:
        r = ftruncate(fd, offset);
        return say("ftruncate %d %ld: %s", fd, offset, outcome(r, errno));
    case 13:
        r = choose(3) ? 0 : close(fd);
        return say("close %d: %s", fd, outcome(r, errno));
    case 14:
        command = ONE_OF(commands), argument = ONE_OF(arguments) | O_NONBLOCK;
        r = fcntl(fd, command, command == F_SETPIPE_SZ ? argument & ~O_NONBLOCK : argument);
        return say("fcntl %d %d %d: %s", fd, command, argument, outcome(r, errno));
    case 15:
        if (room(fd, n, -1) < 0)
            return say("no pages into a pipe: it would share them with the file");
        r = sendfile(fd, other, NULL, (size_t)n);
        return say("sendfile %d from %d %ld: %s", fd, other, n, outcome(r, errno));
    case 16:
        if ((n = room(fd, n, 1000)) < 0)
            return say("no room in %d", fd);
        fill(n);
        return vector(fd, choose(2), n);
    default: {
        struct stat s;
        r = fstat(fd, &s);
        return say("fstat %d: %s %o %ld", fd, outcome(r, errno), r ? 0 : s.st_mode,
            r || !S_ISREG(s.st_mode) ? 0 : (long)s.st_size);
    }
    }
}

static void many(int calls)
{
    for (int i = 0; i < calls; i++) {
        one();
        if (i % 20 != 19)
            continue;
        char line[200] = "";
        for (int fd = lowest; fd < lowest + count; fd++) {
            struct pollfd p = {fd, POLLIN | POLLOUT | POLLPRI, 0};
            int left = -1;
            poll(&p, 1, 0);
            ioctl(fd, FIONREAD, &left);
            sprintf(line + strlen(line), " %x/%d/%ld", p.revents, left, (long)lseek(fd, 0, SEEK_CUR));
        }
        say("poll%s", line);
    }
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    mkfifo("fifo", 0644);
    close(make_file("g", "some text in a file", 0644));
    many(1000);
    IN_CHILD("after a fork") many(200);
    many(100);
    return 0;
}
