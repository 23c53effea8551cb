// SPDX-License-Identifier: MIT
// /proc as ps, top, free, uptime and mount read it: shapes of the texts, not their numbers.
#include "abi.h"
#include <dirent.h>
#include <sys/prctl.h>

static char text[1 << 17];

static char const* slurp(char const* path)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0) {
        say("%s: %s", path, error_name(errno));
        text[0] = 0;
        return text;
    }
    long total = 0, n;
    while (total < (long)sizeof text - 1 && (n = read(fd, text + total, sizeof text - 1 - (size_t)total)) > 0)
        total += n;
    text[total] = 0;
    close(fd);
    return text;
}

// The line that starts with KEY, without its end.
static char const* line_of(char const* key)
{
    static char line[400];
    size_t length = strlen(key);
    for (char const* p = text; p != NULL && *p != 0; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
        if (strncmp(p, key, length) == 0) {
            snprintf(line, sizeof line, "%.*s", (int)strcspn(p, "\n"), p);
            for (char* c = line; *c != 0; c++)
                if (*c == '\t')
                    *c = ' ';
            return line;
        }
    return NULL;
}

static void has(char const* key)
{
    say("  has \"%s\": %d", key, line_of(key) != NULL);
}

static char state_of(pid_t pid)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    slurp(path);
    char const* p = strrchr(text, ')');
    return p ? p[2] : '-';
}

static void stat_file(void)
{
    slurp("/proc/self/stat");
    char const* p = strrchr(text, ')');
    int fields = 2, pid = 0, ppid = 0, group = 0, session = 0, tty = 0, foreground = 0;
    for (char const* c = p; c != NULL && *c != 0; c++)
        fields += *c == ' ';
    sscanf(text, "%d", &pid);
    sscanf(p + 4, "%d %d %d %d %d", &ppid, &group, &session, &tty, &foreground);
    say("stat: pid %d name %.9s fields %d state %c parent %d group %d session %d tty %d foreground %d",
        pid == getpid(), strchr(text, '('), fields, p[2], ppid == getppid(), group == getpgid(0),
        session == getsid(0), tty, foreground);
    unsigned long f[53] = {0};
    char* rest = (char*)p + 3;
    for (int i = 4; i <= 52 && rest != NULL; i++)
        f[i] = strtoul(rest, &rest, 10);
    say("priority %ld nice %ld threads %ld, size %d, code %d, stack %d, exit signal %ld, policy "
        "%ld",
        (long)f[18], (long)f[19], (long)f[20], f[23] > 100000, f[26] != 0 && f[27] > f[26], f[28] > f[27],
        (long)f[38], (long)f[41]);
    prctl(PR_SET_NAME, "odd ) name (");
    slurp("/proc/self/stat");
    say("stat with an odd name: %.14s", strchr(text, '('));
    slurp("/proc/self/comm");
    say("comm: %.12s, newline %d", text, text[12] == '\n');
    int fd = open("/proc/self/comm", O_WRONLY);
    VALUE(write(fd, "renamed", 7));
    slurp("/proc/self/comm");
    say("comm: %.7s", text);
}

static void status_file(void)
{
    handle(SIGUSR2, SIG_IGN, 0);
    slurp("/proc/self/status");
    static char const* const keys[] = {"Name:", "Umask:", "State:", "Uid:", "Gid:", "FDSize:", "Groups:",
        "Threads:", "SigPnd:", "ShdPnd:", "SigBlk:", "SigIgn:", "SigCgt:", "CapEff:", "NoNewPrivs:"};
    for (unsigned i = 0; i < COUNT(keys); i++) {
        char const* line = line_of(keys[i]);
        say("  %s", line ? line : keys[i]);
    }
    static char const* const present[] = {"Tgid:", "Pid:", "PPid:", "VmPeak:", "VmSize:", "VmRSS:", "VmData:",
        "VmStk:", "VmExe:", "voluntary_ctxt_switches:"};
    for (unsigned i = 0; i < COUNT(present); i++)
        has(present[i]);
}

