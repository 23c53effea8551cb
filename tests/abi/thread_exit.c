// SPDX-License-Identifier: MIT
// How processes of several threads end: by exit of one, of all, of the leader first, by exit_group, by
// signals, by execve of any thread; and how they stop.
#include "abi.h"
#include <pthread.h>

static char state_of(pid_t pid)
{
    char path[64], line[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return '-';
    if (read(fd, line, sizeof line - 1) <= 0)
        line[0] = 0;
    close(fd);
    char* end = strrchr(line, ')');
    return end != NULL ? end[2] : '?';
}

static void* sleeps(void* argument)
{
    sleep_ms(argument ? (long)argument : 100000);
    return NULL;
}
static void* spins(void* argument)
{
    for (;;)
        *(int volatile*)argument += 1;
    return NULL;
}
static void* exits_all(void* argument)
{
    sleep_ms(10);
    _exit((int)(long)argument);
    return NULL;
}
static void* exits_raw(void* argument)
{
    sleep_ms(10);
    SYS(exit, (long)argument);
    return NULL;
}
static void* exits_last(void* argument)
{
    while (state_of(getpid()) != 'Z') // the leader's
        sleep_ms(2);
    SYS(exit, (long)argument);
    return NULL;
}
static void* crashes(void* argument)
{
    sleep_ms(10);
    *(int volatile*)argument = 1;
    return NULL;
}
static void* executes(void* argument)
{
    char** arguments = argument;
    sleep_ms(10);
    execv(arguments[0], arguments);
    say("execv: %s", error_name(errno));
    return NULL;
}
static void* waits_in_vfork(void* argument)
{
    pid_t child = vfork();
    if (child == 0) {
        sleep_ms((long)argument);
        _exit(5);
    }
    reap("vforked", child);
    return NULL;
}

static void start(void* (*what)(void*), void* argument)
{
    pthread_t t;
    if (pthread_create(&t, NULL, what, argument) != 0)
        say("no thread");
}

static int volatile counters[4];

int main(int argc, char** argv)
{
    if (argc > 1 && strcmp(argv[1], "starts a thread") == 0) {
        char* again[] = {argv[0], "by a thread of a program", argv[2], NULL};
        start(executes, again);
        pause();
    }
    if (argc > 1) {
        say("executed %s: pid %s, tid is pid %d", argv[1], atoi(argv[2]) == getpid() ? "kept" : "CHANGED",
            SYS(gettid) == getpid());
        return 3;
    }
    char pid[16];
    char* arguments[] = {argv[0], "again", pid, NULL};
    IN_CHILD("main returns")
    {
        start(sleeps, NULL);
        start(spins, (void*)&counters[0]);
        sleep_ms(10);
        exit(4);
    }
    IN_CHILD("a thread exits for all")
    {
        start(sleeps, NULL);
        start(exits_all, (void*)6);
        pause();
    }
    IN_CHILD("the leader first, then a thread by exit")
    {
        start(exits_last, (void*)9);
        SYS(exit, 8);
    }
    IN_CHILD("the leader first, then a thread for all")
    {
        start(exits_all, (void*)9);
        SYS(exit, 8);
    }
    IN_CHILD("pthread_exit in main")
    {
        start(sleeps, (void*)30);
        pthread_exit(NULL);
    }
    IN_CHILD("all threads but the leader")
    {
        start(exits_raw, (void*)9);
        start(exits_raw, (void*)9);
        struct stat tasks;
        while (stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink > 3)
            sleep_ms(2);
        SYS(exit, 2);
    }
    IN_CHILD("a thread crashes")
    {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        start(sleeps, NULL);
        start(crashes, NULL);
        pause();
    }
    for (int leader = 0; leader < 2; leader++) {
        pid_t child = (pid_t)MUST(fork());
        if (child == 0) {
            start(sleeps, NULL);
            start(spins, (void*)&counters[1]);
            if (leader)
                SYS(exit, 1);
            pause();
        }
        sleep_ms(30);
        say("leader is %c", state_of(child));
        VALUE(waitpid(child, NULL, WNOHANG));
        VALUE(kill(child, SIGTERM));
        reap(leader ? "killed without its leader" : "killed", child);
    }
    IN_CHILD("exec by the leader")
    {
        snprintf(pid, sizeof pid, "%d", getpid());
        start(sleeps, NULL);
        start(spins, (void*)&counters[2]);
        start(waits_in_vfork, (void*)50);
        sleep_ms(10);
        execv(arguments[0], arguments);
    }
    IN_CHILD("exec by another thread")
    {
        snprintf(pid, sizeof pid, "%d", getpid());
        start(sleeps, NULL);
        start(executes, arguments);
        start(spins, (void*)&counters[2]);
        pause();
    }
    IN_CHILD("exec by another thread, the leader is gone")
    {
        snprintf(pid, sizeof pid, "%d", getpid());
        start(executes, arguments);
        SYS(exit, 1);
    }
    IN_CHILD("exec by another thread of a program that has been executed")
    {
        snprintf(pid, sizeof pid, "%d", getpid());
        arguments[1] = "starts a thread";
        execv(arguments[0], arguments);
    }
    IN_CHILD("exec by two at once")
    {
        snprintf(pid, sizeof pid, "%d", getpid());
        start(executes, arguments);
        start(executes, arguments);
        pause();
    }
    IN_CHILD("exec that fails keeps the others")
    {
        static char* const none[] = {"nothing", NULL};
        start(exits_all, (void*)7);
        VALUE(execv("/nothing", none));
        pause();
    }
    // vfork stops the thread that calls it, not the others.
    IN_CHILD("vfork in a thread")
    {
        start(waits_in_vfork, (void*)60);
        for (int i = 0; i < 4; i++)
            sleep_ms(5);
        say("main went on");
        sleep_ms(100);
        _exit(0);
    }
    // Stop and continue all threads.
    int volatile* count = shared_memory(PAGE);
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        start(spins, (void*)count);
        start(spins, (void*)(count + 1));
        pause();
    }
    sleep_ms(20);
    MUST(kill(child, SIGSTOP));
    int status = 0;
    MUST(waitpid(child, &status, WUNTRACED));
    show_status("stopped", status);
    int const seen[2] = {count[0], count[1]};
    sleep_ms(30);
    say("stands still: %d", seen[0] == count[0] && seen[1] == count[1]);
    say("state %c", state_of(child));
    MUST(kill(child, SIGCONT));
    MUST(waitpid(child, &status, WCONTINUED));
    show_status("continued", status);
    sleep_ms(40);
    say("goes on: %d", seen[0] != count[0] && seen[1] != count[1]);
    MUST(kill(child, SIGKILL));
    reap("killed", child);
    child = (pid_t)MUST(fork());
    if (child == 0) {
        start(sleeps, NULL);
        pause();
    }
    sleep_ms(20);
    MUST(kill(child, SIGSTOP));
    MUST(waitpid(child, &status, WUNTRACED));
    MUST(kill(child, SIGKILL));
    reap("killed while stopped", child);
    return 0;
}
