// SPDX-License-Identifier: MIT
// The alternate signal stack: when it is used, what sigaltstack refuses, SS_AUTODISARM.
#include "abi.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static char space[65536] __attribute__((aligned(16)));
static char other[65536] __attribute__((aligned(16)));
static int expected_here;

static bool inside(void const* p)
{
    return (char const*)p >= space && (char const*)p < space + sizeof space;
}

static void on_signal(int signal, siginfo_t* info, void* context)
{
    (void)info;
    ucontext_t* user = context;
    stack_t now, try = {.ss_sp = other, .ss_size = sizeof other};
    sigaltstack(NULL, &now);
    say("%s on the alternate stack: %d, flags %#x, in the context: flags %#x", signal_name(signal),
        inside(&now), now.ss_flags, user->uc_stack.ss_flags);
    say("stack in the context is ours: %d",
        user->uc_stack.ss_sp == space && user->uc_stack.ss_size == sizeof space);
    VALUE(sigaltstack(&try, NULL));
    if (signal == SIGUSR1)
        raise(SIGUSR2);
}

static void on_segv(int signal, siginfo_t* info, void* context)
{
    (void)context;
    (void)signal;
    int here;
    say("overflow handled on the alternate stack: %d, code %d", inside(&here), info->si_code);
    _exit(3);
}

static int recurse(int n)
{
    char volatile block[4096];
    block[0] = (char)n;
    return n > 1000000 ? 0 : recurse(n + 1) + block[0];
}

int main(void)
{
    (void)expected_here;
    stack_t stack = {.ss_sp = space, .ss_size = sizeof space}, old;
    VALUE(sigaltstack(NULL, &old));
    say("at first: flags %#x, size %zu, place null %d", old.ss_flags, old.ss_size, old.ss_sp == NULL);
    VALUE(sigaltstack(&stack, &old));
    VALUE(sigaltstack(NULL, &old));
    say("set: flags %#x, size %zu, place right %d", old.ss_flags, old.ss_size, old.ss_sp == space);
    handle_info(SIGUSR1, on_signal, SA_ONSTACK);
    handle_info(SIGUSR2, on_signal, SA_ONSTACK);
    raise(SIGUSR1);
    handle_info(SIGUSR1, on_signal, 0);
    say("without SA_ONSTACK");
    raise(SIGUSR1);

    stack.ss_size = 5119;
    VALUE(sigaltstack(&stack, NULL));
    stack.ss_size = 5120;
    VALUE(sigaltstack(&stack, NULL));
    stack.ss_size = 0;
    VALUE(sigaltstack(&stack, NULL));
    stack.ss_size = sizeof space;
    stack.ss_flags = 3;
    VALUE(sigaltstack(&stack, NULL));
    stack.ss_flags = SS_ONSTACK;
    VALUE(sigaltstack(&stack, NULL));
    stack.ss_flags = 0x40000000;
    VALUE(sigaltstack(&stack, NULL));
    VALUE(sigaltstack((stack_t*)1, NULL));
    VALUE(sigaltstack(NULL, (stack_t*)1));
    stack.ss_flags = SS_DISABLE;
    VALUE(sigaltstack(&stack, NULL));
    sigaltstack(NULL, &old);
    say("disabled: flags %#x", old.ss_flags);

    stack.ss_flags = (int)SS_AUTODISARM;
    VALUE(sigaltstack(&stack, NULL));
    sigaltstack(NULL, &old);
    say("SS_AUTODISARM: flags %#x", old.ss_flags);
    handle_info(SIGUSR1, on_signal, SA_ONSTACK);
    handle_info(SIGUSR2, on_signal, 0);
    raise(SIGUSR1);
    sigaltstack(NULL, &old);
    say("armed again: flags %#x, ours %d", old.ss_flags, old.ss_sp == space);

    stack.ss_flags = 0;
    sigaltstack(&stack, NULL);
    CHILD("inherited by fork", sigaltstack(NULL, &old); say("ours %d", old.ss_sp == space));
    pid_t child = vfork();
    if (child == 0) {
        sigaltstack(NULL, &old);
        say("after vfork: ours %d", old.ss_sp == space);
        _exit(0);
    }
    reap("vfork", child);
    handle_info(SIGSEGV, on_segv, SA_ONSTACK);
    CHILD("stack overflow", _exit(recurse(0) & 1));
    handle_info(SIGSEGV, on_segv, 0);
    CHILD("stack overflow without", _exit(recurse(0) & 1));
    return 0;
}
