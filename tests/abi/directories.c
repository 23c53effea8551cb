// SPDX-License-Identifier: MIT
// Directories: making, removing, listing with a cursor, what they count.
#include "abi.h"
#include <dirent.h>

struct entry {
    uint64_t inode;
    int64_t next;
    unsigned short length;
    unsigned char type;
    char name[];
};

static int by_name(void const* a, void const* b)
{
    return strcmp(*(char* const*)a, *(char* const*)b);
}

static void list(char const* path, size_t size)
{
    static char store[200][40];
    static char* names[200];
    char buffer[4096];
    int count = 0, calls = 0, fd = open(path, O_RDONLY | O_DIRECTORY);
    long n;
    while ((n = SYS(getdents64, fd, buffer, size)) > 0) {
        calls++;
        for (long at = 0; at < n && count < 200;) {
            struct entry* e = (struct entry*)(buffer + at);
            snprintf(store[count], 40, "%s/%d", e->name, e->type);
            names[count] = store[count];
            count++;
            at += e->length;
        }
    }
    close(fd);
    qsort(names, (size_t)count, sizeof *names, by_name);
    say("%s: %d entries, more than one call: %d, end %ld %s", path, count, calls > 1, n,
        n < 0 ? error_name(errno) : "");
    if (count < 20)
        for (int i = 0; i < count; i++)
            say("  %s", names[i]);
}

static int links(char const* path)
{
    struct stat s;
    return stat(path, &s) == 0 ? (int)s.st_nlink : -1;
}

static void making(void)
{
    VALUE(mkdir("a", 0777));
    VALUE(mkdir("a", 0777));
    VALUE(mkdir("a/b/c", 0777));
    VALUE(mkdir("a/b/", 0777));
    VALUE(mkdir("a/b/.", 0777));
    VALUE(mkdir("a/b/..", 0777));
    VALUE(mkdir(".", 0777));
    VALUE(mkdir("/", 0777));
    VALUE(mkdir("", 0777));
    close(make_file("file", NULL, 0644));
    VALUE(mkdir("file", 0777));
    VALUE(mkdir("file/x", 0777));
    symlink("nowhere", "dangling");
    VALUE(mkdir("dangling", 0777));
    umask(0);
    VALUE(mkdir("modes", 07777));
    struct stat s;
    stat("modes", &s);
    say("mode %o", s.st_mode);
    umask(022);
    say("links: a %d, a/b %d, modes %d", links("a"), links("a/b"), links("modes"));
    VALUE(mkdir("a/c", 0755));
    say("links of a: %d", links("a"));
    VALUE(rmdir("a/c"));
    say("links of a: %d", links("a"));
}

static void removing(void)
{
    VALUE(rmdir("a"));
    VALUE(unlink("a"));
    VALUE(rmdir("file"));
    VALUE(unlinkat(AT_FDCWD, "file", AT_REMOVEDIR));
    VALUE(unlinkat(AT_FDCWD, "a/b", 0x8000));
    VALUE(rmdir("missing"));
    VALUE(rmdir("a/b/."));
    VALUE(rmdir("a/b/.."));
    VALUE(rmdir("/"));
    VALUE(rmdir(""));
    VALUE(rmdir("/proc"));
    symlink("a", "toa");
    VALUE(rmdir("toa"));
    VALUE(unlink("toa/"));
    VALUE(rmdir("a/b/"));
    int dir = open("a", O_RDONLY);
    VALUE(rmdir("a"));
    struct stat s;
    VALUE(fstat(dir, &s));
    say("links when removed: %d", (int)s.st_nlink);
    VALUE(openat(dir, "x", O_CREAT | O_RDWR, 0600));
    VALUE(mkdirat(dir, "x", 0700));
    char buffer[512];
    VALUE(SYS(getdents64, dir, buffer, sizeof buffer));
    CHECK(openat(dir, "..", O_RDONLY));
    VALUE(unlink("."));
    VALUE(unlink(".."));
    VALUE(unlink("file/"));
    VALUE(unlink("dangling"));
}

static void listing(void)
{
    mkdir("list", 0755);
    close(make_file("list/file", NULL, 0644));
    mkdir("list/dir", 0755);
    symlink("x", "list/link");
    mkfifo("list/fifo", 0644);
    mknod("list/char", S_IFCHR | 0600, 1 << 8 | 3);
    mknod("list/socket", S_IFSOCK | 0600, 0);
    list("list", 4096);
    mkdir("many", 0755);
    for (int i = 0; i < 100; i++) {
        char name[32];
        snprintf(name, sizeof name, "many/entry-%03d", i);
        close(make_file(name, NULL, 0644));
    }
    list("many", 4096);
    list("many", 128);
    list("many", 23);
    list("many", 0);
    int fd = open("many", O_RDONLY);
    char buffer[256], first[256] = "", again[256] = "";
    long n = SYS(getdents64, fd, first, sizeof first);
    long where = lseek(fd, 0, SEEK_CUR);
    SYS(getdents64, fd, buffer, sizeof buffer);
    VALUE(lseek(fd, 0, SEEK_SET));
    memset(first, 0, sizeof first);
    n = SYS(getdents64, fd, first, sizeof first);
    lseek(fd, 0, SEEK_SET);
    long m = SYS(getdents64, fd, again, sizeof again);
    say("from the start the same: %d", n == m && memcmp(first, again, (size_t)n) == 0);
    lseek(fd, where, SEEK_SET);
    SYS(getdents64, fd, again, sizeof again);
    say("from a place the same: %d",
        strcmp(((struct entry*)again)->name, ((struct entry*)buffer)->name) == 0);
    struct entry* e = (struct entry*)first;
    lseek(fd, e->next, SEEK_SET);
    SYS(getdents64, fd, again, sizeof again);
    struct entry* second = (struct entry*)(first + e->length);
    say("from the cursor of an entry: %d", strcmp(((struct entry*)again)->name, second->name) == 0);
    VALUE(SYS(getdents64, fd, buffer, 10));
    VALUE(SYS(getdents64, 99, buffer, 100));
    int file = open("file", O_RDONLY);
    VALUE(SYS(getdents64, file, buffer, 100));
    VALUE(SYS(getdents64, fd, 1, 100));
}

// Names removed while a directory is being read: every name that stays must be seen exactly once.
static void changing(void)
{
    int seen[100] = {0}, fd = open("many", O_RDONLY), removed = 0;
    char buffer[160], path[64];
    long n;
    while ((n = SYS(getdents64, fd, buffer, sizeof buffer)) > 0)
        for (long at = 0; at < n;) {
            struct entry* e = (struct entry*)(buffer + at);
            int i;
            if (sscanf(e->name, "entry-%d", &i) == 1) {
                seen[i]++;
                snprintf(path, sizeof path, "many/%s", e->name);
                removed += unlink(path) == 0;
            }
            at += e->length;
        }
    int once = 0;
    for (int i = 0; i < 100; i++)
        once += seen[i] == 1;
    say("seen once %d, removed %d", once, removed);
    VALUE(rmdir("many"));
}

int main(void)
{
    making();
    removing();
    listing();
    changing();
    return 0;
}
