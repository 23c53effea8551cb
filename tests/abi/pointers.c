// SPDX-License-Identifier: MIT
// Hostile pointers: each pointer argument of each call gets an address that is null, misplaced, not mapped,
// the kernel's, neither half's, tagged, read-only, or runs into an unmapped page. Nothing but EFAULT or an
// honest result may come of it.
#include "abi.h"
#include <linux/capability.h>
#include <linux/futex.h>

enum { FILE_FD = -1001, DIR_FD, ZERO_FD, PIPE_FD, SCRATCH, P, PATH };

struct probe {
    char const* name;
    long number;
    long arguments[6];
    int size; // bytes the call reads or writes there
    char const* valid; // what lies there; zeros when null
};

#define PROBE(name, call, size, valid, ...) {name, SYS_##call, {__VA_ARGS__}, size, valid}
#define PATHS(name, call, ...) {name, SYS_##call, {__VA_ARGS__}, 0, "file"}

static struct probe const probes[] = {
    PROBE("read", read, 16, NULL, ZERO_FD, P, 16),
    PROBE("write", write, 16, NULL, FILE_FD, P, 16),
    PROBE("pread64", pread64, 16, NULL, ZERO_FD, P, 16, 0),
    PROBE("pwrite64", pwrite64, 16, NULL, FILE_FD, P, 16, 0),
    PROBE("readv", readv, 16, NULL, ZERO_FD, P, 1),
    PROBE("writev", writev, 16, NULL, FILE_FD, P, 1),
    PATHS("openat", openat, AT_FDCWD, P, O_RDONLY),
    PROBE("fcntl F_GETLK", fcntl, 32, NULL, FILE_FD, F_GETLK, P),
    PROBE("fcntl F_SETLK", fcntl, 32, NULL, FILE_FD, F_SETLK, P),
    PROBE("ioctl FIONREAD", ioctl, 4, NULL, PIPE_FD, FIONREAD, P),
    PROBE("ioctl FIONBIO", ioctl, 4, NULL, PIPE_FD, FIONBIO, P),
    PROBE("pipe2", pipe2, 8, NULL, P, 0),
    PATHS("newfstatat path", newfstatat, AT_FDCWD, P, SCRATCH, 0),
    PROBE("newfstatat", newfstatat, 128, NULL, AT_FDCWD, PATH, P, 0),
    PROBE("fstat", fstat, 128, NULL, FILE_FD, P),
    PATHS("statx path", statx, AT_FDCWD, P, 0, STATX_ALL, SCRATCH),
    PROBE("statx", statx, 256, NULL, AT_FDCWD, PATH, 0, STATX_ALL, P),
    PATHS("statfs path", statfs, P, SCRATCH),
    PROBE("statfs", statfs, 120, NULL, PATH, P),
    PROBE("fstatfs", fstatfs, 120, NULL, FILE_FD, P),
    PROBE("getdents64", getdents64, 24, NULL, DIR_FD, P, 24),
    PATHS("mkdirat", mkdirat, AT_FDCWD, P, 0755),
    PATHS("mknodat", mknodat, AT_FDCWD, P, S_IFREG | 0644, 0),
    PATHS("unlinkat", unlinkat, AT_FDCWD, P, AT_REMOVEDIR),
    PATHS("linkat from", linkat, AT_FDCWD, P, AT_FDCWD, PATH, 0),
    PATHS("linkat to", linkat, AT_FDCWD, PATH, AT_FDCWD, P, 0),
    PATHS("symlinkat target", symlinkat, P, AT_FDCWD, PATH),
    PATHS("symlinkat path", symlinkat, PATH, AT_FDCWD, P),
    PATHS("readlinkat path", readlinkat, AT_FDCWD, P, SCRATCH, 100),
    PATHS("renameat from", renameat, AT_FDCWD, P, AT_FDCWD, PATH),
    PATHS("renameat to", renameat, AT_FDCWD, PATH, AT_FDCWD, P),
    PATHS("renameat2 to", renameat2, AT_FDCWD, PATH, AT_FDCWD, P, 0),
    PATHS("faccessat", faccessat, AT_FDCWD, P, F_OK),
    PATHS("faccessat2", faccessat2, AT_FDCWD, P, F_OK, 0),
    PATHS("fchmodat", fchmodat, AT_FDCWD, P, 0644),
    PATHS("fchownat", fchownat, AT_FDCWD, P, 0, 0, 0),
    PATHS("utimensat path", utimensat, AT_FDCWD, P, 0, 0),
    PROBE("utimensat times", utimensat, 32, NULL, AT_FDCWD, PATH, P, 0),
    PATHS("truncate", truncate, P, 100),
    PATHS("chdir", chdir, P),
    PATHS("chroot", chroot, P),
    PROBE("getcwd", getcwd, 28, NULL, P, 100),
    PATHS("mount target", mount, PATH, P, PATH, 0, 0),
    PATHS("umount2", umount2, P, 0),
    PROBE("sendfile", sendfile, 8, NULL, FILE_FD, FILE_FD, P, 4),
    PROBE("ppoll set", ppoll, 8, NULL, P, 1, SCRATCH, 0, 8),
    PROBE("ppoll time", ppoll, 16, NULL, 0, 0, P, 0, 8),
    PROBE("ppoll mask", ppoll, 8, NULL, 0, 0, SCRATCH, P, 8),
    PROBE("pselect6 set", pselect6, 8, NULL, 8, P, 0, 0, SCRATCH, 0),
    PROBE("pselect6 time", pselect6, 16, NULL, 0, 0, 0, 0, P, 0),
    PROBE("pselect6 mask", pselect6, 16, NULL, 0, 0, 0, 0, SCRATCH, P),
    PATHS("execve path", execve, P, 0, 0),
    PROBE("execve arguments", execve, 8, NULL, PATH, P, 0),
    PROBE("prlimit64 new", prlimit64, 16, NULL, 0, RLIMIT_CORE, P, 0),
    PROBE("prlimit64 old", prlimit64, 16, NULL, 0, RLIMIT_CORE, 0, P),
    PROBE("getrlimit", getrlimit, 16, NULL, RLIMIT_CORE, P),
    PROBE("setrlimit", setrlimit, 16, NULL, RLIMIT_CORE, P),
    PROBE("prctl PR_SET_NAME", prctl, 0, "name", 15, P),
    PROBE("prctl PR_GET_NAME", prctl, 16, NULL, 16, P),
    PROBE("uname", uname, 390, NULL, P),
    PROBE("sethostname", sethostname, 6, "holder", P, 6),
    PROBE("sysinfo", sysinfo, 112, NULL, P),
    PROBE("getrusage", getrusage, 144, NULL, RUSAGE_SELF, P),
    PROBE("getrandom", getrandom, 16, NULL, P, 16, 0),
    PROBE("rt_sigaction new", rt_sigaction, 32, NULL, SIGUSR1, P, 0, 8),
    PROBE("rt_sigaction old", rt_sigaction, 32, NULL, SIGUSR1, 0, P, 8),
    PROBE("rt_sigprocmask new", rt_sigprocmask, 8, NULL, SIG_BLOCK, P, 0, 8),
    PROBE("rt_sigprocmask old", rt_sigprocmask, 8, NULL, SIG_BLOCK, 0, P, 8),
    PROBE("rt_sigpending", rt_sigpending, 8, NULL, P, 8),
    PROBE("rt_sigtimedwait set", rt_sigtimedwait, 8, NULL, P, 0, SCRATCH, 8),
    PROBE("rt_sigtimedwait time", rt_sigtimedwait, 16, NULL, SCRATCH, 0, P, 8),
    PROBE("rt_sigqueueinfo", rt_sigqueueinfo, 128, NULL, 99999, SIGUSR1, P),
    PROBE("sigaltstack new", sigaltstack, 24, NULL, P, 0),
    PROBE("sigaltstack old", sigaltstack, 24, NULL, 0, P),
    PROBE("setitimer new", setitimer, 32, NULL, ITIMER_REAL, P, 0),
    PROBE("setitimer old", setitimer, 32, NULL, ITIMER_REAL, SCRATCH, P),
    PROBE("getitimer", getitimer, 32, NULL, ITIMER_REAL, P),
    PROBE("nanosleep", nanosleep, 16, NULL, P, 0),
    PROBE("clock_nanosleep", clock_nanosleep, 16, NULL, CLOCK_MONOTONIC, 0, P, 0),
    PROBE("clock_gettime", clock_gettime, 16, NULL, CLOCK_MONOTONIC, P),
    PROBE("clock_getres", clock_getres, 16, NULL, CLOCK_MONOTONIC, P),
    PROBE("gettimeofday", gettimeofday, 16, NULL, P, 0),
    PROBE("gettimeofday zone", gettimeofday, 8, NULL, 0, P),
    PROBE("sched_setaffinity", sched_setaffinity, 8, "\1\1\1\1\1\1\1\1", 0, 8, P),
    PROBE("sched_setscheduler", sched_setscheduler, 4, NULL, 0, SCHED_OTHER, P),
    PROBE("sched_setparam", sched_setparam, 4, NULL, 0, P),
    PROBE("sched_getparam", sched_getparam, 4, NULL, 0, P),
    PROBE("getresuid real", getresuid, 4, NULL, P, SCRATCH, SCRATCH),
    PROBE("getresuid effective", getresuid, 4, NULL, SCRATCH, P, SCRATCH),
    PROBE("getresuid saved", getresuid, 4, NULL, SCRATCH, SCRATCH, P),
    PROBE("getresgid saved", getresgid, 4, NULL, SCRATCH, SCRATCH, P),
    PROBE("setgroups", setgroups, 8, NULL, 2, P),
    PROBE("capget header", capget, 8, "\x22\x05\x08\x20\0\0\0\0", P, SCRATCH),
    PROBE("futex word", futex, 4, NULL, P, FUTEX_WAKE, 1, 0, 0, 0),
    PROBE("futex word to wait on", futex, 4, NULL, P, FUTEX_WAIT, 7, 0, 0, 0),
    PROBE("futex time", futex, 16, NULL, SCRATCH, FUTEX_WAIT, 0, P, 0, 0),
};

