// SPDX-License-Identifier: MIT
// uname, sethostname, sysinfo, personality, reboot, getcpu: what concerns the whole system.
#include "abi.h"
#include <linux/reboot.h>
#include <sys/personality.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

int main(void)
{
    struct utsname name;
    VALUE(uname(&name));
    say("%s, %s", name.sysname, name.machine);
    int major = 0, minor = 0;
    say("release is a version: %d", sscanf(name.release, "%d.%d", &major, &minor) == 2 && major >= 4);
    VALUE(uname((struct utsname*)1));
    char old[65];
    strcpy(old, name.nodename);
    VALUE(sethostname("torus", 5));
    uname(&name);
    say("host %s", name.nodename);
    VALUE(sethostname("a-longer-name", 3));
    uname(&name);
    say("host %s", name.nodename);
    static char const big[100] = "0123456789012345678901234567890123456789012345678901234567890123456789";
    VALUE(sethostname(big, 64));
    uname(&name);
    say("host %s", name.nodename);
    VALUE(sethostname(big, 65));
    VALUE(sethostname(big, (size_t)-1));
    VALUE(sethostname((char*)1, 5));
    VALUE(sethostname("", 0));
    uname(&name);
    say("host <%s>", name.nodename);
    VALUE(sethostname(old, strlen(old)));
    IN_CHILD("as a user")
    {
        become_user();
        VALUE(sethostname("mine", 4));
        VALUE(SYS(reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_CAD_OFF, 0));
    }
    VALUE(SYS(reboot, 1, 2, 3, 0));
    VALUE(SYS(reboot, LINUX_REBOOT_MAGIC1, 5, LINUX_REBOOT_CMD_CAD_OFF, 0));
    VALUE(SYS(reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, 0x1234, 0));
    VALUE(SYS(reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_CAD_OFF, 0));

    struct sysinfo info;
    VALUE(sysinfo(&info));
    unsigned long total = info.totalram * info.mem_unit, free = info.freeram * info.mem_unit;
    say("memory plausible: %d, free is less: %d, processes %d", total > 100ul << 20 && total <= 1ul << 30,
        free < total, info.procs > 0);
    say("up for a while: %d, no swap: %d", info.uptime >= 0 && info.uptime < 10000, info.totalswap == 0);
    VALUE(sysinfo((struct sysinfo*)1));

    say("personality %#x", personality(0xffffffff));
    VALUE(personality(ADDR_NO_RANDOMIZE));
    say("personality %#x", personality(0xffffffff));
    CHILD("inherited", say("personality %#x", personality(0xffffffff)));
    VALUE(personality(0));
    unsigned cpu = 99, node = 99;
    VALUE(SYS(getcpu, &cpu, &node, NULL));
    say("core among those there are: %d, node %u", cpu < (unsigned)sysconf(_SC_NPROCESSORS_ONLN), node);
    return 0;
}
