// SPDX-License-Identifier: MIT
// fcntl's record locks: ranges, owners, splitting, deadlock, release.
#include "abi.h"

static char const* set(int fd, int type, long start, long length, int command)
{
    struct flock lock = {.l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(fd, command, &lock) == 0 ? "ok" : error_name(errno);
}

static void get(int fd, int type, long start, long length, pid_t owner)
{
    struct flock lock = {.l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    int r = fcntl(fd, F_GETLK, &lock);
    if (r != 0)
        say("  get: %s", error_name(errno));
    else if (lock.l_type == F_UNLCK)
        say("  %ld+%ld is free", start, length);
    else
        say("  %ld+%ld: %s lock at %ld+%ld, owner %s", start, length,
            lock.l_type == F_WRLCK ? "write" : "read", (long)lock.l_start, (long)lock.l_len,
            lock.l_pid == owner ? "right" : "other");
}

int main(void)
{
    int fd = make_file("file", "0123456789", 0644);
    int volatile* shared = shared_memory(PAGE);
    pid_t me = getpid();
    say("write 10+10: %s", set(fd, F_WRLCK, 10, 10, F_SETLK));
    get(fd, F_WRLCK, 0, 0, me);
    IN_CHILD("another process")
    {
        get(fd, F_WRLCK, 0, 0, me);
        get(fd, F_RDLCK, 0, 10, me);
        get(fd, F_RDLCK, 19, 1, me);
        say("read 15+1: %s", set(fd, F_RDLCK, 15, 1, F_SETLK));
        say("write 20+5: %s", set(fd, F_WRLCK, 20, 5, F_SETLK));
        say("write 0+10: %s", set(fd, F_WRLCK, 0, 10, F_SETLK));
        say("unlock of what is not ours: %s", set(fd, F_UNLCK, 10, 10, F_SETLK));
    }
    say("read in the middle 13+2: %s", set(fd, F_RDLCK, 13, 2, F_SETLK));
    say("unlock 17+1: %s", set(fd, F_UNLCK, 17, 1, F_SETLK));
    IN_CHILD("sees the pieces")
    {
        get(fd, F_WRLCK, 10, 1, me);
        get(fd, F_WRLCK, 13, 1, me);
        get(fd, F_RDLCK, 13, 2, me);
        get(fd, F_WRLCK, 15, 10, me);
        get(fd, F_WRLCK, 17, 1, me);
        get(fd, F_WRLCK, 18, 0, me);
        say("not inherited, write 11+1: %s", set(fd, F_WRLCK, 11, 1, F_SETLK));
    }
    say("to the end 100+0: %s", set(fd, F_WRLCK, 100, 0, F_SETLK));
    say("backwards 50-10: %s", set(fd, F_WRLCK, 50, -10, F_SETLK));
    IN_CHILD("sees them")
    {
        get(fd, F_WRLCK, 1000000, 1, me);
        get(fd, F_WRLCK, 45, 1, me);
        get(fd, F_WRLCK, 50, 1, me);
    }
    int second = open("file", O_RDWR);
    close(second);
    CHILD("closing any descriptor released all", get(fd, F_WRLCK, 0, 0, me));

    say("write 0+1: %s", set(fd, F_WRLCK, 0, 1, F_SETLK));
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        say("child, write 1+1: %s", set(fd, F_WRLCK, 1, 1, F_SETLK));
        shared[0] = 1;
        char const* got = set(fd, F_WRLCK, 0, 1, F_SETLKW);
        await(&shared[2], 1); // the parent speaks first
        say("child waits for 0+1: %s", got);
        _exit(0);
    }
    await(&shared[0], 1);
    sleep_ms(40);
    say("the second wait would be a deadlock: %s", set(fd, F_WRLCK, 1, 1, F_SETLKW));
    say("unlock: %s", set(fd, F_UNLCK, 0, 0, F_SETLK));
    shared[2] = 1;
    reap("waiter", child);
    child = (pid_t)MUST(fork());
    if (child == 0) {
        set(fd, F_WRLCK, 5, 5, F_SETLK);
        shared[1] = 1;
        for (;;)
            pause();
    }
    await(&shared[1], 1);
    get(fd, F_RDLCK, 0, 0, child);
    kill(child, SIGKILL);
    reap("owner", child);
    get(fd, F_RDLCK, 0, 0, child);
    int r = open("file", O_RDONLY), w = open("file", O_WRONLY);
    say("write lock on a reader: %s", set(r, F_WRLCK, 0, 1, F_SETLK));
    say("read lock on a writer: %s", set(w, F_RDLCK, 0, 1, F_SETLK));
    say("bad type: %s", set(fd, 77, 0, 1, F_SETLK));
    say("negative start: %s", set(fd, F_WRLCK, -1, 1, F_SETLK));
    say("bad descriptor: %s", set(99, F_WRLCK, 0, 1, F_SETLK));
    VALUE(fcntl(fd, F_SETLK, 1));
    struct flock lock = {.l_type = F_WRLCK, .l_whence = 9};
    VALUE(fcntl(fd, F_SETLK, &lock));
    int ends[2];
    MUST(pipe(ends));
    say("on a pipe: %s", set(ends[1], F_WRLCK, 0, 1, F_SETLK));
    return 0;
}
