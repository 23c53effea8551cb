// SPDX-License-Identifier: MIT
// renameat2: what may replace what, the two flags, directories that move.
#include "abi.h"

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#endif
#define MOVE(from, to, flags)                                                                                \
    show_value("rename " from " to " to " (" #flags ")",                                                     \
        SYS(renameat2, AT_FDCWD, from, AT_FDCWD, to, flags), errno)

static void show(char const* path)
{
    char text[16] = "";
    struct stat s;
    if (lstat(path, &s) != 0) {
        say("  %s: %s", path, error_name(errno));
        return;
    }
    if (S_ISREG(s.st_mode))
        read(open(path, O_RDONLY), text, 15);
    say("  %s: %s%s, links %d", path,
        S_ISDIR(s.st_mode)       ? "directory"
            : S_ISLNK(s.st_mode) ? "link"
                                 : "file ",
        text, (int)s.st_nlink);
}

static void fresh(void)
{
    close(make_file("f", "one", 0644));
    close(make_file("g", "two", 0644));
    mkdir("d", 0755);
    mkdir("e", 0755);
    mkdir("full", 0755);
    close(make_file("full/x", "x", 0644));
    symlink("f", "l");
}

int main(void)
{
    fresh();
    MOVE("f", "h", 0);
    show("f");
    show("h");
    MOVE("h", "g", 0);
    show("g");
    MOVE("missing", "g", 0);
    MOVE("g", "missing/x", 0);
    MOVE("g", "d", 0);
    MOVE("d", "g", 0);
    MOVE("d", "e", 0);
    show("e");
    MOVE("e", "full", 0);
    MOVE("full", "e", 0);
    show("e/x");
    MOVE("e", "e/inside", 0);
    MOVE("e", "e", 0);
    MOVE("e/x", "x", 0);
    show("x");
    fresh();
    link("f", "f2");
    MOVE("f", "f2", 0);
    show("f");
    show("f2");
    MOVE("l", "l2", 0);
    show("l2");
    MOVE("g", "l2", 0);
    show("l2");
    MOVE("f", "new/", 0);
    MOVE("f/", "new", 0);
    MOVE("d/", "d2/", 0);
    show("d2");
    MOVE("d2", ".", 0);
    MOVE(".", "d3", 0);
    MOVE("..", "d3", 0);
    MOVE("d2/..", "d3", 0);
    MOVE("", "d3", 0);
    MOVE("f", "", 0);
    MOVE("f", "/proc/f", 0);
    MOVE("/proc/version", "v", 0);
    MOVE("/", "v", 0);
    MOVE("f", "f2", RENAME_NOREPLACE);
    MOVE("f", "f3", RENAME_NOREPLACE);
    MOVE("f3", "d2", RENAME_EXCHANGE);
    show("f3");
    show("d2");
    MOVE("f3", "nothing", RENAME_EXCHANGE);
    MOVE("f2", "d2", RENAME_EXCHANGE);
    show("f2");
    MOVE("f2", "d2", RENAME_EXCHANGE | RENAME_NOREPLACE);
    MOVE("f2", "d2", 64);
    mkdir("p", 0755);
    mkdir("p/q", 0755);
    MOVE("p", "p/q", RENAME_EXCHANGE);
    MOVE("p/q", "p", 0);

    // A directory that moves takes its parent count and its ".." along.
    mkdir("from", 0755);
    mkdir("to", 0755);
    mkdir("from/child", 0755);
    MOVE("from/child", "to/child", 0);
    show("from");
    show("to");
    struct stat a, b;
    stat("to", &a);
    stat("to/child/..", &b);
    say("its parent is the new one: %d", a.st_ino == b.st_ino);

    // What is replaced stays usable while open.
    int fd = make_file("victim", "victim", 0644);
    close(make_file("winner", "winner", 0644));
    MOVE("winner", "victim", 0);
    char text[8] = "";
    VALUE(pread(fd, text, 7, 0));
    struct stat s;
    fstat(fd, &s);
    say("%s, links %d", text, (int)s.st_nlink);
    int from = open("from", O_RDONLY), to = open("to", O_RDONLY);
    close(make_file("from/n", "n", 0644));
    VALUE(renameat(from, "n", to, "m"));
    show("to/m");
    VALUE(renameat(99, "n", to, "m"));
    VALUE(SYS(renameat, from, "none", to, "m"));
    IN_CHILD("as a user")
    {
        chmod(".", 0755);
        become_user();
        MOVE("f2", "f9", 0);
    }
    IN_CHILD("as a user in a sticky directory")
    {
        mkdir("sticky", 0777);
        chmod("sticky", 01777);
        close(make_file("sticky/root", NULL, 0666));
        become_user();
        close(make_file("sticky/mine", NULL, 0666));
        MOVE("sticky/root", "sticky/other", 0);
        MOVE("sticky/mine", "sticky/root", 0);
        MOVE("sticky/mine", "sticky/yours", 0);
        VALUE(unlink("sticky/root"));
        VALUE(unlink("sticky/yours"));
    }
    return 0;
}
