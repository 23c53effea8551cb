// SPDX-License-Identifier: MIT
// openat: flags, modes, paths, and what each refuses.
#include "abi.h"

static void show_mode(char const* path)
{
    struct stat s;
    if (fstatat(AT_FDCWD, path, &s, AT_SYMLINK_NOFOLLOW) != 0)
        say("%s: %s", path, error_name(errno));
    else
        say("%s: mode %o links %d size %ld", path, s.st_mode, S_ISDIR(s.st_mode) ? 0 : (int)s.st_nlink,
            S_ISDIR(s.st_mode) ? 0 : (long)s.st_size);
}

static void creating(void)
{
    umask(022);
    VALUE(open("new", O_RDWR | O_CREAT, 07777));
    show_mode("new");
    umask(0);
    CHECK(open("wide", O_WRONLY | O_CREAT, 0777));
    show_mode("wide");
    umask(0777);
    CHECK(open("narrow", O_RDWR | O_CREAT, 0777));
    show_mode("narrow");
    umask(022);
    CHECK(open("new", O_CREAT | O_EXCL | O_RDWR, 0600));
    CHECK(open("new2", O_CREAT | O_EXCL | O_RDWR, 0));
    show_mode("new2");
    symlink("nowhere", "dangling");
    CHECK(open("dangling", O_RDONLY));
    CHECK(open("dangling", O_CREAT | O_EXCL | O_RDWR, 0600));
    CHECK(open("dangling", O_CREAT | O_RDWR, 0600));
    show_mode("nowhere");
    CHECK(open("no/such", O_CREAT | O_RDWR, 0600));
    CHECK(open("new/below", O_CREAT | O_RDWR, 0600));
    CHECK(open("trailing/", O_CREAT | O_RDWR, 0600));
    CHECK(open("new/", O_RDONLY));
    CHECK(open("", O_RDONLY));
    CHECK(open("dir", O_CREAT | O_DIRECTORY | O_RDWR, 0700));
    int fd = open("text", O_RDWR | O_CREAT, 0644);
    write(fd, "0123456789", 10);
    CHECK(open("text", O_RDONLY | O_TRUNC));
    show_mode("text");
    CHECK(open("text", O_WRONLY | O_TRUNC | O_CREAT | O_EXCL, 0600));
}

