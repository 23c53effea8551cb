// SPDX-License-Identifier: MIT
// eventfd: the count, its limit, semaphores, who waits, readiness, what its descriptor is.
#include "abi.h"
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/vfs.h>

static void put(int fd, uint64_t value)
{
    errno = 0;
    long n = write(fd, &value, 8);
    say("write %#llx: %ld %s", (unsigned long long)value, n, n < 0 ? error_name(errno) : "");
}

static void get(int fd)
{
    uint64_t value = 77;
    errno = 0;
    long n = read(fd, &value, 8);
    say("read: %ld %#llx %s", n, (unsigned long long)value, n < 0 ? error_name(errno) : "");
}

static void ready(int fd)
{
    struct pollfd p = {fd, POLLIN | POLLOUT | POLLPRI | POLLRDNORM | POLLWRNORM, 0};
    int n = poll(&p, 1, 0);
    say("poll: %d %#x", n, p.revents);
}

static void creating(void)
{
    VALUE(SYS(eventfd2, 0, 2));
    VALUE(SYS(eventfd2, 0, -1));
    VALUE(SYS(eventfd2, 0, 02000000 | 04000 | 1 | 0x8000));
    int fd = (int)MUST(SYS(eventfd2, 0x1ffffffffull, O_NONBLOCK | O_CLOEXEC)); // the count is 32 bits wide
    get(fd);
    VALUE(fcntl(fd, F_GETFL));
    VALUE(fcntl(fd, F_GETFD));
    close(fd);
    fd = (int)MUST(eventfd(3, 0));
    VALUE(fcntl(fd, F_GETFL));
    VALUE(fcntl(fd, F_GETFD));
    VALUE(fcntl(fd, F_SETFL, O_NONBLOCK));
    VALUE(fcntl(fd, F_GETFL));
    get(fd);
    get(fd);
    close(fd);
}

static void counting(void)
{
    int fd = (int)MUST(eventfd(0, EFD_NONBLOCK));
    ready(fd);
    get(fd);
    put(fd, 1);
    put(fd, 41);
    ready(fd);
    get(fd);
    get(fd);
    put(fd, 0);
    ready(fd);
    put(fd, ~0ull);
    put(fd, ~0ull - 1);
    ready(fd);
    put(fd, 0);
    put(fd, 1);
    get(fd);
    put(fd, ~0ull - 2);
    ready(fd);
    put(fd, 2);
    put(fd, 1);
    put(fd, 1);
    get(fd);
    close(fd);
    fd = (int)MUST(eventfd(3, EFD_NONBLOCK | EFD_SEMAPHORE));
    put(fd, 2);
    for (int i = 0; i < 6; i++)
        get(fd);
    put(fd, ~0ull - 1);
    put(fd, 1);
    get(fd);
    put(fd, 1);
    close(fd);
}

static void lengths(void)
{
    int fd = (int)MUST(eventfd(5, EFD_NONBLOCK));
    uint64_t v[4] = {1, 2, 3, 4};
    char bytes[64] = {0};
    VALUE(read(fd, v, 7));
    VALUE(read(fd, v, 0));
    VALUE(read(fd, v, 32));
    say("%llu %llu", (unsigned long long)v[0], (unsigned long long)v[1]);
    VALUE(read(fd, v, 7));
    VALUE(write(fd, v, 7));
    VALUE(write(fd, v, 0));
    v[0] = 6;
    VALUE(write(fd, v, 32));
    get(fd);
    VALUE(write(fd, NULL, 8));
    VALUE(write(fd, (void*)1, 7));
    VALUE(write(fd, (void*)-8, 8));
    VALUE(write(fd, bytes, 1ul << 62));
    get(fd);
    put(fd, 9);
    VALUE(read(fd, (void*)-8, 8));
    get(fd);
    // Pieces: a read fills them in turn, each one written is a call of its own.
    struct iovec parts[3] = {{bytes, 3}, {bytes + 8, 2}, {bytes + 16, 3}};
    put(fd, 0x0807060504030201);
    VALUE(readv(fd, parts, 3));
    say("%d %d %d %d %d %d %d %d", bytes[0], bytes[1], bytes[2], bytes[8], bytes[9], bytes[16], bytes[17],
        bytes[18]);
    put(fd, 7);
    VALUE(readv(fd, parts, 2));
    VALUE(writev(fd, parts, 3));
    get(fd);
    v[0] = 10, v[1] = 20, v[2] = 30;
    struct iovec whole[3] = {{v, 8}, {v + 1, 8}, {v + 2, 8}};
    VALUE(writev(fd, whole, 3));
    get(fd);
    whole[1].iov_len = 7;
    VALUE(writev(fd, whole, 3));
    get(fd);
    whole[0].iov_len = 16;
    VALUE(writev(fd, whole, 3));
    get(fd);
    close(fd);
}

