// SPDX-License-Identifier: MIT
// Who may do what to files: owner, group, others, supplementary groups, sticky and setgid directories.
#include "abi.h"

static void as(char const* who, uid_t uid, gid_t gid, gid_t extra)
{
    MUST(SYS(setgroups, extra != 0, &extra));
    MUST(SYS(setresgid, gid, gid, gid));
    MUST(SYS(setresuid, uid, uid, uid));
    say("-- as %s", who);
}

static char rights(char const* path)
{
    int r = open(path, O_RDONLY), w = open(path, O_WRONLY);
    char answer = (char)('0' + (r >= 0) * 4 + (w >= 0) * 2 + (access(path, X_OK) == 0));
    close(r);
    close(w);
    return answer;
}

static void show_mode(char const* path)
{
    struct stat s;
    if (lstat(path, &s) == 0)
        say("%s: mode %o owner %d:%d", path, s.st_mode, s.st_uid, s.st_gid);
    else
        say("%s: %s", path, error_name(errno));
}

static void matrix(void)
{
    static int const modes[] = {0777, 0700, 0070, 0007, 0644, 0640, 0604, 0111, 0400, 0040, 0004, 0000, 0222};
    char name[16], line[40] = "";
    for (unsigned i = 0; i < COUNT(modes); i++) {
        snprintf(name, sizeof name, "m%o", modes[i]);
        close(make_file(name, "x", 0600));
        MUST(chown(name, 1000, 2000));
        MUST(chmod(name, modes[i]));
    }
    static struct {
        char const* who;
        uid_t uid;
        gid_t gid, extra;
    } const people[] = {{"root", 0, 0, 0}, {"owner", 1000, 1000, 0}, {"group", 1001, 2000, 0},
        {"supplementary group", 1001, 1001, 2000}, {"other", 1001, 1001, 0}};
    for (unsigned p = 0; p < COUNT(people); p++)
        IN_CHILD(people[p].who)
        {
            as(people[p].who, people[p].uid, people[p].gid, people[p].extra);
            for (unsigned i = 0; i < COUNT(modes); i++) {
                snprintf(name, sizeof name, "m%o", modes[i]);
                line[i] = rights(name);
            }
            say("%s", line);
        }
}

static void changing(void)
{
    close(make_file("mine", "x", 0644));
    MUST(chown("mine", 1000, 1000));
    IN_CHILD("owner")
    {
        as("owner with group 2000", 1000, 1000, 2000);
        VALUE(chmod("mine", 04711));
        show_mode("mine");
        VALUE(chown("mine", 1000, 2000));
        show_mode("mine");
        VALUE(chmod("mine", 06755));
        show_mode("mine");
        VALUE(chown("mine", -1, -1));
        show_mode("mine");
        VALUE(chown("mine", 1000, 3000));
        VALUE(chown("mine", 1001, -1));
        VALUE(chmod("mine", 02644));
        show_mode("mine");
        VALUE(chown("mine", -1, 1000));
        show_mode("mine");
    }
    MUST(chown("mine", 1000, 3000));
    IN_CHILD("owner, foreign group")
    {
        as("owner", 1000, 1000, 0);
        VALUE(chmod("mine", 02755));
        show_mode("mine");
        VALUE(chmod("mine", 04755));
        write(open("mine", O_WRONLY), "y", 1);
        show_mode("mine");
    }
    IN_CHILD("stranger")
    {
        as("stranger", 1001, 1000, 0);
        VALUE(chmod("mine", 0777));
        VALUE(chown("mine", 1001, 1001));
        VALUE(chown("mine", -1, -1));
    }
    MUST(chmod("mine", 06755));
    VALUE(chown("mine", 1000, 1000));
    show_mode("mine");
    VALUE(fchownat(AT_FDCWD, "mine", 0, 0, 0x8000));
    VALUE(fchownat(99, "mine", 0, 0, 0));
    VALUE(fchmodat(99, "mine", 0600, 0));
    VALUE(chmod("missing", 0600));
    VALUE(chown("missing", 0, 0));
    VALUE(fchmod(99, 0600));
    VALUE(fchown(99, 0, 0));
    symlink("mine", "link");
    VALUE(lchown("link", 5, 6));
    show_mode("link");
    show_mode("mine");
    VALUE(chmod("link", 0600));
    show_mode("mine");
    int fd = open("mine", O_RDONLY);
    VALUE(fchmod(fd, 0123456));
    show_mode("mine");
    VALUE(fchown(fd, 7, 8));
    VALUE(fchownat(fd, "", 9, 10, AT_EMPTY_PATH));
    show_mode("mine");
}