static void own_files(void)
{
    char target[256] = "";
    slurp("/proc/self/cmdline");
    say("cmdline: %s", text);
    slurp("/proc/self/environ");
    say("environ: %s", text);
    readlink("/proc/self/exe", target, sizeof target - 1);
    say("exe %s", target);
    memset(target, 0, sizeof target);
    readlink("/proc/self/cwd", target, sizeof target - 1);
    say("cwd %s", target);
    memset(target, 0, sizeof target);
    readlink("/proc/self/root", target, sizeof target - 1);
    say("root %s", target);
    memset(target, 0, sizeof target);
    long n = readlink("/proc/self", target, sizeof target - 1);
    say("self is the pid: %d", n > 0 && atoi(target) == getpid());
    close(3);
    int fd = make_file("open-file", "contents", 0644), ends[2];
    MUST(pipe(ends));
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    memset(target, 0, sizeof target);
    readlink(path, target, sizeof target - 1);
    say("fd %s", target);
    unlink("open-file");
    memset(target, 0, sizeof target);
    readlink(path, target, sizeof target - 1);
    say("fd of an unlinked file %s", target);
    int again = open(path, O_RDONLY);
    VALUE(read(again, target, 8));
    memset(target, 0, sizeof target);
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    readlink(path, target, sizeof target - 1);
    say("fd of a pipe %.6s", target);
    DIR* d = opendir("/proc/self/fd");
    int count = 0;
    for (struct dirent* e; d != NULL && (e = readdir(d)) != NULL;)
        count += e->d_name[0] != '.';
    say("descriptors listed: %d", count);
    slurp("/proc/self/maps");
    int lines = 0, bad = 0;
    for (char* p = text; *p != 0; p = strchr(p, '\n') + 1) {
        unsigned long a, b, offset, inode;
        char rights[5];
        unsigned major, minor;
        bad += sscanf(p, "%lx-%lx %4s %lx %x:%x %lu", &a, &b, rights, &offset, &major, &minor, &inode) != 7
            || a >= b;
        lines++;
    }
    say("maps: more than four lines %d, bad %d, [stack] %d, [vdso] %d, [heap] %d, program %d", lines > 4, bad,
        strstr(text, "[stack]") != NULL, strstr(text, "[vdso]") != NULL, strstr(text, "[heap]") != NULL,
        strstr(text, "/abi/procfs") != NULL);
    slurp("/proc/self/statm");
    long v[7];
    say("statm: %d numbers",
        sscanf(text, "%ld %ld %ld %ld %ld %ld %ld", v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6));
    slurp("/proc/self/mounts");
    say("mounts: root %d, proc %d", strstr(text, " / ") != NULL, strstr(text, " /proc proc ") != NULL);
}

static void system_files(void)
{
    double a, b, c;
    int running, all, last;
    slurp("/proc/uptime");
    say("uptime: %d", sscanf(text, "%lf %lf", &a, &b));
    slurp("/proc/loadavg");
    say("loadavg: %d", sscanf(text, "%lf %lf %lf %d/%d %d", &a, &b, &c, &running, &all, &last));
    slurp("/proc/meminfo");
    say("meminfo:");
    static char const* const memory[] = {"MemTotal:", "MemFree:", "MemAvailable:", "Buffers:", "Cached:",
        "SwapTotal:", "SwapFree:", "Shmem:", "Slab:", "SReclaimable:"};
    for (unsigned i = 0; i < COUNT(memory); i++)
        has(memory[i]);
    char const* line = line_of("MemTotal:");
    long kb = 0;
    char unit[4] = "";
    say("  in kB: %d %s", line != NULL && sscanf(line, "MemTotal: %ld %3s", &kb, unit) == 2 && kb > 100000,
        unit);
    slurp("/proc/stat");
    say("stat:");
    static char const* const times[]
        = {"cpu ", "cpu0 ", "intr ", "ctxt ", "btime ", "processes ", "procs_running ", "procs_blocked "};
    for (unsigned i = 0; i < COUNT(times); i++)
        has(times[i]);
    unsigned long t[10];
    line = line_of("cpu ");
    say("  %d times",
        line == NULL ? 0
                     : sscanf(line, "cpu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu", t, t + 1, t + 2, t + 3,
                           t + 4, t + 5, t + 6, t + 7, t + 8, t + 9));
    slurp("/proc/version");
    say("version: %.14s, ends its line %d", text, text[0] != 0 && text[strlen(text) - 1] == '\n');
    slurp("/proc/cmdline");
    say("cmdline: %d", strstr(text, "console=ttyAMA0") != NULL);
    slurp("/proc/filesystems");
    say("filesystems: tmpfs %d, proc %d", strstr(text, "nodev\ttmpfs") != NULL,
        strstr(text, "nodev\tproc") != NULL);
    slurp("/proc/cpuinfo");
    say("cpuinfo: %s", line_of("processor") ? line_of("processor") : "");
    say("  %s", line_of("CPU implementer") ? line_of("CPU implementer") : "");
    say("  %s", line_of("CPU part") ? line_of("CPU part") : "");
    say("  features begin with fp asimd: %d",
        line_of("Features") != NULL && strstr(text, ": fp asimd") != NULL);
    slurp("/proc/interrupts");
    say("interrupts: %d", strstr(text, "CPU0") != NULL);
    slurp("/proc/sys/kernel/ostype");
    say("ostype %s", text);
    slurp("/proc/sys/kernel/hostname");
    say("hostname is there: %d", text[0] != 0);
}