enum { kinds = 9 };
static char const* const kind_names[kinds]
    = {"null", "low", "unmapped", "kernel", "top", "neither", "tagged", "read-only", "straddling"};
static char *good, *read_only, *edge, *scratch;
static int fds[4];

static unsigned long hostile(struct probe const* p, int kind)
{
    size_t length = p->size ? (size_t)p->size : strlen(p->valid) + 1;
    size_t inside = p->size == 0 ? 2 : p->size >= 8 ? (length / 2) & ~3ul : length / 2 + 1;
    switch (kind) {
    case 0:
        return 0;
    case 1:
        return 8;
    case 2:
        return 0x7777000;
    case 3:
        return 0xffffff8000001000;
    case 4:
        return ~15ul;
    case 5:
        return 0x0001000000000000;
    case 6:
        memset(good, 0, PAGE);
        if (p->valid)
            memcpy(good, p->valid, length);
        return (unsigned long)good | 0x5500000000000000;
    case 7:
        mprotect(read_only, PAGE, PROT_READ | PROT_WRITE);
        memset(read_only, 0, PAGE);
        if (p->valid)
            memcpy(read_only, p->valid, length);
        mprotect(read_only, PAGE, PROT_READ);
        return (unsigned long)read_only;
    default:
        memset(edge, 0, PAGE);
        if (p->valid)
            memcpy(edge + PAGE - inside, p->valid, inside);
        return (unsigned long)(edge + PAGE - inside);
    }
}

