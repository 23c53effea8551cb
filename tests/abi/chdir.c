// SPDX-License-Identifier: MIT
// The working directory and the root: chdir, fchdir, getcwd, chroot.
#include "abi.h"

static void where(void)
{
    char path[4096];
    long n = SYS(getcwd, path, sizeof path);
    if (n < 0)
        say("getcwd: %s", error_name(errno));
    else
        say("at %s (%ld)", path, n);
}

int main(void)
{
    char path[64];
    where();
    mkdir("a", 0755);
    mkdir("a/b", 0755);
    VALUE(chdir("a/b"));
    where();
    VALUE(chdir(".."));
    where();
    VALUE(chdir("./b/../../a//b/."));
    where();
    VALUE(chdir("missing"));
    VALUE(chdir(""));
    close(make_file("file", NULL, 0755));
    VALUE(chdir("file"));
    VALUE(chdir("file/x"));
    VALUE(chdir((char*)1));
    VALUE(chdir("/"));
    where();
    VALUE(chdir("../../.."));
    where();
    VALUE(chdir("/tmp/chdir"));
    symlink("a/b", "link");
    VALUE(chdir("link"));
    where();
    int here = open(".", O_RDONLY), top = open("/tmp/chdir", O_PATH), file = open("file", O_RDONLY);
    VALUE(fchdir(top));
    where();
    VALUE(fchdir(here));
    VALUE(fchdir(file));
    VALUE(fchdir(99));
    VALUE(SYS(getcwd, path, 5));
    VALUE(SYS(getcwd, path, 15));
    VALUE(SYS(getcwd, path, 16));
    VALUE(SYS(getcwd, path, 0));
    VALUE(SYS(getcwd, 1, 100));
    VALUE(SYS(getcwd, NULL, 100));
    CHILD("a child's is its own", chdir("/"); where());
    where();
    unlink("/tmp/chdir/a/b/file");
    VALUE(rename("/tmp/chdir/a", "/tmp/chdir/moved"));
    where();
    VALUE(rmdir("/tmp/chdir/moved/b"));
    where();
    CHECK(open(".", O_RDONLY));
    CHECK(open("x", O_CREAT | O_RDWR, 0600));
    CHECK(open("..", O_RDONLY));
    VALUE(chdir(".."));
    where();
    chdir("/tmp/chdir");
    IN_CHILD("chroot")
    {
        mkdir("jail", 0755);
        mkdir("jail/inside", 0755);
        close(make_file("jail/inside/file", NULL, 0644));
        symlink("/inside/file", "jail/absolute");
        symlink("../../../inside/file", "jail/upwards");
        int outside = open("/", O_RDONLY);
        VALUE(chroot("jail"));
        where();
        CHECK(open("/inside/file", O_RDONLY));
        CHECK(open("jail", O_RDONLY));
        VALUE(chdir("/"));
        where();
        CHECK(open("../../../inside/file", O_RDONLY));
        CHECK(open("absolute", O_RDONLY));
        CHECK(open("upwards", O_RDONLY));
        CHECK(open("/tmp", O_RDONLY));
        VALUE(chdir("/inside"));
        where();
        VALUE(fchdir(outside));
        where();
        CHECK(open("/tmp", O_RDONLY));
        CHECK(open("tmp", O_RDONLY));
        VALUE(chroot("missing"));
        VALUE(chroot("/inside/file"));
        become_user();
        VALUE(chroot("/"));
    }
    mkdir("closed", 0700);
    IN_CHILD("as a user")
    {
        become_user();
        VALUE(chdir("closed"));
        where();
    }
    return 0;
}
