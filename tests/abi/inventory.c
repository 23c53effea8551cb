// SPDX-License-Identifier: MIT
// Every call that Torc offers, with nothing but ones for arguments: none is missing, each has its own error.
#include "abi.h"

#define CALL(name) {SYS_##name, #name}

static struct {
    long number;
    char const* name;
} const calls[] = {CALL(read), CALL(write), CALL(readv), CALL(writev), CALL(pread64), CALL(pwrite64),
    CALL(openat), CALL(close), CALL(lseek), CALL(dup), CALL(dup3), CALL(fcntl), CALL(ioctl), CALL(pipe2),
    CALL(newfstatat), CALL(fstat), CALL(statx), CALL(statfs), CALL(fstatfs), CALL(getdents64), CALL(mkdirat),
    CALL(mknodat), CALL(unlinkat), CALL(linkat), CALL(symlinkat), CALL(readlinkat), CALL(renameat),
    CALL(renameat2), CALL(faccessat), CALL(faccessat2), CALL(fchmod), CALL(fchmodat), CALL(fchown),
    CALL(fchownat), CALL(utimensat), CALL(truncate), CALL(ftruncate), CALL(chdir), CALL(fchdir), CALL(chroot),
    CALL(getcwd), CALL(mount), CALL(umount2), CALL(sync), CALL(fsync), CALL(fdatasync), CALL(sendfile),
    CALL(ppoll), CALL(pselect6), CALL(flock), CALL(clone), CALL(execve), CALL(wait4), CALL(waitid),
    CALL(getpid), CALL(getppid), CALL(gettid), CALL(getpgid), CALL(setpgid), CALL(getsid), CALL(setsid),
    CALL(set_tid_address), CALL(set_robust_list), CALL(prlimit64), CALL(getrlimit), CALL(setrlimit),
    CALL(prctl), CALL(personality), CALL(uname), CALL(sethostname), CALL(sysinfo), CALL(getrusage),
    CALL(times), CALL(getrandom), CALL(reboot), CALL(syslog), CALL(brk), CALL(mmap), CALL(munmap),
    CALL(mprotect), CALL(mremap), CALL(madvise), CALL(msync), CALL(mlock), CALL(munlock), CALL(mlockall),
    CALL(munlockall), CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigpending), CALL(rt_sigtimedwait),
    CALL(rt_sigqueueinfo), CALL(rt_tgsigqueueinfo), CALL(rt_sigsuspend), CALL(kill), CALL(tkill),
    CALL(tgkill), CALL(sigaltstack), CALL(setitimer), CALL(getitimer), CALL(nanosleep), CALL(clock_nanosleep),
    CALL(clock_gettime), CALL(clock_getres), CALL(gettimeofday), CALL(clock_settime), CALL(sched_yield),
    CALL(sched_setaffinity), CALL(sched_getaffinity), CALL(sched_setscheduler), CALL(sched_getscheduler),
    CALL(sched_setparam), CALL(sched_getparam), CALL(sched_get_priority_min), CALL(sched_get_priority_max),
    CALL(getpriority), CALL(setpriority), CALL(getuid), CALL(geteuid), CALL(getgid), CALL(getegid),
    CALL(setuid), CALL(setgid), CALL(setreuid), CALL(setregid), CALL(setresuid), CALL(setresgid),
    CALL(getresuid), CALL(getresgid), CALL(setfsuid), CALL(setfsgid), CALL(getgroups), CALL(setgroups),
    CALL(capget), CALL(futex), CALL(umask)};

static void try(char const* name, long number, long a)
{
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        errno = 0;
        long r = syscall(number, a, a, a, a, a, a);
        int error = errno;
        umask(022);
        say("%s(%ld): %s", name, a, r == -1 && error != 0 ? error_name(error) : "ok");
        _exit(0);
    }
    int status;
    MUST(waitpid(child, &status, 0));
    if (status != 0)
        show_status(name, status);
}

int main(void)
{
    // Descriptor 0 is a file of its own: fchmod(0, 0) would change /dev/null for whoever comes next.
    MUST(dup2(make_file("input", "text", 0644), 0));
    for (unsigned i = 0; i < COUNT(calls); i++)
        try(calls[i].name, calls[i].number, -1);
    // Zero for all arguments, where that neither blocks nor forks.
    for (unsigned i = 0; i < COUNT(calls); i++)
        if (calls[i].number != SYS_clone && calls[i].number != SYS_ppoll && calls[i].number != SYS_pselect6
            && calls[i].number != SYS_kill && calls[i].number != SYS_wait4 && calls[i].number != SYS_close)
            try(calls[i].name, calls[i].number, 0);
    return 0;
}
