// SPDX-License-Identifier: MIT
// Pipes and fifos: end of file, broken pipes, capacity, atomicity, blocking.
#include "abi.h"

#ifndef F_SETPIPE_SZ
#define F_SETPIPE_SZ 1031
#define F_GETPIPE_SZ 1032
#endif

static char buffer[1 << 20];
static int volatile* shared;
static int volatile caught;

static void on_pipe(int signal)
{
    (void)signal;
    caught++;
}

static long fill(int fd, size_t block)
{
    long total = 0, n;
    while ((n = write(fd, buffer, block)) > 0)
        total += n;
    return total;
}

static void ends_and_errors(void)
{
    int p[2];
    VALUE(SYS(pipe2, p, 0));
    say("%d %d", p[0], p[1]);
    say("flags %#x %#x, close-on-exec %d", fcntl(p[0], F_GETFL), fcntl(p[1], F_GETFL), fcntl(p[0], F_GETFD));
    VALUE(write(p[1], "hello", 5));
    VALUE(read(p[0], buffer, 3));
    VALUE(read(p[0], buffer, 100));
    VALUE(read(p[1], buffer, 1));
    VALUE(write(p[0], buffer, 1));
    VALUE(lseek(p[0], 0, SEEK_SET));
    VALUE(write(p[1], buffer, 0));
    VALUE(fsync(p[1]));
    write(p[1], "last", 4);
    close(p[1]);
    VALUE(read(p[0], buffer, 100));
    VALUE(read(p[0], buffer, 100));
    close(p[0]);
    MUST(pipe(p));
    close(p[0]);
    CHILD("broken pipe", write(p[1], "x", 1); say("survived"));
    handle(SIGPIPE, on_pipe, 0);
    VALUE(write(p[1], "x", 1));
    VALUE(write(p[1], "", 0));
    say("signals %d", caught);
    handle(SIGPIPE, SIG_IGN, 0);
    VALUE(write(p[1], "x", 1));
    close(p[1]);
    VALUE(SYS(pipe2, p, O_CLOEXEC | O_NONBLOCK));
    say("flags %#x, close-on-exec %d", fcntl(p[0], F_GETFL), fcntl(p[1], F_GETFD));
    VALUE(SYS(pipe2, p, O_APPEND));
    VALUE(SYS(pipe2, 1, 0));
    VALUE(SYS(pipe2, NULL, 0));
}

static void capacity(void)
{
    int p[2], n;
    MUST(pipe2(p, O_NONBLOCK));
    VALUE(read(p[0], buffer, 1));
    VALUE(fill(p[1], 4096));
    VALUE(write(p[1], buffer, 1));
    ioctl(p[0], FIONREAD, &n);
    say("waiting to be read: %d", n);
    VALUE(read(p[0], buffer, 100));
    VALUE(write(p[1], buffer, 100));
    VALUE(read(p[0], buffer, 3996));
    VALUE(write(p[1], buffer, 5000));
    VALUE(write(p[1], buffer, 4096));
    VALUE(read(p[0], buffer, sizeof buffer));
    VALUE(write(p[1], buffer, 100000));
    VALUE(read(p[0], buffer, sizeof buffer));
    VALUE(fcntl(p[0], F_GETPIPE_SZ));
    VALUE(fcntl(p[0], F_SETPIPE_SZ, 5000));
    VALUE(fill(p[1], 4096));
    VALUE(fcntl(p[0], F_SETPIPE_SZ, 4096));
    VALUE(read(p[0], buffer, 4096));
    VALUE(fcntl(p[0], F_SETPIPE_SZ, 4096));
    VALUE(read(p[0], buffer, sizeof buffer));
    VALUE(fcntl(p[0], F_SETPIPE_SZ, 1));
    VALUE(fcntl(p[0], F_GETPIPE_SZ));
    VALUE(fcntl(p[0], F_SETPIPE_SZ, 1 << 20));
    VALUE(fill(p[1], 65536));
    VALUE(fcntl(p[0], F_SETPIPE_SZ, -1));
    VALUE(fcntl(p[0], F_SETPIPE_SZ, 0));
    IN_CHILD("as a user, above the maximum")
    {
        become_user();
        VALUE(fcntl(p[0], F_SETPIPE_SZ, 2 << 20));
    }
    VALUE(fcntl(open("/dev/null", O_RDONLY), F_GETPIPE_SZ));
}

