// SPDX-License-Identifier: MIT
// mount and umount2: a tmpfs over a directory, read-only, busy, refusals.
#include "abi.h"

static dev_t device_of(char const* path)
{
    struct stat s;
    return stat(path, &s) == 0 ? s.st_dev : 0;
}

int main(void)
{
    mkdir("m", 0755);
    close(make_file("m/below", "x", 0644));
    close(make_file("file", NULL, 0644));
    dev_t before = device_of("m");
    VALUE(mount("none", "m", "tmpfs", 0, "mode=0700"));
    say("another device: %d", device_of("m") != before);
    struct stat s;
    stat("m", &s);
    say("mode %o", s.st_mode);
    CHECK(open("m/below", O_RDONLY));
    close(make_file("m/above", "y", 0644));
    CHECK(open("m/above", O_RDONLY | O_CLOEXEC) >= 0 ? (close(3), close(4), 0) : -1);
    struct stat root, up;
    stat("m/..", &up);
    stat(".", &root);
    say("its .. is the directory above: %d", up.st_ino == root.st_ino && up.st_dev == root.st_dev);
    VALUE(link("file", "m/file"));
    VALUE(rename("file", "m/file"));
    VALUE(rmdir("m"));
    VALUE(rename("m", "n"));
    char here[100];
    chdir("m");
    say("at %s", getcwd(here, sizeof here));
    VALUE(umount2(".", 0));
    chdir("..");
    int fd = open("m/above", O_RDONLY);
    VALUE(umount2("m", 0));
    close(fd);
    for (int i = 3; i < 10; i++)
        close(i);
    VALUE(umount2("m", 0));
    CHECK(open("m/below", O_RDONLY));
    close(3);
    VALUE(umount2("m", 0));
    VALUE(mount("none", "m", "tmpfs", MS_RDONLY, NULL));
    CHECK(open("m/x", O_CREAT | O_RDWR, 0600));
    VALUE(mkdir("m/x", 0700));
    VALUE(unlink("m/x"));
    VALUE(access("m", W_OK));
    VALUE(mount("none", "m", NULL, MS_REMOUNT, NULL));
    VALUE(mkdir("m/x", 0700));
    VALUE(mount("none", "m", "tmpfs", 0, NULL));
    CHECK(open("m/x", O_RDONLY));
    VALUE(umount2("m", 0));
    CHECK(open("m/x", O_RDONLY));
    close(3);
    close(4);
    chdir("m/x");
    VALUE(umount2("/tmp/mount/m", 0));
    VALUE(umount2("/tmp/mount/m", MNT_DETACH));
    VALUE(open("y", O_CREAT | O_RDWR, 0600) >= 0);
    chdir("/tmp/mount");
    VALUE(mount("none", "missing", "tmpfs", 0, NULL));
    VALUE(mount("none", "m", "nosuchfs", 0, NULL));
    VALUE(mount("none", "file", "tmpfs", 0, NULL));
    VALUE(mount("none", "m", NULL, 0, NULL));
    VALUE(mount("none", (char*)1, "tmpfs", 0, NULL));
    VALUE(mount("none", "m", (char*)1, 0, NULL));
    VALUE(mount("/tmp/mount/missing", "m", "ext4", 0, NULL) == -1);
    VALUE(umount2("missing", 0));
    VALUE(umount2("file", 0));
    VALUE(umount2("m", 0x100));
    VALUE(mount("proc", "m", "proc", 0, NULL));
    CHECK(open("m/version", O_RDONLY));
    close(3);
    VALUE(umount2("m", 0));
    VALUE(mount("none", "m", "tmpfs", MS_NOEXEC | MS_NODEV, NULL));
    mknod("m/null", S_IFCHR | 0666, 1 << 8 | 3);
    CHECK(open("m/null", O_RDWR));
    close(make_file("m/script", "#!/abi/mount\n", 0755));
    CHILD("noexec", char* arguments[] = {"x", NULL}; execve("m/script", arguments, NULL);
        say("%s", error_name(errno)));
    VALUE(umount2("m", MNT_DETACH));
    IN_CHILD("as a user")
    {
        become_user();
        VALUE(mount("none", "/tmp", "tmpfs", 0, NULL));
        VALUE(umount2("/proc", 0));
    }
    return 0;
}