static void run(struct probe const* p)
{
    char line[300];
    snprintf(line, sizeof line, "%s:", p->name);
    size_t end = strlen(p->name);
    bool time_limit = end > 5 && strcmp(p->name + end - 5, " time") == 0; // null would mean to wait for ever
    for (int kind = time_limit; kind < kinds; kind++) {
        unsigned long address = hostile(p, kind);
        long a[6];
        for (int i = 0; i < 6; i++) {
            a[i] = p->arguments[i];
            if (a[i] >= FILE_FD && a[i] <= PIPE_FD)
                a[i] = fds[a[i] - FILE_FD];
            else if (a[i] == SCRATCH)
                a[i] = (long)memset(scratch, 0, PAGE);
            else if (a[i] == PATH)
                a[i] = (long)"file";
            else if (a[i] == P)
                a[i] = (long)address;
        }
        lseek(fds[0], 0, SEEK_SET);
        lseek(fds[1], 0, SEEK_SET);
        errno = 0;
        long r = syscall(p->number, a[0], a[1], a[2], a[3], a[4], a[5]);
        int error = errno;
        size_t at = strlen(line);
        if (r == -1)
            snprintf(line + at, sizeof line - at, " %s %s", kind_names[kind], error_name(error));
        else
            snprintf(line + at, sizeof line - at, " %s %ld", kind_names[kind], r);
    }
    say("%s", line);
}

int main(void)
{
    good = private_memory(PAGE);
    scratch = private_memory(PAGE);
    read_only = private_memory(PAGE);
    edge = private_memory(2 * PAGE);
    munmap(edge + PAGE, PAGE);
    int ends[2];
    fds[0] = make_file("file", "01234567", 0644);
    fds[1] = open(".", O_RDONLY);
    fds[2] = open("/dev/zero", O_RDONLY);
    MUST(pipe(ends));
    fds[3] = ends[0];
    for (unsigned i = 0; i < COUNT(probes); i++) {
        pid_t child = (pid_t)MUST(fork());
        if (child == 0) {
            run(&probes[i]);
            _exit(0);
        }
        int status;
        MUST(waitpid(child, &status, 0));
        if (status != 0)
            show_status(probes[i].name, status);
        sethostname("(none)", 6);
        unlink("file");
        rmdir("file");
        close(make_file("file", "01234567", 0644));
    }
    return 0;
}
