// SPDX-License-Identifier: MIT
// A signal stack in the program's own data, on pages that nobody has touched: they come when they are needed,
// wherever the program's file lies.
#include "abi.h"

enum { SIZE = 1 << 20, STACK = 64 << 10 };
static char data[SIZE] __attribute__((aligned(4096))) = {1};
static int volatile handled, value;

static void handler(int signal, siginfo_t* info, void* context)
{
    (void)context;
    handled = signal;
    value = info->si_value.sival_int;
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    MUST(sigaction(SIGUSR1, &action, NULL));
    MUST(sigaction(SIGRTMIN, &action, NULL));
    for (int i = 0; i < 4; i++) {
        stack_t const stack = {.ss_sp = data + (size_t)(i + 1) * SIZE / 6, .ss_size = STACK};
        MUST(sigaltstack(&stack, NULL));
        handled = value = 0;
        union sigval const given = {.sival_int = 100 + i};
        VALUE(sigqueue(getpid(), i & 1 ? SIGRTMIN : SIGUSR1, given));
        say("handled %d, value %d", handled != 0, value);
    }
    return 0;
}
