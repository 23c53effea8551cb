// SPDX-License-Identifier: MIT
// User and group ids: the rules of each call, groups, capabilities.
#include "abi.h"
#include <linux/capability.h>
#include <sys/prctl.h>

static void show(char const* what)
{
    uid_t r, e, s;
    gid_t gr, ge, gs;
    SYS(getresuid, &r, &e, &s);
    SYS(getresgid, &gr, &ge, &gs);
    say("%s: uid %d %d %d fs %ld, gid %d %d %d fs %ld", what, (int)r, (int)e, (int)s, SYS(setfsuid, -1),
        (int)gr, (int)ge, (int)gs, SYS(setfsgid, -1));
}

static void capabilities(char const* what)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    memset(data, 0xee, sizeof data);
    if (SYS(capget, &header, data) == 0)
        say("%s: effective %#x %#x, permitted %#x %#x, inheritable %#x", what, data[0].effective,
            data[1].effective, data[0].permitted, data[1].permitted, data[0].inheritable);
    else
        say("%s: %s", what, error_name(errno));
}

int main(void)
{
    show("root");
    say("getuid %d geteuid %d getgid %d getegid %d", getuid(), geteuid(), getgid(), getegid());
    capabilities("root");
    IN_CHILD("setuid as root")
    {
        VALUE(SYS(setuid, 1000));
        show("after");
        capabilities("after");
        VALUE(SYS(setuid, 0));
        VALUE(SYS(setuid, 1000));
        VALUE(SYS(setgid, 5));
        VALUE(SYS(setgroups, 0, NULL));
        VALUE(SYS(setresuid, 1001, -1, -1));
        VALUE(SYS(setresuid, -1, -1, -1));
        VALUE(SYS(setreuid, 1000, 1000));
        VALUE(SYS(setreuid, 0, -1));
    }
    IN_CHILD("saved id")
    {
        VALUE(SYS(setresuid, 1000, 1001, 1002));
        show("three ids");
        capabilities("three ids");
        VALUE(SYS(setuid, 1000));
        show("setuid 1000");
        VALUE(SYS(setuid, 1002));
        show("setuid 1002");
        VALUE(SYS(setuid, 1001));
        VALUE(SYS(setresuid, 1002, 1000, -1));
        show("shuffled");
        VALUE(SYS(setresuid, 1003, -1, -1));
        VALUE(SYS(setreuid, 1000, -1));
        show("setreuid");
        VALUE(SYS(setreuid, -1, 1002));
        show("setreuid");
    }
    IN_CHILD("dropping for a while")
    {
        VALUE(SYS(setresuid, -1, 1000, -1));
        show("dropped");
        capabilities("dropped");
        VALUE(kill(1, 0));
        VALUE(SYS(setresuid, -1, 0, -1));
        show("regained");
        capabilities("regained");
        VALUE(SYS(setreuid, 1000, 0));
        show("setreuid as root");
        VALUE(SYS(setreuid, 0, 1000));
        show("setreuid swaps");
    }
    IN_CHILD("file system ids")
    {
        VALUE(SYS(setfsuid, 1000));
        VALUE(SYS(setfsuid, -1));
        close(make_file("made", NULL, 0644));
        struct stat s;
        stat("made", &s);
        say("owner of a new file %d, or refused", (int)s.st_uid >= 0 ? 0 : 1);
        show("after");
        VALUE(SYS(setresuid, 5, 6, 7));
        VALUE(SYS(setfsuid, 5));
        VALUE(SYS(setfsuid, 8));
        VALUE(SYS(setfsuid, -1));
        VALUE(SYS(setfsgid, 0));
    }
    IN_CHILD("groups")
    {
        gid_t list[4] = {7, 5, 6, 5}, got[8] = {0};
        VALUE(SYS(getgroups, 0, NULL));
        VALUE(SYS(setgroups, 4, list));
        VALUE(SYS(getgroups, 0, NULL));
        VALUE(SYS(getgroups, 8, got));
        say("%d %d %d %d", got[0], got[1], got[2], got[3]);
        VALUE(SYS(getgroups, 3, got));
        VALUE(SYS(getgroups, -1, got));
        VALUE(SYS(setgroups, 65537, list));
        VALUE(SYS(setgroups, -1, list));
        VALUE(SYS(setgroups, 2, 1));
        VALUE(SYS(getgroups, 8, 1));
        static gid_t many[65536];
        for (int i = 0; i < 65536; i++)
            many[i] = (gid_t)i;
        VALUE(SYS(setgroups, 65536, many));
        VALUE(SYS(getgroups, 0, NULL));
        list[0] = (gid_t)-1;
        VALUE(SYS(setgroups, 1, list));
        VALUE(SYS(setgroups, 0, NULL));
        VALUE(SYS(setresgid, 10, 11, 12));
        show("groups");
        VALUE(SYS(setgid, 13));
        show("setgid as root");
        VALUE(SYS(setregid, 14, 15));
        show("setregid as root");
    }
    VALUE(SYS(setuid, -1));
    VALUE(SYS(setgid, -1));
    VALUE(SYS(getresuid, 1, 1, 1));
    struct __user_cap_header_struct header = {0x12345678, 0};
    struct __user_cap_data_struct data[2];
    VALUE(SYS(capget, &header, data));
    say("version offered %#x", header.version);
    header.version = 0x12345678;
    VALUE(SYS(capget, &header, NULL));
    header = (struct __user_cap_header_struct){_LINUX_CAPABILITY_VERSION_3, 99999};
    VALUE(SYS(capget, &header, data));
    header.pid = -1;
    VALUE(SYS(capget, &header, data));
    header.pid = 1;
    VALUE(SYS(capget, &header, data));
    header.pid = 0;
    VALUE(SYS(capget, &header, 1));
    VALUE(SYS(capget, 1, data));
    header.version = _LINUX_CAPABILITY_VERSION_1;
    VALUE(SYS(capget, &header, data));
    IN_CHILD("kept capabilities")
    {
        VALUE(prctl(PR_SET_KEEPCAPS, 1));
        SYS(setresuid, 1000, 1000, 1000);
        capabilities("PR_SET_KEEPCAPS");
    }
    IN_CHILD("exec as a user")
    {
        become_user();
        VALUE(prctl(PR_CAPBSET_READ, 0));
        VALUE(prctl(PR_CAPBSET_READ, 63));
    }
    return 0;
}
