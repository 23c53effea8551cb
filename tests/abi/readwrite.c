// SPDX-License-Identifier: MIT
// read, write, their vector and positioned forms, lseek, holes.
#include "abi.h"

static char buffer[70000];

static void basics(void)
{
    int fd = make_file("file", "0123456789", 0644);
    VALUE(lseek(fd, 4, SEEK_SET));
    VALUE(read(fd, buffer, 3));
    VALUE(read(fd, buffer, 100));
    VALUE(read(fd, buffer, 100));
    VALUE(lseek(fd, 0, SEEK_CUR));
    VALUE(lseek(fd, -2, SEEK_END));
    VALUE(lseek(fd, 100, SEEK_CUR));
    VALUE(read(fd, buffer, 1));
    VALUE(write(fd, "x", 1));
    VALUE(lseek(fd, 0, SEEK_END));
    VALUE(lseek(fd, -1, SEEK_SET));
    VALUE(lseek(fd, -1000, SEEK_CUR));
    VALUE(lseek(fd, 0, 5));
    VALUE(lseek(fd, LONG_MAX, SEEK_SET));
    VALUE(lseek(fd, 1, SEEK_CUR));
    VALUE(lseek(fd, LONG_MIN, SEEK_END));
    VALUE(lseek(99, 0, SEEK_SET));
    VALUE(read(99, buffer, 1));
    VALUE(write(-1, buffer, 1));
    int r = open("file", O_RDONLY), w = open("file", O_WRONLY);
    VALUE(write(r, "x", 1));
    VALUE(read(w, buffer, 1));
    VALUE(write(r, NULL, 0));
    VALUE(read(w, NULL, 0));
    VALUE(read(r, NULL, 0));
    VALUE(write(w, NULL, 0));
    VALUE(read(r, NULL, 1));
    VALUE(write(w, NULL, 1));
}

static void positioned(void)
{
    int fd = make_file("positioned", "abcdefghij", 0644), ends[2];
    MUST(pipe(ends));
    lseek(fd, 3, SEEK_SET);
    VALUE(pread(fd, buffer, 4, 5));
    say("%.4s", buffer);
    VALUE(pwrite(fd, "XY", 2, 8));
    VALUE(lseek(fd, 0, SEEK_CUR));
    VALUE(pread(fd, buffer, 4, -1));
    VALUE(pwrite(fd, "Z", 1, -1));
    VALUE(pread(fd, buffer, 4, 1000));
    VALUE(pread(ends[0], buffer, 1, 0));
    VALUE(pwrite(ends[1], buffer, 1, 0));
    VALUE(pwrite(fd, "Z", 1, LONG_MAX));
    VALUE(pread(fd, buffer, 10, LONG_MAX - 5));
    VALUE(pwrite(fd, "Z", 1, 20));
    VALUE(pread(fd, buffer, 30, 0));
    say("hole is zero: %d", buffer[10] == 0 && buffer[19] == 0 && buffer[20] == 'Z');
    int append = open("positioned", O_WRONLY | O_APPEND);
    VALUE(pwrite(append, "END", 3, 0));
    VALUE(lseek(append, 0, SEEK_CUR));
    VALUE(write(append, "!", 1));
    VALUE(lseek(append, 0, SEEK_CUR));
    VALUE(pread(fd, buffer, 100, 0));
    say("%.4s ... %.4s", buffer, buffer + 21);
}

static void vectors(void)
{
    int fd = make_file("vectors", NULL, 0644);
    char a[4] = "aaa", b[3] = "bb", c[8] = "ccccccc";
    struct iovec parts[3] = {{a, 3}, {b, 2}, {c, 7}};
    VALUE(writev(fd, parts, 3));
    lseek(fd, 0, SEEK_SET);
    memset(a, 0, 4);
    memset(b, 0, 3);
    memset(c, 0, 8);
    VALUE(readv(fd, parts, 3));
    say("%s %s %s", a, b, c);
    VALUE(preadv(fd, parts, 2, 4));
    say("%s %s", a, b);
    VALUE(pwritev(fd, parts, 2, 10));
    VALUE(preadv(fd, parts, 2, -1));
    VALUE(writev(fd, parts, 0));
    VALUE(readv(fd, parts, 0));
    VALUE(writev(fd, parts, -1));
    VALUE(SYS(writev, fd, parts, 1025));
    VALUE(SYS(readv, fd, NULL, 1));
    VALUE(SYS(readv, fd, 1, 0));
    static struct iovec many[1024];
    for (int i = 0; i < 1024; i++)
        many[i] = (struct iovec){buffer, 1};
    VALUE(writev(fd, many, 1024));
    parts[1].iov_len = (size_t)-1;
    VALUE(writev(fd, parts, 2));
    parts[0].iov_len = parts[1].iov_len = SSIZE_MAX;
    int null = open("/dev/null", O_WRONLY);
    VALUE(writev(null, parts, 1));
    parts[1].iov_len = 3;
    parts[0].iov_len = 3;
    parts[1].iov_base = (void*)1;
    VALUE(lseek(fd, 0, SEEK_SET));
    VALUE(writev(fd, parts, 2));
    VALUE(lseek(fd, 0, SEEK_CUR));
    parts[0].iov_base = (void*)1;
    VALUE(writev(fd, parts, 1));
    parts[0].iov_len = 0;
    parts[1] = (struct iovec){"ok", 2};
    VALUE(writev(fd, parts, 2));
}

