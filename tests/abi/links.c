// SPDX-License-Identifier: MIT
// Hard and symbolic links, readlink, unlinking what is open.
#include "abi.h"

static int links(char const* path)
{
    struct stat s;
    return lstat(path, &s) == 0 ? (int)s.st_nlink : -1;
}

static void hard(void)
{
    int fd = make_file("file", "contents", 0644);
    mkdir("dir", 0755);
    VALUE(link("file", "second"));
    VALUE(link("file", "dir/third"));
    VALUE(links("file"));
    VALUE(link("file", "second"));
    VALUE(link("missing", "x"));
    VALUE(link("dir", "dirlink"));
    VALUE(link("file", "missing/x"));
    VALUE(link("file", "/proc/x"));
    VALUE(link("/proc/version", "version"));
    VALUE(link("file", "trailing/"));
    VALUE(link("", "x"));
    VALUE(link("file", ""));
    symlink("file", "symbolic");
    VALUE(link("symbolic", "symbolic2"));
    struct stat s;
    lstat("symbolic2", &s);
    say("a link to the link: %d", S_ISLNK(s.st_mode));
    VALUE(linkat(AT_FDCWD, "symbolic", AT_FDCWD, "followed", AT_SYMLINK_FOLLOW));
    lstat("followed", &s);
    say("a link to the file: %d", S_ISREG(s.st_mode));
    VALUE(linkat(fd, "", AT_FDCWD, "by-descriptor", AT_EMPTY_PATH));
    VALUE(linkat(fd, "", AT_FDCWD, "x", 0));
    VALUE(linkat(AT_FDCWD, "file", AT_FDCWD, "x", 0x8000));
    VALUE(linkat(99, "file", AT_FDCWD, "x", 0));
    VALUE(links("file"));
    write(open("second", O_WRONLY | O_TRUNC), "changed", 7);
    char text[16] = "";
    pread(fd, text, 15, 0);
    say("through the other name: %s", text);
    VALUE(unlink("file"));
    VALUE(unlink("file"));
    VALUE(links("second"));
    VALUE(unlink("second"));
    VALUE(unlink("dir/third"));
    VALUE(unlink("followed"));
    VALUE(unlink("by-descriptor"));
    fstat(fd, &s);
    say("open without a name: links %d size %ld", (int)s.st_nlink, (long)s.st_size);
    VALUE(write(fd, "still there", 11));
    VALUE(pread(fd, text, 11, 0));
    VALUE(linkat(fd, "", AT_FDCWD, "again", AT_EMPTY_PATH));
    close(fd);
}

static void symbolic(void)
{
    char target[64];
    memset(target, '#', sizeof target);
    VALUE(symlink("some/target", "sym"));
    VALUE(symlink("other", "sym"));
    VALUE(symlink("", "empty"));
    VALUE(symlink("x", ""));
    VALUE(symlink("x", "missing/y"));
    VALUE(symlink("x", "sym2/"));
    VALUE(readlink("sym", target, sizeof target));
    say("%.11s, not terminated %d", target, target[11] == '#');
    VALUE(readlink("sym", target, 4));
    VALUE(readlink("sym", target, 0));
    VALUE(readlink("sym", target, (size_t)-1));
    VALUE(SYS(readlinkat, AT_FDCWD, "sym", target, -1));
    close(make_file("plain", NULL, 0644));
    VALUE(readlink("plain", target, 10));
    VALUE(readlink(".", target, 10));
    VALUE(readlink("missing", target, 10));
    VALUE(readlink("", target, 10));
    VALUE(readlink("sym", (char*)1, 10));
    struct stat s;
    VALUE(lstat("sym", &s));
    say("mode %o size %ld", s.st_mode, (long)s.st_size);
    VALUE(stat("sym", &s));
    static char big[5000];
    memset(big, 'x', sizeof big);
    big[4095] = 0;
    VALUE(symlink(big, "longest"));
    VALUE(lstat("longest", &s));
    say("size %ld", (long)s.st_size);
    big[4095] = 'x';
    big[4096] = 0;
    VALUE(symlink(big, "too-long"));
    VALUE(unlink("longest"));
    mkdir("d", 0755);
    mkdir("d/e", 0755);
    symlink("d/e", "de");
    symlink("../plain", "d/up");
    symlink("/tmp/links/plain", "absolute");
    CHECK(open("de/../up", O_RDONLY));
    CHECK(open("absolute", O_RDONLY));
    CHECK(open("de/.", O_RDONLY));
    VALUE(symlink("plain", "s1"));
    VALUE(lstat("s1/", &s));
    VALUE(lstat("de/", &s));
    say("followed because of the slash: %d", S_ISDIR(s.st_mode));
    VALUE(symlinkat("x", 99, "y"));
    int dir = open("d", O_RDONLY);
    VALUE(symlinkat("x", dir, "y"));
    VALUE(readlinkat(dir, "y", target, 10));
    VALUE(unlinkat(dir, "y", 0));
}

int main(void)
{
    hard();
    symbolic();
    return 0;
}
