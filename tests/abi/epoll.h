// SPDX-License-Identifier: MIT
// What the tests of epoll share.
#pragma once
#include "abi.h"
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

__attribute__((unused)) static int set(void)
{
    return (int)MUST(epoll_create1(0));
}

__attribute__((unused)) static int ctl(int ep, int op, int fd, uint32_t events, uint64_t data)
{
    struct epoll_event e = {events, {.u64 = data}};
    return epoll_ctl(ep, op, fd, &e);
}
#define ADD(ep, fd, events, data) ctl(ep, EPOLL_CTL_ADD, fd, events, data)
#define MOD(ep, fd, events, data) ctl(ep, EPOLL_CTL_MOD, fd, events, data)
#define DEL(ep, fd) epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL)

__attribute__((unused)) static void show(char const* what, int ep, int most, int timeout)
{
    struct epoll_event e[16];
    char line[400];
    errno = 0;
    int n = epoll_wait(ep, e, most, timeout);
    int at = snprintf(line, sizeof line, "%s: %d", what, n);
    if (n < 0)
        snprintf(line + at, sizeof line - (size_t)at, " %s", error_name(errno));
    for (int i = 0; i < n; i++)
        at += snprintf(line + at, sizeof line - (size_t)at, " [%#x %llu]", e[i].events,
            (unsigned long long)e[i].data.u64);
    say("%s", line);
}

__attribute__((unused)) static void put(int fd, uint64_t value)
{
    MUST(write(fd, &value, 8));
}

__attribute__((unused)) static void take(int fd)
{
    uint64_t value;
    MUST(read(fd, &value, 8));
}
