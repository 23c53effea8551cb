// SPDX-License-Identifier: MIT
// Orphans are waited for by who adopts them, as any child is: their status, usage, stops and SIGCHLD, in
// every state they may be in when their parent ends, also when parent, orphan or adopter have executed
// programs (and so, here, live elsewhere).
#include "abi.h"
#include <sys/prctl.h>

static char* self;

enum { ready = 60 }; // a descriptor: the orphan has seen its parent
enum end { lives, has_ended, is_stopped, ends };
static char const* const end_names[] = {"lives", "has ended", "is stopped"};

struct told { // through a pipe
    pid_t pid, parent;
};

static void run(char const* what, int a, int b, int c)
{
    char text[3][12];
    snprintf(text[0], sizeof text[0], "%d", a);
    snprintf(text[1], sizeof text[1], "%d", b);
    snprintf(text[2], sizeof text[2], "%d", c);
    execl(self, self, what, text[0], text[1], text[2], NULL);
    _exit(99);
}

static void await_state(pid_t pid, char state)
{
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    for (int i = 0; i < 4000; i++) {
        int const fd = open(path, O_RDONLY);
        ssize_t const n = read(fd, text, sizeof text - 1);
        close(fd);
        if (n > 0) {
            text[n] = 0;
            char const* const end = strrchr(text, ')');
            if (end != NULL && end[2] == state)
                return;
        }
        sleep_ms(1);
    }
    say("never in state %c", state);
}

// Says who it is; then its parent, once that has changed; then ends when it is told to.
static int orphan(int in, int out, int how)
{
    struct told me = {getpid(), getppid()};
    pid_t const parent = me.parent;
    MUST(write(out, &me, sizeof me));
    if (how == has_ended)
        return 41;
    MUST(write(ready, "r", 1));
    if (how == is_stopped)
        raise(SIGSTOP);
    for (int i = 0; i < 4000 && (me.parent = getppid()) == parent; i++)
        sleep_ms(1);
    MUST(write(out, &me, sizeof me));
    char c;
    MUST(read(in, &c, 1));
    long const end = now_ms() + 20; // something to account for
    while (now_ms() < end) { }
    return 42;
}

// Has a child, and leaves it.
static int middle(int in, int out, int how)
{
    bool const executes = how >= ends;
    how %= ends;
    signal(SIGCHLD, SIG_DFL);
    int ends_of[2];
    char c;
    MUST(pipe(ends_of));
    MUST(dup2(ends_of[1], ready));
    pid_t const child = (pid_t)MUST(fork());
    if (child == 0) {
        if (executes)
            run("orphan", in, out, how);
        _exit(orphan(in, out, how));
    }
    if (how == has_ended)
        await_state(child, 'Z');
    if (how == is_stopped)
        await_state(child, 'T');
    if (how == lives)
        MUST(read(ends_of[0], &c, 1));
    return 0;
}

static int volatile signals;
static void on_child(int signal)
{
    (void)signal;
    signals++;
}

// A whole life, with the adopter `me` waiting for it; the parent executes a program or not, and so the
// orphan.
static void life(bool parent_executes, bool orphan_executes, enum end how)
{
    int in[2], out[2];
    struct told told = {0, 0};
    MUST(pipe(in));
    MUST(pipe(out));
    pid_t const me = getpid(), parent = (pid_t)MUST(fork());
    int const kind = (int)how + (orphan_executes ? ends : 0);
    if (parent == 0) {
        if (parent_executes)
            run("middle", in[0], out[1], kind);
        _exit(middle(in[0], out[1], kind));
    }
    int status = 0;
    MUST(read(out[0], &told, sizeof told));
    bool const fathered = told.parent == parent && told.pid > 0;
    MUST(waitpid(parent, &status, 0));
    signals = 0;
    int stopped = 0, alive = 1;
    if (how == is_stopped) {
        stopped = waitpid(told.pid, &status, WUNTRACED) == told.pid && WIFSTOPPED(status);
        kill(told.pid, SIGCONT);
        stopped += waitpid(-1, &status, WCONTINUED) == told.pid && WIFCONTINUED(status);
    }
    if (how != has_ended) {
        MUST(read(out[0], &told, sizeof told));
        alive = told.parent == me && waitpid(-1, &status, WNOHANG) == 0
            && waitpid(told.pid, &status, WNOHANG) == 0;
        signals = 0;
        MUST(write(in[1], "e", 1));
    }
    siginfo_t info = {0};
    struct rusage use;
    int looked = waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) == 0 && info.si_pid == told.pid
        && info.si_status == (how == has_ended ? 41 : 42) && info.si_code == CLD_EXITED;
    int const zombie = kill(told.pid, 0) == 0;
    pid_t const got = wait4(how == lives ? -1 : told.pid, &status, 0, &use);
    int const ended = got == told.pid && WEXITSTATUS(status) == (how == has_ended ? 41 : 42);
    int const used = how == has_ended || use.ru_utime.tv_sec * 1000000 + use.ru_utime.tv_usec > 2000
        || use.ru_stime.tv_usec > 2000;
    int const gone
        = kill(told.pid, 0) < 0 && errno == ESRCH && waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
    say("%s%s, orphan %s: fathered %d, stops %d, adopted %d, looked %d, zombie %d, ended %d, used %d, gone "
        "%d, "
        "told %d",
        parent_executes ? "program's" : "fork's", orphan_executes ? " program" : " fork", end_names[how],
        fathered, stopped, alive, looked, zombie, ended, used, gone, how == has_ended || signals > 0);
    close(in[0]), close(in[1]), close(out[0]), close(out[1]);
}

