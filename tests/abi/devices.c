// SPDX-License-Identifier: MIT
// The memory devices and getrandom.
#include "abi.h"

static unsigned char buffer[70000];

static int bits_set(size_t n)
{
    int count = 0;
    for (size_t i = 0; i < n; i++)
        count += __builtin_popcount(buffer[i]);
    return count;
}

int main(void)
{
    int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR), full = open("/dev/full", O_RDWR);
    int random = open("/dev/random", O_RDWR), urandom = open("/dev/urandom", O_RDWR);
    VALUE(write(null, buffer, 1000));
    VALUE(write(null, (void*)1, 1000));
    VALUE(read(null, buffer, 10));
    VALUE(lseek(null, 100, SEEK_SET));
    VALUE(lseek(null, 5, SEEK_CUR));
    memset(buffer, 1, sizeof buffer);
    VALUE(read(zero, buffer, sizeof buffer));
    say("all zero: %d", bits_set(sizeof buffer) == 0);
    VALUE(write(zero, buffer, 10));
    VALUE(read(zero, (void*)1, 10));
    VALUE(lseek(zero, 100, SEEK_SET));
    VALUE(write(full, buffer, 1));
    VALUE(write(full, buffer, 0));
    buffer[0] = 5;
    VALUE(read(full, buffer, 10));
    say("zero: %d", buffer[0] == 0);
    VALUE(pread(zero, buffer, 10, 12345));
    VALUE(pwrite(null, buffer, 10, 12345));
    VALUE(ftruncate(null, 0));
    CHECK(open("/dev/null", O_WRONLY | O_TRUNC | O_CREAT, 0600));
    CHECK(open("/dev/null", O_RDONLY | O_DIRECTORY));
    CHECK(open("/dev/null/x", O_RDONLY));
    VALUE(fsync(null));
    VALUE(read(urandom, buffer, sizeof buffer));
    int ones = bits_set(sizeof buffer);
    say("half of the bits are set: %d", ones > 275000 && ones < 285000);
    VALUE(read(random, buffer, 100));
    VALUE(write(urandom, "entropy", 7));
    unsigned char a[32], b[32];
    VALUE(SYS(getrandom, a, 32, 0));
    VALUE(SYS(getrandom, b, 32, 0));
    say("differ: %d", memcmp(a, b, 32) != 0);
    VALUE(SYS(getrandom, a, 32, 1 | 2));
    VALUE(SYS(getrandom, a, 32, 8));
    VALUE(SYS(getrandom, a, 32, 2 | 4));
    VALUE(SYS(getrandom, buffer, sizeof buffer, 0));
    VALUE(SYS(getrandom, a, 0, 0));
    VALUE(SYS(getrandom, 1, 16, 0));
    VALUE(SYS(getrandom, NULL, 0, 0));
    int mine = 0;
    SYS(getrandom, a, 32, 0);
    int* shared = shared_memory(PAGE);
    CHILD("child", SYS(getrandom, shared, 32, 0));
    SYS(getrandom, b, 32, 0);
    mine = memcmp(shared, b, 32) != 0 && memcmp(a, b, 32) != 0;
    say("a child's differ: %d", mine);
    return 0;
}
