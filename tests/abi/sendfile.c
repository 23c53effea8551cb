// SPDX-License-Identifier: MIT
// sendfile: from files to files and pipes, with and without an offset.
#include "abi.h"
#include <sys/sendfile.h>
#include <sys/wait.h>

// More than a pipe holds, to a reader who makes room bit by bit.
static void more_than_fits(int in, char const* data, size_t size)
{
    static char back[200000];
    int ends[2], status = -1;
    MUST(pipe(ends));
    lseek(in, 0, SEEK_SET);
    VALUE(sendfile(ends[1], in, NULL, size)); // what fits
    pid_t const child = fork();
    if (child == 0) {
        close(ends[0]);
        size_t left = size - 65536;
        for (ssize_t n; left != 0 && (n = sendfile(ends[1], in, NULL, left)) > 0;)
            left -= (size_t)n;
        _exit(left == 0 ? 0 : 1);
    }
    close(ends[1]);
    size_t got = 0;
    for (ssize_t n; got < sizeof back && (n = read(ends[0], back + got, 5000)) > 0;)
        got += (size_t)n;
    close(ends[0]);
    MUST(waitpid(child, &status, 0) == child ? 0 : -1);
    say("%zu bytes of %zu, in at %ld", got, size, (long)lseek(in, 0, SEEK_CUR));
    IS(memcmp(back, data, size) == 0);
    IS(status == 0);
}

int main(void)
{
    static char data[100000], back[100000];
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 13 >> 2);
    int in = make_file("in", NULL, 0644), out = make_file("out", NULL, 0644), ends[2];
    MUST(write(in, data, sizeof data));
    MUST(pipe2(ends, O_NONBLOCK));
    off_t offset = 10;
    VALUE(SYS(sendfile, out, in, &offset, 1000));
    say("offset %ld, in at %ld, out at %ld", (long)offset, (long)lseek(in, 0, SEEK_CUR),
        (long)lseek(out, 0, SEEK_CUR));
    lseek(in, 0, SEEK_SET);
    VALUE(SYS(sendfile, out, in, NULL, 200000));
    say("in at %ld, out at %ld", (long)lseek(in, 0, SEEK_CUR), (long)lseek(out, 0, SEEK_CUR));
    pread(out, back, 1000, 0);
    IS(memcmp(back, data + 10, 1000) == 0);
    VALUE(pread(out, back, sizeof back, 1000));
    IS(memcmp(back, data, sizeof back) == 0);
    VALUE(SYS(sendfile, out, in, NULL, 10));
    offset = 0;
    VALUE(SYS(sendfile, ends[1], in, &offset, sizeof data));
    say("offset %ld", (long)offset);
    VALUE(SYS(sendfile, ends[1], in, &offset, 1));
    VALUE(read(ends[0], back, sizeof back));
    IS(memcmp(back, data, 65536) == 0);
    write(ends[1], "x", 1);
    CHECK(SYS(sendfile, out, ends[0], NULL, 1) == 1 || errno == EINVAL ? 0 : -1);
    more_than_fits(in, data, sizeof data);
    int append = open("out", O_WRONLY | O_APPEND), w = open("in", O_WRONLY),
        null = open("/dev/null", O_WRONLY);
    offset = 0;
    VALUE(SYS(sendfile, append, in, &offset, 10));
    VALUE(SYS(sendfile, out, w, &offset, 10));
    VALUE(SYS(sendfile, w, w, &offset, 10));
    VALUE(SYS(sendfile, open("out", O_RDONLY), in, &offset, 10));
    VALUE(SYS(sendfile, 99, in, &offset, 10));
    VALUE(SYS(sendfile, out, 99, &offset, 10));
    VALUE(SYS(sendfile, out, in, 1, 10));
    VALUE(SYS(sendfile, out, in, &offset, 0));
    offset = -1;
    VALUE(SYS(sendfile, out, in, &offset, 10));
    offset = 99995;
    VALUE(SYS(sendfile, out, in, &offset, 10));
    VALUE(SYS(sendfile, null, in, &offset, 10));
    offset = 0;
    VALUE(SYS(sendfile, null, in, &offset, SSIZE_MAX));
    offset = 50;
    VALUE(SYS(sendfile, null, open("/dev/zero", O_RDONLY), NULL, 100000));
    VALUE(SYS(sendfile, out, open(".", O_RDONLY), NULL, 10));
    return 0;
}
