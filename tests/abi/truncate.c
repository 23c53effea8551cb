// SPDX-License-Identifier: MIT
// truncate and ftruncate: sizes, contents, refusals.
#include "abi.h"

static long size_of(char const* path)
{
    struct stat s;
    return stat(path, &s) == 0 ? (long)s.st_size : -1;
}

int main(void)
{
    int fd = make_file("file", "0123456789", 0644);
    char text[32] = "";
    VALUE(truncate("file", 5));
    VALUE(size_of("file"));
    VALUE(truncate("file", 8));
    VALUE(pread(fd, text, sizeof text, 0));
    say("%.5s, then zeros %d", text, text[5] == 0 && text[7] == 0);
    VALUE(lseek(fd, 0, SEEK_CUR));
    VALUE(ftruncate(fd, 0));
    VALUE(write(fd, "x", 1));
    VALUE(size_of("file"));
    VALUE(ftruncate(fd, 3 * (long)PAGE));
    pwrite(fd, "data", 4, 2 * (long)PAGE);
    VALUE(ftruncate(fd, 2 * (long)PAGE + 2));
    VALUE(ftruncate(fd, 3 * (long)PAGE));
    VALUE(pread(fd, text, 6, 2 * (long)PAGE));
    say("%c%c then zeros %d", text[0], text[1], text[2] == 0 && text[3] == 0);
    VALUE(truncate("file", -1));
    VALUE(ftruncate(fd, -1));
    VALUE(ftruncate(fd, LONG_MAX));
    VALUE(size_of("file") > 0);
    VALUE(ftruncate(fd, 0));
    int r = open("file", O_RDONLY), ends[2];
    MUST(pipe(ends));
    VALUE(ftruncate(r, 0));
    VALUE(ftruncate(99, 0));
    VALUE(ftruncate(ends[1], 0));
    VALUE(truncate("missing", 0));
    VALUE(truncate("file/x", 0));
    VALUE(truncate("", 0));
    VALUE(truncate(NULL, 0));
    mkdir("dir", 0755);
    VALUE(truncate("dir", 0));
    VALUE(truncate("/dev/null", 0));
    mkfifo("fifo", 0644);
    VALUE(truncate("fifo", 0));
    symlink("file", "link");
    VALUE(truncate("link", 77));
    VALUE(size_of("file"));
    IN_CHILD("as a user")
    {
        become_user();
        VALUE(truncate("file", 1));
    }
    IN_CHILD("beyond RLIMIT_FSIZE")
    {
        // The limit holds for the output too: lift it before saying anything.
        struct rlimit limit = {1000, RLIM_INFINITY}, none = {RLIM_INFINITY, RLIM_INFINITY};
        setrlimit(RLIMIT_FSIZE, &limit);
        handle(SIGXFSZ, SIG_IGN, 0);
        long results[4] = {ftruncate(fd, 1001), ftruncate(fd, 1000), pwrite(fd, "12345", 5, 998),
            pwrite(fd, "12345", 5, 1000)};
        int error = errno;
        setrlimit(RLIMIT_FSIZE, &none);
        say("%ld %ld %ld %ld %s", results[0], results[1], results[2], results[3], error_name(error));
        handle(SIGXFSZ, SIG_DFL, 0);
        setrlimit(RLIMIT_FSIZE, &limit);
        pwrite(fd, "12345", 5, 1000);
    }
    return 0;
}
