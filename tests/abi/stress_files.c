// SPDX-License-Identifier: MIT
// Ten thousand open files, files in a directory, levels of directories, links, locks and pipes.
#include "abi.h"
#include <sys/file.h>

int main(void)
{
    struct rlimit limit = {20000, 20000};
    MUST(setrlimit(RLIMIT_NOFILE, &limit));
    char name[64];
    IN_CHILD("ten thousand open files")
    {
        int opened = 0;
        for (int i = 0; i < 10000; i++) {
            snprintf(name, sizeof name, "f%d", i);
            int fd = open(name, O_RDWR | O_CREAT, 0600);
            opened += fd >= 0 && write(fd, name, strlen(name)) > 0;
        }
        say("opened %d", opened);
    }
    int right = 0, removed = 0;
    for (int i = 0; i < 10000; i++) {
        char text[16] = "";
        snprintf(name, sizeof name, "f%d", i);
        int fd = open(name, O_RDONLY);
        right += fd >= 0 && read(fd, text, 15) > 0 && strcmp(text, name) == 0;
        close(fd);
        removed += unlink(name) == 0;
    }
    say("right %d, removed %d", right, removed);

    int depth = 0;
    while (depth < 1000 && mkdir("d", 0755) == 0 && chdir("d") == 0)
        depth++;
    say("depth %d", depth);
    char path[8192];
    errno = 0;
    long n = SYS(getcwd, path, sizeof path);
    say("getcwd: %s", n > 0 ? "ok" : error_name(errno));
    for (int i = 0; i < depth; i++) {
        chdir("..");
        rmdir("d");
    }
    say("back: %s", access("d", F_OK) < 0 ? error_name(errno) : "still there");

    close(make_file("one", "x", 0600));
    int links = 0;
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "l%d", i);
        links += link("one", name) == 0;
    }
    struct stat s;
    stat("one", &s);
    say("links %d, counted %d", links, (int)s.st_nlink);
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "l%d", i);
        unlink(name);
    }
    IN_CHILD("pipes until there are no more")
    {
        int ends[2], count = 0;
        while (count < 9000 && pipe(ends) == 0)
            count++;
        say("at least 1000: %d, then %s", count >= 1000, count == 9000 ? "enough" : "an error");
    }
    IN_CHILD("record locks until there are no more")
    {
        int fd = open("one", O_RDWR), count = 0;
        struct flock lock = {.l_type = F_WRLCK, .l_len = 1};
        for (; count < 5000; count++) {
            lock.l_start = count * 2;
            if (fcntl(fd, F_SETLK, &lock) != 0)
                break;
        }
        say("at least 100: %d, then %s", count >= 100,
            count == 5000         ? "enough"
                : errno == ENOLCK ? "ENOLCK"
                                  : error_name(errno));
    }
    IN_CHILD("big writes to everything")
    {
        static char block[1 << 20];
        int fd = open("large", O_RDWR | O_CREAT, 0600), good = 0;
        for (int i = 0; i < 20; i++)
            good += write(fd, block, sizeof block) == sizeof block;
        say("written %d", good);
        unlink("large");
    }
    int fd = open("one", O_RDONLY);
    VALUE(flock(fd, LOCK_EX | LOCK_NB));
    VALUE(unlink("one"));
    return 0;
}