static void directories(void)
{
    mkdir("dir", 0755);
    CHECK(open("dir", O_RDONLY));
    CHECK(open("dir", O_WRONLY));
    CHECK(open("dir", O_RDWR));
    CHECK(open("dir", O_RDONLY | O_CREAT, 0600));
    CHECK(open("dir", O_RDONLY | O_TRUNC));
    CHECK(open("dir/", O_RDONLY | O_DIRECTORY));
    CHECK(open("new", O_RDONLY | O_DIRECTORY));
    symlink("dir", "todir");
    CHECK(open("todir", O_RDONLY | O_DIRECTORY));
    CHECK(open("todir", O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    CHECK(open("todir", O_RDONLY | O_NOFOLLOW));
    CHECK(open("todir/", O_RDONLY | O_NOFOLLOW));
    char byte;
    int fd = open("dir", O_RDONLY);
    VALUE(read(fd, &byte, 1));
    VALUE(write(fd, &byte, 1));
    VALUE(lseek(fd, 0, SEEK_SET));
    VALUE(ftruncate(fd, 0));
}

static void relative(void)
{
    int dir = open("dir", O_RDONLY), file = open("new", O_RDONLY);
    CHECK(openat(dir, "inner", O_CREAT | O_RDWR, 0640));
    show_mode("dir/inner");
    CHECK(openat(dir, "../new", O_RDONLY));
    CHECK(openat(file, "inner", O_RDONLY));
    CHECK(openat(99, "inner", O_RDONLY));
    CHECK(openat(-1, "inner", O_RDONLY));
    CHECK(openat(99, "/dev/null", O_RDONLY));
    CHECK(openat(-5, "/dev/null", O_RDONLY));
    rmdir("dir/none");
    CHECK(open("dir/../dir/./inner", O_RDONLY));
    CHECK(open("dir//inner", O_RDONLY));
    CHECK(open("missing/../dir/inner", O_RDONLY));
    CHECK(open("new/../dir/inner", O_RDONLY));
    CHECK(open("//dev//null", O_RDONLY));
    CHECK(open("/../../dev/null", O_RDONLY));
    CHECK(open(".", O_RDONLY));
    CHECK(open("..", O_RDONLY));
    CHECK(open("/", O_RDONLY));
}

static void names(void)
{
    static char name[5000];
    memset(name, 'n', sizeof name);
    name[255] = 0;
    CHECK(open(name, O_CREAT | O_RDWR, 0600));
    unlink(name);
    name[255] = 'n';
    name[256] = 0;
    CHECK(open(name, O_CREAT | O_RDWR, 0600));
    CHECK(open(name, O_RDONLY));
    for (int i = 0; i < 4999; i++)
        name[i] = i & 1 ? '/' : '.';
    name[4094] = 0;
    name[4093] = '.';
    CHECK(open(name, O_RDONLY));
    name[4094] = '/';
    name[4095] = 0;
    CHECK(open(name, O_RDONLY));
    name[4095] = '.';
    name[4096] = 0;
    CHECK(open(name, O_RDONLY));
    CHECK(open("\1\2 \377 odd", O_CREAT | O_RDWR, 0600));
    CHECK(unlink("\1\2 \377 odd"));
}

static void loops(void)
{
    symlink("self", "self");
    CHECK(open("self", O_RDONLY));
    CHECK(open("self/x", O_RDONLY));
    CHECK(open("self", O_RDONLY | O_NOFOLLOW));
    CHECK(open("self", O_CREAT | O_RDWR, 0600));
    symlink("pong", "ping");
    symlink("ping", "pong");
    CHECK(open("ping", O_RDONLY));
    symlink("new", "link0");
    for (int i = 1; i <= 41; i++) {
        char from[16], to[16];
        snprintf(to, sizeof to, "link%d", i - 1);
        snprintf(from, sizeof from, "link%d", i);
        symlink(to, from);
    }
    CHECK(open("link39", O_RDONLY));
    CHECK(open("link40", O_RDONLY));
}

static void paths_only(void)
{
    int fd = open("new", O_PATH);
    char byte;
    struct stat s;
    CHECK(fd);
    VALUE(read(fd, &byte, 1));
    VALUE(write(fd, &byte, 1));
    VALUE(lseek(fd, 0, SEEK_SET));
    VALUE(fstat(fd, &s));
    VALUE(fchmod(fd, 0600));
    VALUE(fchown(fd, 0, 0));
    VALUE(ioctl(fd, FIONREAD, &byte));
    VALUE(ftruncate(fd, 0));
    VALUE(fcntl(fd, F_GETFL) & ~O_LARGEFILE);
    VALUE(fcntl(fd, F_SETFL, O_APPEND));
    VALUE(fcntl(fd, F_GETFD));
    CHECK(dup(fd));
    VALUE(fsync(fd));
    int dir = open("dir", O_PATH | O_DIRECTORY);
    CHECK(openat(dir, "inner", O_RDONLY));
    char entries[256];
    VALUE(SYS(getdents64, dir, entries, sizeof entries));
    VALUE(fchdir(dir));
    VALUE(chdir(".."));
    int link = open("todir", O_PATH | O_NOFOLLOW);
    VALUE(fstat(link, &s));
    say("the link itself: %d", S_ISLNK(s.st_mode));
    char target[16] = "";
    VALUE(readlinkat(link, "", target, sizeof target));
    say("target %s", target);
    CHECK(open("narrow", O_PATH));
    CHECK(open("missing", O_PATH));
}

static void flags(void)
{
    int fd = open("new", O_RDWR | O_APPEND | O_NONBLOCK | O_CREAT | O_EXCL * 0 | O_TRUNC | O_CLOEXEC);
    say("flags kept %#x, close-on-exec %d", fcntl(fd, F_GETFL) & ~O_LARGEFILE, fcntl(fd, F_GETFD));
    fd = open("new", O_WRONLY | O_SYNC);
    say("flags kept %#x", fcntl(fd, F_GETFL) & ~O_LARGEFILE);
    CHECK(open("new", 3));
    CHECK(open("new", O_RDONLY | 0x8000000));
    CHECK(open("new", O_RDWR | O_DIRECT));
    CHECK(open(".", O_TMPFILE | O_RDONLY, 0600));
    CHECK(open("new", O_TMPFILE | O_RDWR, 0600));
    CHECK(open("missing", O_TMPFILE | O_RDWR, 0600));
    CHECK(open("new", O_NOATIME | O_RDONLY));
    mkfifo("fifo", 0666);
    CHECK(open("fifo", O_WRONLY | O_NONBLOCK));
    CHECK(open("fifo", O_RDONLY | O_NONBLOCK));
    CHECK(open("/dev/tty", O_RDWR));
    mknod("nodevice", S_IFCHR | 0666, 250 << 8 | 77);
    CHECK(open("nodevice", O_RDWR));
    mknod("block", S_IFBLK | 0666, 250 << 8 | 77);
    CHECK(open("block", O_RDWR));
    mknod("socket", S_IFSOCK | 0666, 0);
    CHECK(open("socket", O_RDWR));
    CHECK(creat("created", 0444));
    show_mode("created");
    CHECK(open((char*)NULL, O_RDONLY));
    CHECK(open((char*)1, O_RDONLY));
}

int main(void)
{
    creating();
    directories();
    relative();
    names();
    loops();
    paths_only();
    flags();
    return 0;
}
