// SPDX-License-Identifier: MIT
// vfork and the other forms of clone that make a process; the flags that clone refuses.
#include "abi.h"

static int volatile word;
static char stack[65536] __attribute__((aligned(16)));

static int with_stack(void* argument)
{
    word = (int)(long)argument;
    return word + 1;
}

static void vfork_shares(void)
{
    word = 0;
    pid_t child = vfork();
    if (child == 0) {
        word = 5;
        _exit(3);
    }
    say("after vfork the word is %d", word);
    reap("vfork", child);
    char* arguments[] = {"vfork", "child", NULL};
    child = vfork();
    if (child == 0) {
        execve("/abi/vfork", arguments, NULL);
        _exit(127);
    }
    reap("vfork and exec", child);
    child = vfork();
    if (child == 0) {
        execve("/no/such/file", arguments, NULL);
        _exit(errno == ENOENT ? 40 : 41);
    }
    reap("vfork and failed exec", child);
}

static void parent_waits(void)
{
    long start = now_ms();
    pid_t child = vfork();
    if (child == 0) {
        sleep_ms(120);
        _exit(0);
    }
    IS(now_ms() - start >= 115);
    reap("slow vfork", child);
}

static void clone_forms(void)
{
    word = 0;
    pid_t child = clone(with_stack, stack + sizeof stack, CLONE_VM | SIGCHLD, (void*)9);
    CHECK(child);
    reap("clone with CLONE_VM", child);
    say("the word is %d", word);
    word = 0;
    child = clone(with_stack, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, (void*)11);
    say("the word is %d", word);
    reap("clone as vfork", child);
    word = 0;
    child = clone(with_stack, stack + sizeof stack, SIGCHLD, (void*)13);
    reap("clone as fork with a stack", child);
    say("the word is %d", word);
}

static void tid_words(void)
{
    int parent_tid = 0;
    int volatile* shared = shared_memory(PAGE);
    pid_t child
        = (pid_t)SYS(clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, 0, &parent_tid, 0, shared);
    if (child == 0)
        _exit(*shared == getpid() ? 21 : 22);
    IS(parent_tid == child);
    reap("CLONE_CHILD_SETTID", child);
    *shared = 77;
    child = (pid_t)SYS(clone, CLONE_CHILD_CLEARTID | SIGCHLD, 0, 0, 0, shared);
    if (child == 0)
        _exit(*shared == 77 ? 23 : 24);
    reap("CLONE_CHILD_CLEARTID of a lone user", child);
    child = (pid_t)SYS(clone, CLONE_VM | CLONE_VFORK | CLONE_CHILD_CLEARTID | SIGCHLD, 0, 0, 0, shared);
    if (child == 0)
        _exit(25);
    say("the word is %d", *shared);
    reap("CLONE_CHILD_CLEARTID of shared memory", child);
}

static void exit_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGCHLD);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    pid_t child = (pid_t)SYS(clone, SIGUSR1, 0, 0, 0, 0);
    if (child == 0)
        _exit(31);
    siginfo_t info;
    int got = sigwaitinfo(&set, &info);
    say("exit signal %s, si_pid is the child's: %d, si_status %d", signal_name(got), info.si_pid == child,
        info.si_status);
    VALUE(waitpid(child, NULL, WNOHANG));
    int status;
    IS(waitpid(child, &status, __WCLONE) == child);
    show_status("with __WCLONE", status);
    child = (pid_t)SYS(clone, 0, 0, 0, 0, 0);
    if (child == 0)
        _exit(32);
    IS(waitpid(child, &status, __WALL) == child);
    show_status("without a signal, __WALL", status);
    sigpending(&set);
    say("SIGCHLD pending: %d", sigismember(&set, SIGCHLD));
}

int main(int argc, char** argv)
{
    if (argc > 1 && strcmp(argv[1], "child") == 0)
        return 17;
    vfork_shares();
    parent_waits();
    clone_forms();
    tid_words();
    exit_signals();
    VALUE(SYS(clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0));
    VALUE(SYS(clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0));
    VALUE(SYS(clone, CLONE_THREAD | CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0));
    VALUE(SYS(clone, CLONE_FS | CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0));
    return 0;
}
