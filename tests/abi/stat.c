// SPDX-License-Identifier: MIT
// stat, statx, statfs, mknod: what they say of each kind of file.
#include "abi.h"
#include <sys/statfs.h>
#include <sys/sysmacros.h>

static void show(char const* path, int flags)
{
    struct stat s;
    memset(&s, 0xff, sizeof s);
    if (SYS(newfstatat, AT_FDCWD, path, &s, flags) != 0) {
        say("%s: %s", path, error_name(errno));
        return;
    }
    say("%s: mode %o uid %d gid %d links %d rdev %u:%u size %ld blksize %ld blocks %ld", path, s.st_mode,
        s.st_uid, s.st_gid, S_ISDIR(s.st_mode) ? 0 : (int)s.st_nlink, major(s.st_rdev), minor(s.st_rdev),
        S_ISDIR(s.st_mode) ? 0 : (long)s.st_size, (long)s.st_blksize, (long)s.st_blocks);
}

static void kinds(void)
{
    close(make_file("file", "hello", 0640));
    mkdir("dir", 0711);
    symlink("file", "link");
    mkfifo("fifo", 0600);
    VALUE(mknod("char", S_IFCHR | 0600, makedev(1, 3)));
    VALUE(mknod("wide", S_IFCHR | 0600, makedev(300, 70000)));
    VALUE(mknod("block", S_IFBLK | 0600, makedev(7, 1)));
    VALUE(mknod("regular", S_IFREG | 0600, 0));
    VALUE(mknod("plain", 0644, 0));
    VALUE(mknod("directory", S_IFDIR | 0755, 0));
    VALUE(mknod("symlink", S_IFLNK | 0755, 0));
    VALUE(mknod("file", S_IFREG | 0600, 0));
    VALUE(mknod("no/where", S_IFREG | 0600, 0));
    VALUE(mknod("bad", 0170000, 0));
    char const* const paths[]
        = {"file", "dir", "link", "fifo", "char", "wide", "block", "regular", "plain", "missing", "", "file/",
            "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/console"};
    for (unsigned i = 0; i < COUNT(paths); i++)
        show(paths[i], 0);
    show("link", AT_SYMLINK_NOFOLLOW);
    show("file", AT_NO_AUTOMOUNT);
    show("file", 0x40000);
}

static void descriptors(void)
{
    struct stat s, t;
    int fd = open("file", O_RDONLY), ends[2];
    VALUE(fstat(fd, &s));
    VALUE(SYS(newfstatat, fd, "", &t, AT_EMPTY_PATH));
    say("the same inode: %d", s.st_ino == t.st_ino && s.st_dev == t.st_dev);
    VALUE(SYS(newfstatat, fd, "", &t, 0));
    VALUE(SYS(newfstatat, AT_FDCWD, "", &t, AT_EMPTY_PATH));
    say("directory: %d", S_ISDIR(t.st_mode));
    VALUE(SYS(newfstatat, 99, "file", &t, 0));
    VALUE(SYS(newfstatat, fd, "file", &t, 0));
    VALUE(SYS(fstat, 99, &t));
    MUST(pipe(ends));
    VALUE(fstat(ends[0], &s));
    say("pipe: mode %o size %ld links %d blksize %ld", s.st_mode, (long)s.st_size, (int)s.st_nlink,
        (long)s.st_blksize);
    VALUE(SYS(fstat, fd, 1));
}

