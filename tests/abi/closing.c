// SPDX-License-Identifier: MIT
// What a program had open is closed when close() returns or wait() tells of its end: pipes have ended, locks
// are free, programs may be written. Also when all of them run on different cores.
#include "abi.h"
#include <sys/file.h>

enum { ROUNDS = 12 };

static char* self;

// Runs this program again as `what`, with `fd` left open.
static pid_t start(char* what, int fd)
{
    char number[12];
    snprintf(number, sizeof number, "%d", fd);
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        execl(self, self, what, number, NULL);
        _exit(98);
    }
    return child;
}

static bool ends(pid_t child)
{
    int status;
    return waitpid(child, &status, 0) == child && status == 0;
}

static int as_program(char const* what, int fd)
{
    if (strcmp(what, "lock") == 0) {
        int file = open("lock", O_RDWR);
        struct flock record = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10};
        return flock(file, LOCK_EX | LOCK_NB) != 0 || fcntl(file, F_SETLK, &record) != 0;
    }
    if (strcmp(what, "write") == 0)
        return write(fd, "x", 1) != 1;
    return 0;
}

static int count_pipes(void)
{
    int good = 0;
    for (int i = 0; i < ROUNDS; i++) {
        int fds[2];
        char c[2];
        MUST(pipe2(fds, O_NONBLOCK));
        pid_t child = start("write", fds[1]);
        close(fds[1]);
        good += ends(child) && read(fds[0], c, 1) == 1 && read(fds[0], c, 1) == 0;
        close(fds[0]);
    }
    return good;
}

static int count_readers_gone(void)
{
    int good = 0;
    for (int i = 0; i < ROUNDS; i++) {
        int fds[2];
        MUST(pipe2(fds, O_NONBLOCK));
        pid_t child = start("nothing", fds[0]);
        close(fds[0]);
        good += ends(child) && write(fds[1], "x", 1) == -1 && errno == EPIPE;
        close(fds[1]);
    }
    return good;
}

static int count_locks(void)
{
    int good = 0, file = make_file("lock", "lock", 0644);
    for (int i = 0; i < ROUNDS; i++) {
        struct flock record = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10};
        good += ends(start("lock", file)) && flock(file, LOCK_EX | LOCK_NB) == 0
            && fcntl(file, F_SETLK, &record) == 0;
        flock(file, LOCK_UN);
        record.l_type = F_UNLCK;
        fcntl(file, F_SETLK, &record);
    }
    return good;
}

static int count_texts(void)
{
    int good = 0;
    char buffer[4096];
    int from = (int)MUST(open(self, O_RDONLY)), to = (int)MUST(open("copy", O_WRONLY | O_CREAT, 0755));
    for (ssize_t n; (n = read(from, buffer, sizeof buffer)) > 0;)
        MUST(write(to, buffer, (size_t)n));
    close(from);
    close(to);
    char* const before = self;
    self = "./copy";
    for (int i = 0; i < ROUNDS; i++) {
        bool const ended = ends(start("nothing", 0));
        int fd = open("copy", O_WRONLY);
        good += ended && fd >= 0;
        close(fd);
    }
    self = before;
    return good;
}

int main(int argc, char** argv)
{
    if (argc == 3)
        return as_program(argv[1], atoi(argv[2]));
    self = realpath("/proc/self/exe", NULL);
    signal(SIGPIPE, SIG_IGN);
    say("pipes that ended: %d of %d", count_pipes(), ROUNDS);
    say("pipes that nobody reads: %d of %d", count_readers_gone(), ROUNDS);
    say("locks that were free: %d of %d", count_locks(), ROUNDS);
    say("programs that could be written: %d of %d", count_texts(), ROUNDS);
    return 0;
}