static void large(void)
{
    int fd = make_file("large", NULL, 0644);
    for (unsigned i = 0; i < sizeof buffer; i++)
        buffer[i] = (char)(i * 31 >> 3);
    VALUE(pwrite(fd, buffer, sizeof buffer, 1234));
    static char back[sizeof buffer];
    VALUE(pread(fd, back, sizeof back, 1234));
    IS(memcmp(buffer, back, sizeof back) == 0);
    VALUE(pread(fd, back, sizeof back, 60000));
    IS(memcmp(back, buffer + 60000 - 1234, 11234) == 0);
    VALUE(read(fd, back, SSIZE_MAX));
    VALUE(lseek(fd, 0, SEEK_SET));
    VALUE(read(fd, back, (size_t)-1));
    VALUE(pwrite(fd, "end", 3, 5000000000));
    struct stat s;
    fstat(fd, &s);
    say("size %ld, blocks %ld", (long)s.st_size, (long)s.st_blocks);
    VALUE(pread(fd, back, 10, 4999999998));
    VALUE(pread(fd, back, 5, 3000000000));
    say("zero: %d", back[0] == 0);
}

static void holes(void)
{
    int fd = make_file("holes", NULL, 0644);
    pwrite(fd, "a", 1, 0);
    pwrite(fd, "b", 1, 100 * (long)PAGE);
    ftruncate(fd, 200 * (long)PAGE);
    struct stat s;
    fstat(fd, &s);
    say("size %ld blocks %ld", (long)s.st_size, (long)s.st_blocks);
    VALUE(lseek(fd, 0, SEEK_DATA));
    VALUE(lseek(fd, 0, SEEK_HOLE));
    VALUE(lseek(fd, 5000, SEEK_DATA));
    VALUE(lseek(fd, 100 * (long)PAGE + 5, SEEK_HOLE));
    VALUE(lseek(fd, 101 * (long)PAGE, SEEK_DATA));
    VALUE(lseek(fd, 101 * (long)PAGE, SEEK_HOLE));
    VALUE(lseek(fd, 200 * (long)PAGE, SEEK_HOLE));
    VALUE(lseek(fd, 200 * (long)PAGE - 1, SEEK_HOLE));
    VALUE(lseek(fd, -1, SEEK_DATA));
}

static void partial(void)
{
    char* page = private_memory(2 * PAGE);
    munmap(page + PAGE, PAGE);
    memset(page, 'p', PAGE);
    int fd = make_file("partial", NULL, 0644), ends[2];
    VALUE(write(fd, page + PAGE - 10, 20));
    VALUE(lseek(fd, 0, SEEK_CUR));
    pwrite(fd, buffer, 100, 0);
    VALUE(pread(fd, page + PAGE - 10, 20, 0));
    MUST(pipe(ends));
    VALUE(write(ends[1], page + PAGE - 10, 20));
    VALUE(write(ends[1], buffer, 20));
    VALUE(read(ends[0], page + PAGE - 10, 20));
    int left = 0;
    ioctl(ends[0], FIONREAD, &left);
    say("left in the pipe %d", left);
    // Onto itself: reading a file into a mapping of the same file.
    ftruncate(fd, (long)PAGE);
    char* map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    strcpy(map, "itself");
    VALUE(pwrite(fd, map, 7, 100));
    VALUE(pread(fd, map + 200, 7, 0));
    say("%s %s", map + 100, map + 200);
}

int main(void)
{
    basics();
    positioned();
    vectors();
    large();
    holes();
    partial();
    return 0;
}
