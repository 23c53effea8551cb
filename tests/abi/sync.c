// SPDX-License-Identifier: MIT
// sync, fsync, fdatasync.
#include "abi.h"

int main(void)
{
    int fd = make_file("file", "x", 0644), r = open("file", O_RDONLY), ends[2];
    MUST(pipe(ends));
    VALUE(SYS(sync));
    VALUE(fsync(fd));
    VALUE(fdatasync(fd));
    VALUE(fsync(r));
    VALUE(fsync(open(".", O_RDONLY)));
    VALUE(fsync(ends[0]));
    VALUE(fdatasync(ends[1]));
    VALUE(fsync(99));
    VALUE(fdatasync(-1));
    VALUE(fsync(open("/dev/null", O_RDONLY)));
    return 0;
}
