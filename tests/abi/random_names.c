// SPDX-License-Identifier: MIT
// Two thousand random calls on a handful of names: what every call answers, and what the names are
// afterwards.
#include "random.h"
#include <sys/statvfs.h>

static char const* path(void)
{
    static char const* const part[] = {"a", "b", "c", "d", "link", "dir"};
    static char const* const end[] = {"", "", "", "", "", "/", "/.", "/.."};
    static char text[4][64];
    static unsigned next;
    char* t = text[next++ & 3];
    switch (choose(8)) {
    case 0:
        return snprintf(t, 64, "%s/%s/%s%s", ONE_OF(part), ONE_OF(part), ONE_OF(part), ONE_OF(end)), t;
    case 1:
    case 2:
    case 3:
        return snprintf(t, 64, "%s/%s%s", ONE_OF(part), ONE_OF(part), ONE_OF(end)), t;
    case 4:
        return snprintf(t, 64, "../random_names/%s%s", ONE_OF(part), ONE_OF(end)), t;
    default:
        return snprintf(t, 64, "%s%s", ONE_OF(part), ONE_OF(end)), t;
    }
}

static void answer(long r, char const* format, ...)
{
    int error = errno;
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (r < 0)
        say("%s: %s", text, error_name(error));
    else
        say("%s", text);
}

static void describe(char const* p, int flags)
{
    struct stat s;
    int r = fstatat(AT_FDCWD, p, &s, flags);
    if (r < 0)
        answer(r, "stat %s %x", p, flags);
    else
        say("stat %s %x = %o %u:%u links %u size %ld", p, flags, s.st_mode, s.st_uid, s.st_gid,
            (unsigned)s.st_nlink, (long)s.st_size);
}

static void open_something(void)
{
    static int const flags[] = {O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_CREAT, O_WRONLY | O_CREAT | O_EXCL,
        O_WRONLY | O_TRUNC, O_RDWR | O_CREAT | O_TRUNC, O_RDONLY | O_DIRECTORY, O_RDONLY | O_NOFOLLOW,
        O_RDWR | O_CREAT | O_NOFOLLOW, O_PATH, O_PATH | O_NOFOLLOW, O_WRONLY | O_APPEND, O_RDWR | O_TMPFILE};
    char const* p = path();
    int how = ONE_OF(flags), mode = choose(4) ? 0666 : (int)choose(01000);
    int fd = open(p, how | O_NONBLOCK, mode);
    answer(fd, "open %s %#x %o", p, how, mode);
    if (fd < 0)
        return;
    say("  writes %zd", write(fd, "0123456789", choose(10) + 1));
    close(fd);
}

static void one(void)
{
    static int const stat_flags[] = {0, AT_SYMLINK_NOFOLLOW};
    static int const modes[] = {0755, 0700, 0777, 0555, 0, 01777, 02755, 04755, 0300};
    static int const ids[] = {0, 1000, 1001, -1};
    char const *p = path(), *q = path();
    int mode, flags, uid, gid;
    switch (choose(17)) {
    case 0:
    case 1:
        return open_something();
    case 2:
        mode = ONE_OF(modes);
        return answer(mkdir(p, (mode_t)mode), "mkdir %s %o", p, mode);
    case 3:
        return answer(rmdir(p), "rmdir %s", p);
    case 4:
        return answer(unlink(p), "unlink %s", p);
    case 5:
    case 6:
        return answer(rename(p, q), "rename %s %s", p, q);
    case 7:
        flags = (int)choose(4);
        return answer(SYS(renameat2, AT_FDCWD, p, AT_FDCWD, q, flags), "renameat2 %s %s %d", p, q, flags);
    case 8:
        flags = choose(3) ? 0 : AT_SYMLINK_FOLLOW;
        return answer(linkat(AT_FDCWD, p, AT_FDCWD, q, flags), "link %s %s %#x", p, q, flags);
    case 9:
        return answer(symlink(p, q), "symlink %s %s", p, q);
    case 10:
        mode = ONE_OF(modes);
        return answer(chmod(p, (mode_t)mode), "chmod %s %o", p, mode);
    case 11:
        uid = ONE_OF(ids), gid = ONE_OF(ids), flags = ONE_OF(stat_flags);
        return answer(
            fchownat(AT_FDCWD, p, (uid_t)uid, (gid_t)gid, flags), "chown %s %d %d %#x", p, uid, gid, flags);
    case 12:
        mode = (int)choose(8);
        return answer(access(p, mode), "access %s %d", p, mode);
    case 13:
        mode = (int)choose(30);
        return answer(truncate(p, mode), "truncate %s %d", p, mode);
    case 14: {
        char text[100] = "";
        long r = readlink(p, text, choose(40) + 1);
        return answer(r, "readlink %s = %s", p, text);
    }
    case 15:
        return answer(mknod(p, (choose(2) ? S_IFIFO : S_IFREG) | 0644, 0), "mknod %s", p);
    default:
        return describe(p, ONE_OF(stat_flags));
    }
}

static void many(int count)
{
    static char const* const all[] = {"a", "b", "c", "d", "link", "dir"};
    for (int i = 0; i < count; i++) {
        one();
        if (i % 50 == 49)
            for (unsigned n = 0; n < COUNT(all); n++)
                describe(all[n], AT_SYMLINK_NOFOLLOW);
    }
}

int main(void)
{
    mkdir("dir", 0777);
    many(600);
    IN_CHILD("as a user")
    {
        umask(027);
        become_user();
        many(400);
    }
    many(200);
    return 0;
}
