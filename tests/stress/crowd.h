// SPDX-License-Identifier: MIT
// What the first process of the crowd (crowd.c) and its pieces of work (crowd_kinds.c) both need.
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

extern char* myself; // this program's path

static inline void fail(char const* what)
{
    dprintf(2, "crowd: process %d: %s: %s\n", (int)getpid(), what, strerror(errno));
    _exit(99);
}

static inline uint64_t mix(uint64_t x) // splitmix64's finish
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static inline uint64_t draw(uint64_t* state, uint64_t limit)
{
    *state = mix(*state);
    return *state % limit;
}

static inline uint64_t hash(uint64_t sum, void const* bytes, size_t size)
{
    unsigned char const* const at = bytes;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ at[i]) * 0x100000001b3u;
    return sum;
}

static inline void nap(uint64_t microseconds)
{
    struct timespec t = {0, (long)microseconds * 1000};
    nanosleep(&t, NULL);
}

static inline pid_t child(void)
{
    for (;;) {
        pid_t const pid = fork();
        if (pid >= 0)
            return pid;
        if (errno != EAGAIN && errno != ENOMEM)
            fail("fork");
        nap(1000);
    }
}

static inline void become(char const* part, char const* argument)
{
    for (;;) {
        execl(myself, myself, part, argument, NULL);
        if (errno != EAGAIN && errno != ENOMEM)
            fail("execl");
        nap(1000);
    }
}

// All of it, or the end of the process; how much came before the end of the file.
void send_all(int fd, void const* from, size_t size);
size_t receive_all(int fd, void* to, size_t size);
void make_pipe(int ends[2]); // both close at exec

// A piece of work of each kind: its one right result, which depends on `state` alone.
typedef uint64_t Kind(uint64_t state);
enum { kind_count = 12 };
extern Kind* const kinds[kind_count];
extern char const* const kind_names[kind_count];