static void directories(void)
{
    mkdir("closed", 0700);
    mkdir("search", 0711);
    mkdir("readable", 0744);
    mkdir("open", 0777);
    chmod("open", 0777);
    mkdir("sticky", 0777);
    chmod("sticky", 01777);
    mkdir("setgid", 0777);
    chown("setgid", 0, 2000);
    chmod("setgid", 02777);
    char const* const names[] = {"closed", "search", "readable", "open", "sticky"};
    for (unsigned i = 0; i < COUNT(names); i++) {
        char path[32];
        snprintf(path, sizeof path, "%s/file", names[i]);
        close(make_file(path, "x", 0644));
    }
    IN_CHILD("user")
    {
        as("user", 1000, 1000, 0);
        for (unsigned i = 0; i < COUNT(names); i++) {
            char path[32], other[32];
            snprintf(path, sizeof path, "%s/file", names[i]);
            snprintf(other, sizeof other, "%s/new", names[i]);
            struct stat s;
            say("%s: stat %d, list %d, create %d, remove %d, cd %d", names[i], stat(path, &s) == 0,
                open(names[i], O_RDONLY) >= 0, open(other, O_CREAT | O_RDWR, 0600) >= 0, unlink(path) == 0,
                chdir(names[i]) == 0 && chdir("..") == 0);
        }
        CHECK(open("closed/file", O_RDONLY));
        CHECK(open("closed/none", O_RDONLY));
        VALUE(mkdir("search/x", 0700));
        VALUE(symlink("x", "readable/y"));
        VALUE(link("m777", "search/x"));
        close(make_file("setgid/file", NULL, 0644));
        show_mode("setgid/file");
        VALUE(mkdir("setgid/dir", 0755));
        show_mode("setgid/dir");
        VALUE(open("setgid/sgid", O_CREAT | O_RDWR, 02755) >= 0);
        show_mode("setgid/sgid");
        VALUE(rmdir("open"));
        VALUE(unlink("sticky/file"));
        VALUE(rename("sticky/file", "sticky/other"));
    }
    IN_CHILD("owner of a sticky directory's file")
    {
        chown("sticky/new", 1001, 1001);
        as("the file's owner", 1001, 1001, 0);
        VALUE(unlink("sticky/new"));
    }
}

static void access_checks(void)
{
    close(make_file("secret", "x", 0600));
    IN_CHILD("real root, effective user")
    {
        MUST(SYS(setresuid, 0, 1000, 0));
        VALUE(access("secret", R_OK));
        VALUE(faccessat(AT_FDCWD, "secret", R_OK, 0));
        VALUE(SYS(faccessat2, AT_FDCWD, "secret", R_OK, AT_EACCESS));
        CHECK(open("secret", O_RDONLY));
    }
    IN_CHILD("real user, effective root")
    {
        MUST(SYS(setresuid, 1000, 0, 0));
        VALUE(access("secret", R_OK));
        VALUE(SYS(faccessat2, AT_FDCWD, "secret", R_OK, AT_EACCESS));
        CHECK(open("secret", O_RDONLY));
    }
    VALUE(access("secret", F_OK));
    VALUE(access("secret", R_OK | W_OK));
    VALUE(access("secret", X_OK));
    VALUE(access(".", X_OK | W_OK));
    VALUE(access("secret", 8));
    VALUE(access("missing", F_OK));
    VALUE(access("secret/x", F_OK));
    VALUE(SYS(faccessat2, AT_FDCWD, "secret", R_OK, 0x8000));
    VALUE(SYS(faccessat2, AT_FDCWD, "dangling", F_OK, AT_SYMLINK_NOFOLLOW));
    symlink("none", "dangling");
    VALUE(SYS(faccessat2, AT_FDCWD, "dangling", F_OK, AT_SYMLINK_NOFOLLOW));
    VALUE(SYS(faccessat, AT_FDCWD, "dangling", F_OK));
    VALUE(SYS(faccessat2, open("secret", O_RDONLY), "", R_OK, AT_EMPTY_PATH));
    // Rights are checked at open: a descriptor goes on working.
    IN_CHILD("kept descriptor")
    {
        int fd = open("secret", O_RDWR);
        become_user();
        char c;
        VALUE(read(fd, &c, 1));
        VALUE(write(fd, "z", 1));
        VALUE(fchmod(fd, 0777));
    }
}

int main(void)
{
    umask(0);
    chmod(".", 0755);
    matrix();
    changing();
    directories();
    access_checks();
    VALUE(umask(0123));
    VALUE(umask(07777));
    VALUE(umask(022));
    return 0;
}