static void descriptor(void)
{
    int fd = (int)MUST(eventfd(0x2a, 0));
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    long n = readlink(path, text, sizeof text - 1);
    text[n > 0 ? n : 0] = 0;
    say("%ld %s", n, text);
    struct stat s;
    MUST(fstat(fd, &s));
    say("mode %o links %ld uid %d size %ld blocks %ld block size %ld rdev %ld", s.st_mode, (long)s.st_nlink,
        s.st_uid, s.st_size, s.st_blocks, (long)s.st_blksize, (long)s.st_rdev);
    int other = (int)MUST(eventfd(0, 0));
    struct stat t;
    fstat(other, &t);
    IS(s.st_ino == t.st_ino && s.st_dev == t.st_dev);
    struct statfs f;
    MUST(fstatfs(fd, &f));
    say("%lx %ld %ld %ld", (long)f.f_type, (long)f.f_bsize, (long)f.f_namelen, (long)f.f_blocks);
    VALUE(lseek(fd, 0, SEEK_SET));
    VALUE(lseek(fd, 100, SEEK_CUR));
    VALUE(lseek(fd, -5, SEEK_END));
    VALUE(pread(fd, text, 8, 0));
    VALUE(pwrite(fd, text, 8, 0));
    VALUE(ftruncate(fd, 0));
    VALUE(fsync(fd));
    VALUE(fallocate(fd, 0, 0, 10));
    VALUE(ioctl(fd, FIONREAD, text));
    VALUE(ioctl(fd, TCGETS, text));
    VALUE(SYS(getdents64, fd, text, 100));
    VALUE(fchdir(fd));
    VALUE(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
    say("%s", error_name(errno));
    VALUE(open(path, O_RDWR));
    VALUE(flock(fd, LOCK_EX | LOCK_NB));
    VALUE(flock(other, LOCK_EX | LOCK_NB)); // one inode for all
    VALUE(flock(fd, LOCK_UN));
    show_fdinfo(fd, "eventfd-id");
    close(fd);
    close(other);
}

static int shared_fd;
static int volatile* step;

static void* reading(void* argument)
{
    (void)argument;
    uint64_t value = 0;
    long n = read(shared_fd, &value, 8);
    __atomic_add_fetch(step, 1, __ATOMIC_SEQ_CST);
    return (void*)(n == 8 ? value : 0);
}

static void waiting(void)
{
    shared_fd = (int)MUST(eventfd(0, 0));
    pthread_t t[3];
    void* result;
    pthread_create(&t[0], NULL, reading, NULL);
    sleep_ms(20);
    put(shared_fd, 0); // wakes, and is no event
    sleep_ms(20);
    IS(*step == 0);
    put(shared_fd, 12);
    pthread_join(t[0], &result);
    say("the reader got %ld", (long)result);
    close(shared_fd);
    shared_fd = (int)MUST(eventfd(0, EFD_SEMAPHORE));
    for (int i = 0; i < 3; i++)
        pthread_create(&t[i], NULL, reading, NULL);
    sleep_ms(20);
    *step = 0;
    put(shared_fd, 2);
    sleep_ms(30);
    say("through: %d", *step);
    put(shared_fd, 1);
    for (int i = 0; i < 3; i++)
        pthread_join(t[i], NULL);
    say("through: %d", *step);
    close(shared_fd);
}

static void full(void)
{
    int fd = (int)MUST(eventfd(0, 0)), done = (int)MUST(eventfd(0, 0));
    put(fd, ~0ull - 1);
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        uint64_t five = 5, one = 1;
        if (write(fd, &five, 8) != 8 || write(done, &one, 8) != 8)
            _exit(1);
        _exit(0);
    }
    sleep_ms(30);
    ready(done);
    get(fd);
    reap("writer", child);
    get(done);
    get(fd);
    // The description outlives its maker, and a program that is executed does not get it.
    child = (pid_t)MUST(fork());
    if (child == 0) {
        close(fd);
        int copy = dup(done);
        close(done);
        put(copy, 6);
        _exit(0);
    }
    reap("other writer", child);
    get(done);
    close(fd);
    close(done);
}

static void nothing(int signal)
{
    (void)signal;
}

static void signals(void)
{
    for (int restart = 0; restart < 2; restart++) {
        int fd = (int)MUST(eventfd(0, 0));
        handle(SIGALRM, nothing, restart ? SA_RESTART : 0);
        pid_t child = (pid_t)MUST(fork());
        if (child == 0) {
            uint64_t three = 3;
            sleep_ms(80);
            _exit(write(fd, &three, 8) != 8); // who says something first is not sure
        }
        struct itimerval t = {{0, 0}, {0, 30000}};
        setitimer(ITIMER_REAL, &t, NULL);
        get(fd);
        reap("writer", child);
        close(fd);
    }
    int fd = (int)MUST(eventfd(0, 0));
    put(fd, ~0ull - 1);
    handle(SIGALRM, nothing, 0);
    struct itimerval t = {{0, 0}, {0, 30000}};
    setitimer(ITIMER_REAL, &t, NULL);
    put(fd, 3);
    close(fd);
}

// A thread that waits keeps the file, whatever becomes of its number.
static void closed_meanwhile(void)
{
    shared_fd = (int)MUST(eventfd(0, 0));
    int other = dup(shared_fd);
    pthread_t t;
    void* result;
    pthread_create(&t, NULL, reading, NULL);
    sleep_ms(20);
    close(shared_fd);
    put(other, 8);
    pthread_join(t, &result);
    say("the reader got %ld", (long)result);
    close(other);
}

int main(void)
{
    step = shared_memory(PAGE);
    creating();
    counting();
    lengths();
    descriptor();
    waiting();
    full();
    signals();
    closed_meanwhile();
    return 0;
}