static void waits_for(char const* who, pid_t pid)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/syscall", pid);
    slurp(path);
    int words = 1;
    for (char const* c = text; *c != 0; c++)
        words += *c == ' ';
    say("%s: in call %.*s, %d words", who, (int)strcspn(text, " \n"), text, words);
}

static void others(void)
{
    int ends[2];
    MUST(pipe(ends));
    pid_t sleeper = (pid_t)MUST(fork());
    if (sleeper == 0)
        for (;;)
            pause();
    pid_t zombie = (pid_t)MUST(fork());
    if (zombie == 0)
        _exit(0);
    pid_t stopped = (pid_t)MUST(fork());
    if (stopped == 0) {
        raise(SIGSTOP);
        _exit(0);
    }
    pid_t runner = (pid_t)MUST(fork());
    if (runner == 0)
        for (;;) { }
    waitpid(stopped, NULL, WUNTRACED);
    sleep_ms(40);
    say("states: %c %c %c %c %c", state_of(sleeper), state_of(zombie), state_of(stopped), state_of(runner),
        state_of(getpid()));
    waits_for("sleeper", sleeper);
    waits_for("zombie", zombie);
    waits_for("stopped", stopped);
    waits_for("runner", runner);
    waits_for("myself", getpid());
    char path[64], target[64] = "";
    snprintf(path, sizeof path, "/proc/%d/cmdline", zombie);
    say("zombie's command line is empty: %d", slurp(path)[0] == 0);
    snprintf(path, sizeof path, "/proc/%d/exe", zombie);
    VALUE(readlink(path, target, sizeof target));
    snprintf(path, sizeof path, "/proc/%d/stat", sleeper);
    int fd = open(path, O_RDONLY);
    snprintf(path, sizeof path, "/proc/%d", sleeper);
    struct stat s;
    VALUE(stat(path, &s));
    say("directory %d owner %d", S_ISDIR(s.st_mode), (int)s.st_uid);
    DIR* d = opendir("/proc");
    int numbers = 0, mine = 0, first = 0, version = 0;
    for (struct dirent* e; d != NULL && (e = readdir(d)) != NULL;) {
        numbers += atoi(e->d_name) > 0;
        mine += atoi(e->d_name) == getpid();
        first += strcmp(e->d_name, "1") == 0;
        version += strcmp(e->d_name, "version") == 0;
    }
    say("listed: at least six %d, me %d, pid 1 %d, version %d", numbers >= 6, mine, first, version);
    kill(sleeper, SIGKILL);
    kill(stopped, SIGKILL);
    kill(runner, SIGKILL);
    while (wait(NULL) > 0) { }
    char byte;
    VALUE(read(fd, &byte, 1));
    VALUE(stat(path, &s));
    CHECK(open("/proc/99999/stat", O_RDONLY));
    CHECK(open("/proc/nothing", O_RDONLY));
    CHECK(open("/proc/new", O_CREAT | O_RDWR, 0600));
    VALUE(mkdir("/proc/dir", 0700));
    VALUE(unlink("/proc/version"));
    IN_CHILD("as a user")
    {
        become_user();
        CHECK(open("/proc/version", O_RDONLY));
        CHECK(open("/proc/version", O_WRONLY));
        CHECK(open("/proc/1/stat", O_RDONLY));
        VALUE(readlink("/proc/1/exe", target, sizeof target));
        CHECK(open("/proc/1/environ", O_RDONLY));
        CHECK(opendir("/proc/1/fd") == NULL ? -1 : 0);
    }
}

int main(void)
{
    stat_file();
    status_file();
    own_files();
    system_files();
    others();
    return 0;
}
