// SPDX-License-Identifier: MIT
// Six processes do what they are told: groups, sessions, users, capabilities, priorities, limits, and signals
// to one another. Each answer is compared, and after some calls what all of them then are.
#include "random.h"
#include <linux/capability.h>
#include <sys/prctl.h>

enum { count = 6 };
struct order {
    int what, a, b, c;
    long result;
    int error;
    char text[200];
};
static struct order* orders; // one for each process, shared
static int commands[count][2], answers[2]; // a byte: go, done (nobody spins: some are real-time, some idle)
static pid_t volatile* pids;

static int who(pid_t pid) // a process as its number; 0: none, -1: somebody else
{
    for (int i = 0; i < count; i++)
        if (pid != 0 && pids[i] == pid)
            return i + 1;
    return pid == 0 ? 0 : -1;
}

static int any_id(void)
{
    static int const ids[] = {0, 0, 1000, 1000, 1001, -1};
    return ONE_OF(ids);
}

static pid_t target(int number) // 0: oneself
{
    return number == 0 ? 0 : pids[number - 1];
}

static unsigned long long capabilities(int which)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    SYS(capget, &header, data);
    return which ? data[0].permitted | (unsigned long long)data[1].permitted << 32
                 : data[0].effective | (unsigned long long)data[1].effective << 32;
}

static void describe(char* text)
{
    uid_t u[3];
    gid_t g[3];
    getresuid(&u[0], &u[1], &u[2]);
    getresgid(&g[0], &g[1], &g[2]);
    sprintf(text,
        "group %d session %d users %d %d %d/%d groups %d %d %d/%d nice %d caps %llx %llx dumpable %d",
        who(getpgid(0)), who(getsid(0)), u[0], u[1], u[2], (int)SYS(setfsuid, -1), g[0], g[1], g[2],
        (int)SYS(setfsgid, -1), getpriority(PRIO_PROCESS, 0), capabilities(0), capabilities(1),
        prctl(PR_GET_DUMPABLE));
}

static long obey(struct order* o)
{
    struct sched_param parameter = {o->b % 3};
    struct rlimit limit = {(rlim_t)o->b, (rlim_t)o->c};
    int fd;
    switch (o->what) {
    case 0:
        return setpgid(target(o->a), target(o->b));
    case 1:
        return who((pid_t)SYS(setsid)) < 0 ? -1 : 0;
    case 2:
        return who(getpgid(target(o->a)));
    case 3:
        return who(getsid(target(o->a)));
    case 4:
        return kill(o->c & 1 ? -target(o->a) : target(o->a), o->b & 1 ? 0 : SIGURG);
    case 5:
        return SYS(setresuid, o->a, o->b, o->c);
    case 6:
        return SYS(setreuid, o->a, o->b);
    case 7:
        return SYS(setuid, o->a);
    case 8:
        return SYS(setresgid, o->a, o->b, o->c);
    case 9:
        return SYS(setregid, o->a, o->b);
    case 10:
        return SYS(setgid, o->a);
    case 11:
        return SYS(setfsuid, o->a);
    case 12:
        return setpriority((__priority_which_t)(o->c % 4), (id_t)target(o->a), o->b % 25 - 3);
    case 13:
        return getpriority(PRIO_PROCESS, (id_t)target(o->a));
    case 14:
        return sched_setscheduler(target(o->a), o->c % 6, &parameter);
    case 15:
        return sched_getscheduler(target(o->a));
    case 16:
        return prlimit(target(o->a), RLIMIT_CORE, o->c & 1 ? &limit : NULL, NULL);
    case 17:
        fd = open("owned", O_RDWR | O_CREAT, 0600);
        if (fd >= 0)
            close(fd);
        return fd < 0 ? -1 : 0;
    case 18:
        return chown("owned", (uid_t)o->a, (gid_t)o->b);
    case 19:
        return prctl(PR_SET_KEEPCAPS, o->b & 1);
    case 20:
        return prctl(PR_SET_DUMPABLE, o->b % 3);
    case 21:
        return kill(target(o->a), SIGCONT);
    default:
        return prctl(PR_CAPBSET_DROP, o->b % 45);
    }
}

static void work(int me)
{
    struct order* o = &orders[me];
    signal(SIGCONT, SIG_IGN);
    signal(SIGURG, SIG_IGN);
    for (char c; read(commands[me][0], &c, 1) == 1 && o->what >= 0;) {
        errno = 0;
        o->result = obey(o);
        o->error = errno;
        describe(o->text);
        write(answers[1], &c, 1);
    }
    _exit(0);
}

static void one(void)
{
    int worker = (int)choose(count);
    struct order* o = &orders[worker];
    o->what = (int)choose(23);
    bool ids = o->what >= 5 && o->what <= 11;
    o->a = ids || o->what == 18 ? any_id() : (int)choose(count + 1);
    o->b = ids || o->what == 18 ? any_id() : (int)choose(count + 1) + (o->what >= 12 ? (int)choose(40) : 0);
    o->c = ids ? any_id() : (int)choose(50);
    if ((o->what == 4 || o->what == 21) && o->a == 0)
        o->a = worker + 1; // the group would be pid 1's
    char c = 0;
    write(commands[worker][1], &c, 1);
    read(answers[0], &c, 1);
    say("%d: %d %d %d %d = %ld %s", worker + 1, o->what, o->a, o->b, o->c, o->result,
        o->result == -1 ? error_name(o->error) : "");
    say("   %s", o->text);
}

int main(void)
{
    orders = shared_memory(PAGE);
    pids = shared_memory(PAGE);
    signal(SIGURG, SIG_IGN);
    signal(SIGCONT, SIG_IGN);
    chmod(".", 0777);
    MUST(pipe(answers));
    for (int i = 0; i < count; i++)
        MUST(pipe(commands[i]));
    for (int i = 0; i < count; i++) {
        pid_t pid = (pid_t)MUST(fork());
        if (pid == 0)
            work(i);
        pids[i] = pid;
    }
    for (int i = 0; i < 300; i++)
        one();
    for (int i = 0; i < count; i++) {
        orders[i].what = -1;
        write(commands[i][1], "", 1);
        reap("process", pids[i]);
    }
    return 0;
}
