// SPDX-License-Identifier: MIT
// O_TMPFILE: a file without a name, and giving it one.
#include "abi.h"

int main(void)
{
    int fd = open(".", O_TMPFILE | O_RDWR, 0640);
    CHECK(fd);
    struct stat s;
    fstat(fd, &s);
    say("links %d mode %o", (int)s.st_nlink, s.st_mode);
    VALUE(write(fd, "unnamed", 7));
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    VALUE(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
    fstat(fd, &s);
    say("links %d", (int)s.st_nlink);
    close(fd);
    char text[16] = "";
    fd = open("named", O_RDONLY);
    VALUE(read(fd, text, sizeof text));
    say("%s", text);
    fd = open(".", O_TMPFILE | O_WRONLY | O_EXCL, 0600);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    VALUE(linkat(AT_FDCWD, path, AT_FDCWD, "never", AT_SYMLINK_FOLLOW));
    VALUE(linkat(fd, "", AT_FDCWD, "never", AT_EMPTY_PATH));
    return 0;
}
