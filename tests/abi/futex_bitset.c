// SPDX-License-Identifier: MIT
// futex WAIT_BITSET and WAKE_BITSET: absolute time limits, which waiters wake.
#include "abi.h"
#include <linux/futex.h>

static long wait_bits(int volatile* word, int value, struct timespec* t, unsigned bits, int flags)
{
    return SYS(futex, word, FUTEX_WAIT_BITSET | flags, value, t, NULL, bits);
}

int main(void)
{
    int volatile* shared = shared_memory(PAGE);
    int volatile* word = shared + 8;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    long start = now_ms();
    t.tv_nsec += 30000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_nsec -= 1000000000;
        t.tv_sec++;
    }
    VALUE(wait_bits(word, 0, &t, ~0u, 0));
    IS(now_ms() - start >= 28);
    VALUE(wait_bits(word, 0, &t, ~0u, 0));
    clock_gettime(CLOCK_REALTIME, &t);
    VALUE(wait_bits(word, 0, &t, ~0u, FUTEX_CLOCK_REALTIME));
    VALUE(wait_bits(word, 1, NULL, ~0u, 0));
    VALUE(wait_bits(word, 0, NULL, 0, 0));
    pid_t children[2];
    for (int i = 0; i < 2; i++) {
        children[i] = (pid_t)MUST(fork());
        if (children[i] == 0) {
            shared[i] = 1;
            _exit(wait_bits(word, 0, NULL, 1u << i, 0) == 0 ? 0 : 1);
        }
        await(&shared[i], 1);
    }
    sleep_ms(30);
    VALUE(SYS(futex, word, FUTEX_WAKE_BITSET, 10, NULL, NULL, 4));
    VALUE(SYS(futex, word, FUTEX_WAKE_BITSET, 10, NULL, NULL, 2));
    reap("second", children[1]);
    VALUE(SYS(futex, word, FUTEX_WAKE_BITSET, 10, NULL, NULL, 0));
    VALUE(SYS(futex, word, FUTEX_WAKE, 10, NULL, NULL, 0));
    reap("first", children[0]);
    return 0;
}
