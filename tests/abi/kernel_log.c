// SPDX-License-Identifier: MIT
// The kernel's log: syslog and /dev/kmsg.
#include "abi.h"

static char buffer[1 << 18];

int main(void)
{
    VALUE(SYS(syslog, 10, NULL, 0) > 0);
    VALUE(SYS(syslog, 3, buffer, sizeof buffer) > 0);
    VALUE(SYS(syslog, 3, buffer, 0));
    VALUE(SYS(syslog, 3, NULL, 10));
    VALUE(SYS(syslog, 3, buffer, -1));
    VALUE(SYS(syslog, 0, NULL, 0));
    VALUE(SYS(syslog, 1, NULL, 0));
    VALUE(SYS(syslog, 99, NULL, 0));
    VALUE(SYS(syslog, -1, NULL, 0));
    VALUE(SYS(syslog, 8, NULL, 0));
    VALUE(SYS(syslog, 8, NULL, 9));
    VALUE(SYS(syslog, 8, NULL, 1));
    int fd = open("/dev/kmsg", O_WRONLY);
    CHECK(fd);
    VALUE(write(fd, "<6>braided words\n", 17));
    int n = (int)SYS(syslog, 3, buffer, sizeof buffer - 1);
    buffer[n < 0 ? 0 : n] = 0;
    say("found in syslog: %d", strstr(buffer, "braided words") != NULL);
    int r = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
    CHECK(r);
    long length;
    bool found = false, format = true;
    while ((length = read(r, buffer, 8192)) > 0) {
        buffer[length] = 0;
        int level = -1;
        long sequence = -1, us = -1;
        format = format && sscanf(buffer, "%d,%ld,%ld,", &level, &sequence, &us) == 3
            && strchr(buffer, ';') != NULL;
        found = found || strstr(buffer, "braided words") != NULL;
    }
    say("found in /dev/kmsg: %d, each record has its prefix: %d, end %s", found, format, error_name(errno));
    VALUE(lseek(r, 0, SEEK_SET));
    VALUE(lseek(r, 0, SEEK_END));
    VALUE(read(r, buffer, sizeof buffer));
    VALUE(lseek(r, 0, SEEK_SET));
    VALUE(read(r, buffer, 3));
    IN_CHILD("as a user")
    {
        become_user();
        VALUE(SYS(syslog, 8, NULL, 1));
        VALUE(SYS(syslog, 5, NULL, 0));
    }
    return 0;
}
