// SPDX-License-Identifier: MIT
// utimensat: setting times, now, leaving out, refusals.
#include "abi.h"

static void show(char const* path, int flags)
{
    struct stat s;
    struct timespec now;
    MUST(fstatat(AT_FDCWD, path, &s, flags));
    clock_gettime(CLOCK_REALTIME, &now);
    char atime[40], mtime[40];
    snprintf(atime, sizeof atime, "%ld.%09ld", (long)s.st_atim.tv_sec, s.st_atim.tv_nsec);
    snprintf(mtime, sizeof mtime, "%ld.%09ld", (long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
    say("  accessed %s, modified %s",
        now.tv_sec - s.st_atim.tv_sec < 100 && now.tv_sec >= s.st_atim.tv_sec ? "now" : atime,
        now.tv_sec - s.st_mtim.tv_sec < 100 && now.tv_sec >= s.st_mtim.tv_sec ? "now" : mtime);
}

int main(void)
{
    int fd = make_file("file", "x", 0644);
    symlink("file", "link");
    struct timespec both[2] = {{1000, 123456789}, {2000, 987654321}};
    VALUE(utimensat(AT_FDCWD, "file", both, 0));
    show("file", 0);
    both[0].tv_nsec = UTIME_OMIT;
    both[1].tv_sec = 3000;
    VALUE(utimensat(AT_FDCWD, "file", both, 0));
    show("file", 0);
    both[1].tv_nsec = UTIME_NOW;
    VALUE(utimensat(AT_FDCWD, "file", both, 0));
    show("file", 0);
    both[0] = (struct timespec){-5, 7};
    both[1] = (struct timespec){5000000000, 1};
    VALUE(utimensat(AT_FDCWD, "file", both, 0));
    show("file", 0);
    VALUE(utimensat(AT_FDCWD, "file", NULL, 0));
    show("file", 0);
    both[0] = both[1] = (struct timespec){77, 0};
    VALUE(utimensat(AT_FDCWD, "link", both, AT_SYMLINK_NOFOLLOW));
    show("link", AT_SYMLINK_NOFOLLOW);
    show("file", 0);
    VALUE(futimens(fd, both));
    show("file", 0);
    VALUE(SYS(utimensat, fd, NULL, NULL, 0));
    show("file", 0);
    VALUE(SYS(utimensat, fd, "", both, AT_EMPTY_PATH));
    show("file", 0);
    both[0].tv_nsec = 1000000000;
    VALUE(utimensat(AT_FDCWD, "file", both, 0));
    both[0].tv_nsec = -1;
    VALUE(utimensat(AT_FDCWD, "file", both, 0));
    both[0].tv_nsec = 0;
    VALUE(utimensat(AT_FDCWD, "missing", both, 0));
    VALUE(utimensat(AT_FDCWD, "", both, 0));
    VALUE(utimensat(AT_FDCWD, "file", both, 0x8000));
    VALUE(SYS(utimensat, AT_FDCWD, NULL, both, 0));
    VALUE(SYS(utimensat, 99, NULL, both, 0));
    VALUE(SYS(utimensat, AT_FDCWD, "file", 1, 0));
    VALUE(SYS(utimensat, fd, NULL, both, AT_SYMLINK_NOFOLLOW));
    both[0].tv_nsec = both[1].tv_nsec = UTIME_OMIT;
    VALUE(utimensat(AT_FDCWD, "missing", both, 0));
    IN_CHILD("as a user")
    {
        close(make_file("theirs", NULL, 0666));
        chmod("theirs", 0666);
        close(make_file("closed", NULL, 0644));
        become_user();
        VALUE(utimensat(AT_FDCWD, "theirs", NULL, 0));
        VALUE(utimensat(AT_FDCWD, "closed", NULL, 0));
        both[0] = both[1] = (struct timespec){5, 0};
        VALUE(utimensat(AT_FDCWD, "theirs", both, 0));
        both[0].tv_nsec = UTIME_NOW;
        both[1].tv_nsec = UTIME_OMIT;
        VALUE(utimensat(AT_FDCWD, "theirs", both, 0));
        both[1].tv_nsec = UTIME_NOW;
        VALUE(utimensat(AT_FDCWD, "theirs", both, 0));
        both[0].tv_nsec = both[1].tv_nsec = UTIME_OMIT;
        VALUE(utimensat(AT_FDCWD, "closed", both, 0));
    }
    return 0;
}