// Writers of up to PIPE_BUF bytes never mix.
static void atomicity(void)
{
    enum { writers = 4, records = 200, size = 1000 };
    int p[2];
    MUST(pipe(p));
    for (int w = 0; w < writers; w++)
        if (MUST(fork()) == 0) {
            memset(buffer, 'a' + w, size);
            for (int i = 0; i < records; i++)
                if (write(p[1], buffer, size) != size)
                    _exit(1);
            _exit(0);
        }
    close(p[1]);
    long total = 0, mixed = 0, n;
    static char record[size];
    size_t have = 0;
    while ((n = read(p[0], record + have, size - have)) > 0) {
        have += (size_t)n;
        total += n;
        if (have == size) {
            for (int i = 1; i < size; i++)
                mixed += record[i] != record[0];
            have = 0;
        }
    }
    while (wait(NULL) > 0) { }
    say("%ld bytes, mixed %ld", total, mixed);
}

static void blocking(void)
{
    int p[2];
    MUST(pipe(p));
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        close(p[0]);
        for (unsigned i = 0; i < sizeof buffer; i++)
            buffer[i] = (char)(i * 7);
        shared[1] = (int)write(p[1], buffer, 300000);
        shared[2] = (int)write(p[1], buffer, 5);
        _exit(0);
    }
    close(p[1]);
    sleep_ms(30);
    say("writer still at it: %d", shared[1] == 0);
    long total = 0, n, wrong = 0;
    while ((n = read(p[0], buffer, 7777)) > 0) {
        for (long i = 0; i < n && total + i < 300000; i++)
            wrong += buffer[i] != (char)((total + i) * 7);
        total += n;
    }
    reap("writer", child);
    say("read %ld, wrong %ld, written %d and %d", total, wrong, shared[1], shared[2]);
    // A reader that goes away ends a writer that waits.
    handle(SIGPIPE, SIG_DFL, 0);
    MUST(pipe(p));
    child = (pid_t)MUST(fork());
    if (child == 0) {
        close(p[0]);
        shared[3] = 1;
        shared[4] = (int)write(p[1], buffer, sizeof buffer);
        _exit(0);
    }
    await(&shared[3], 1);
    sleep_ms(20);
    close(p[0]);
    reap("writer without a reader", child);
}

static void fifos(void)
{
    char byte = 0;
    VALUE(mkfifo("fifo", 0644));
    VALUE(mkfifo("fifo", 0644));
    int r = open("fifo", O_RDONLY | O_NONBLOCK);
    CHECK(r);
    VALUE(read(r, &byte, 1));
    int w = open("fifo", O_WRONLY | O_NONBLOCK);
    CHECK(w);
    VALUE(read(r, &byte, 1));
    VALUE(write(w, "q", 1));
    VALUE(read(r, &byte, 1));
    close(w);
    VALUE(read(r, &byte, 1));
    close(r);
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        int fd = open("fifo", O_WRONLY);
        write(fd, "from the writer", 16);
        _exit(0);
    }
    sleep_ms(30);
    int fd = open("fifo", O_RDONLY);
    VALUE(read(fd, buffer, 100));
    say("%s", buffer);
    VALUE(read(fd, buffer, 100));
    reap("writer", child);
    close(fd);
    fd = open("fifo", O_RDWR);
    CHECK(fd);
    VALUE(write(fd, "both", 4));
    VALUE(read(fd, buffer, 100));
    int second = open("fifo", O_RDONLY);
    write(fd, "abc", 3);
    VALUE(read(second, buffer, 2));
    VALUE(read(fd, buffer, 2));
    struct stat s;
    fstat(fd, &s);
    say("fifo %d size %ld", S_ISFIFO(s.st_mode), (long)s.st_size);
}

int main(void)
{
    shared = shared_memory(PAGE);
    ends_and_errors();
    capacity();
    atomicity();
    blocking();
    fifos();
    return 0;
}