static void extended(void)
{
    struct statx x;
    memset(&x, 0xff, sizeof x);
    VALUE(statx(AT_FDCWD, "file", 0, STATX_BASIC_STATS, &x));
    say("mask has all basic: %d, mode %o uid %d links %d size %lld",
        (x.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS, x.stx_mode, x.stx_uid, x.stx_nlink,
        (long long)x.stx_size);
    VALUE(statx(AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW, STATX_TYPE, &x));
    say("type %o", x.stx_mode & S_IFMT);
    VALUE(statx(AT_FDCWD, "/dev/zero", 0, STATX_BASIC_STATS, &x));
    say("rdev %u:%u", x.stx_rdev_major, x.stx_rdev_minor);
    VALUE(statx(AT_FDCWD, "missing", 0, STATX_ALL, &x));
    VALUE(statx(AT_FDCWD, "file", 0x80000, STATX_ALL, &x));
    VALUE(statx(AT_FDCWD, "file", AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC, STATX_ALL, &x));
    VALUE(statx(AT_FDCWD, "file", 0, 0x80000000, &x));
    VALUE(statx(open("file", O_RDONLY), "", AT_EMPTY_PATH, STATX_SIZE, &x));
    VALUE(SYS(statx, AT_FDCWD, "file", 0, STATX_ALL, 1));
}

static long at(struct timespec t)
{
    return t.tv_sec * 1000000000 + t.tv_nsec;
}

// Which of the three times a step moves.
static void times(void)
{
    struct stat before, after;
    int fd = make_file("timed", "0123456789", 0644);
    char byte;
    mkdir("timedir", 0755);
    static char const* const steps[] = {"write", "chmod", "read", "link", "rename", "truncate same size",
        "truncate", "write nothing", "unlink"};
    for (unsigned i = 0; i < COUNT(steps); i++) {
        MUST(fstat(fd, &before));
        sleep_ms(12);
        switch (i) {
        case 0:
            pwrite(fd, "x", 1, 0);
            break;
        case 1:
            fchmod(fd, 0600);
            break;
        case 2:
            pread(fd, &byte, 1, 0);
            break;
        case 3:
            link("timed", "timed2");
            break;
        case 4:
            rename("timed2", "timed3");
            break;
        case 5:
            ftruncate(fd, 10);
            break;
        case 6:
            ftruncate(fd, 3);
            break;
        case 7:
            pwrite(fd, "x", 0, 0);
            break;
        case 8:
            unlink("timed3");
            break;
        }
        MUST(fstat(fd, &after));
        say("%s: mtime %s, ctime %s", steps[i], at(after.st_mtim) > at(before.st_mtim) ? "moves" : "stays",
            at(after.st_ctim) > at(before.st_ctim) ? "moves" : "stays");
    }
    stat("timedir", &before);
    sleep_ms(12);
    close(make_file("timedir/new", NULL, 0644));
    stat("timedir", &after);
    say("new entry: mtime %s, ctime %s", at(after.st_mtim) > at(before.st_mtim) ? "moves" : "stays",
        at(after.st_ctim) > at(before.st_ctim) ? "moves" : "stays");
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    say("times are of today: %d",
        now.tv_sec - after.st_mtim.tv_sec >= 0 && now.tv_sec - after.st_mtim.tv_sec < 100);
}

static void systems(void)
{
    struct statfs f;
    VALUE(statfs(".", &f));
    say("type %#lx, name length %ld, block size %ld", (long)f.f_type, (long)f.f_namelen, (long)f.f_bsize);
    VALUE(statfs("/proc", &f));
    say("type %#lx", (long)f.f_type);
    VALUE(fstatfs(open("file", O_RDONLY), &f));
    say("type %#lx", (long)f.f_type);
    VALUE(statfs("missing", &f));
    VALUE(statfs("", &f));
    VALUE(fstatfs(99, &f));
    VALUE(statfs(".", (struct statfs*)1));
    int ends[2];
    MUST(pipe(ends));
    VALUE(fstatfs(ends[0], &f));
    say("type %#lx", (long)f.f_type);
}

int main(void)
{
    kinds();
    descriptors();
    extended();
    times();
    systems();
    IN_CHILD("as a user")
    {
        become_user();
        chdir("/tmp");
        VALUE(mknod("stat-char", S_IFCHR | 0600, makedev(1, 3)));
        VALUE(mknod("stat-fifo", S_IFIFO | 0600, 0));
        VALUE(unlink("stat-fifo"));
    }
    return 0;
}