static void all_lives(void)
{
    handle(SIGCHLD, on_child, SA_RESTART);
    for (int executes = 0; executes < 4; executes++)
        for (enum end how = lives; how < ends; how++)
            life(executes & 1, executes & 2, how);
}

// The adopter ends as well, before the orphan or after it: the next one up waits.
static int adopter(int in, int out, int how)
{
    MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
    pid_t const parent = (pid_t)MUST(fork());
    if (parent == 0)
        run("middle", in, out, how);
    MUST(waitpid(parent, NULL, 0));
    return 0;
}

static void generations(enum end how, bool orphan_executes)
{
    int in[2], out[2], status = 0, adopted = 1;
    struct told told = {0, 0};
    MUST(pipe(in));
    MUST(pipe(out));
    pid_t const child = (pid_t)MUST(fork());
    if (child == 0)
        run("adopter", in[0], out[1], (int)how + (orphan_executes ? ends : 0));
    MUST(read(out[0], &told, sizeof told));
    MUST(waitpid(child, &status, 0));
    if (how == lives) {
        MUST(read(out[0], &told, sizeof told));
        for (int i = 0; i < 2000 && (adopted = waitpid(told.pid, &status, WNOHANG)) < 0; i++)
            sleep_ms(1);
        adopted = adopted == 0;
        MUST(write(in[1], "e", 1));
    }
    pid_t const got = waitpid(-1, &status, 0);
    say("adopter gone, orphan %s: adopted %d, ended %d, none left %d", end_names[how], adopted,
        got == told.pid && WEXITSTATUS(status) == (how == lives ? 42 : 41),
        wait(NULL) < 0 && errno == ECHILD);
    close(in[0]), close(in[1]), close(out[0]), close(out[1]);
}

// Who does not want to know of its children is not kept waiting by orphans either.
static void ignored(void)
{
    int out[2];
    char c;
    MUST(pipe(out));
    signal(SIGCHLD, SIG_IGN);
    for (int i = 0; i < 8; i++) {
        pid_t const parent = (pid_t)MUST(fork());
        if (parent == 0) {
            close(out[0]);
            run("middle", open("/dev/null", O_RDONLY), open("/dev/null", O_WRONLY),
                i % 2 ? lives : has_ended);
        }
    }
    close(out[1]);
    say("all ended: %d, none to wait for: %d", read(out[0], &c, 1) == 0, wait(NULL) < 0 && errno == ECHILD);
    close(out[0]);
    signal(SIGCHLD, SIG_DFL);
}

// Many at a time: every orphan is seen once, with its own status.
static void crowd(void)
{
    enum { parents = 12, children = 4 };
    int seen[parents * children] = {0}, status, ended = 0, known = 0;
    for (int i = 0; i < parents; i++)
        if (MUST(fork()) == 0)
            run("crowd", i * children, children, 0);
    for (pid_t got; (got = wait(&status)) > 0;) {
        if (!WIFEXITED(status))
            continue;
        int const which = WEXITSTATUS(status) - 100;
        ended += which < 0;
        known += which >= 0 && which < parents * children && seen[which]++ == 0;
    }
    say("crowd: %d parents, %d orphans", ended, known);
}

static int crowd_parent(int first, int children)
{
    for (int i = 0; i < children; i++)
        if (MUST(fork()) == 0) {
            sleep_ms((first + i) * 7 % 13);
            if (i % 2)
                run("ends", 100 + first + i, 0, 0);
            _exit(100 + first + i);
        }
    return 0;
}

// A killed adopter hands on what it has, at any moment.
static void killed_adopters(void)
{
    int orphans = 0, adopters = 0, others = 0, status;
    for (int round = 0; round < 12; round++) {
        pid_t const child = (pid_t)MUST(fork());
        if (child == 0)
            run("busy adopter", 0, 0, 0);
        sleep_ms(5 + round * 3);
        kill(child, SIGKILL);
        for (pid_t got; (got = wait(&status)) > 0;) {
            adopters += WIFSIGNALED(status);
            orphans += WIFEXITED(status) && WEXITSTATUS(status) == 42;
            others += WIFEXITED(status) && WEXITSTATUS(status) != 42 && WEXITSTATUS(status) != 0;
        }
    }
    say("adopters killed: %d, orphans or none: %d, others %d", adopters, orphans >= 0, others);
}

static int busy_adopter(void)
{
    MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
    for (;;) {
        pid_t const parent = (pid_t)MUST(fork());
        if (parent == 0)
            run("leaves", 0, 0, 0);
        while (waitpid(-1, NULL, WNOHANG) > 0) { }
        sleep_ms(1);
    }
}

static int as_program(char** words)
{
    int const a = atoi(words[2]), b = atoi(words[3]), c = atoi(words[4]);
    if (strcmp(words[1], "middle") == 0)
        return middle(a, b, c);
    if (strcmp(words[1], "orphan") == 0)
        return orphan(a, b, c);
    if (strcmp(words[1], "adopter") == 0)
        return adopter(a, b, c);
    if (strcmp(words[1], "crowd") == 0)
        return crowd_parent(a, b);
    if (strcmp(words[1], "ends") == 0)
        return a;
    if (strcmp(words[1], "busy adopter") == 0)
        return busy_adopter();
    if (strcmp(words[1], "leaves") == 0) {
        if (fork() == 0) {
            sleep_ms(getpid() % 5);
            _exit(42);
        }
        return 0;
    }
    return 98;
}

int main(int argc, char** argv)
{
    self = realpath("/proc/self/exe", NULL);
    if (argc == 5)
        return as_program(argv);
    MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
    all_lives();
    for (int executes = 0; executes < 2; executes++) {
        generations(lives, executes);
        generations(has_ended, executes);
    }
    ignored();
    crowd();
    killed_adopters();
    return 0;
}
