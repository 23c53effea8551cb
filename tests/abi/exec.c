// SPDX-License-Identifier: MIT
// execve: arguments and environment, its errors, what survives it and what does not.
#include "abi.h"
#include <sys/prctl.h>

extern char** environ;
static char const self[] = "/abi/exec";

static void on_signal(int signal)
{
    (void)signal;
}

static void show_arguments(int argc, char** argv)
{
    say("argc %d", argc);
    for (int i = 0; i < argc; i++)
        say("argv[%d] = <%s>", i, argv[i]);
    say("argv[argc] is null: %d", argv[argc] == NULL);
    for (char** e = environ; *e != NULL; e++)
        say("environment <%s>", *e);
}

static void show_state(void)
{
    struct sigaction action;
    sigset_t set;
    stack_t stack;
    struct itimerval timer;
    char name[17] = "";
    sigaction(SIGUSR1, NULL, &action);
    say("SIGUSR1 handler is default: %d", action.sa_handler == SIG_DFL);
    sigaction(SIGUSR2, NULL, &action);
    say("SIGUSR2 is ignored: %d", action.sa_handler == SIG_IGN);
    sigprocmask(SIG_BLOCK, NULL, &set);
    say("SIGHUP blocked: %d", sigismember(&set, SIGHUP));
    sigpending(&set);
    say("SIGHUP pending: %d", sigismember(&set, SIGHUP));
    sigaltstack(NULL, &stack);
    say("alternate stack disabled: %d", stack.ss_flags == SS_DISABLE);
    getitimer(ITIMER_REAL, &timer);
    say("timer still runs: %d", timer.it_value.tv_sec > 0);
    prctl(PR_GET_NAME, name);
    say("name %s", name);
    say("umask %o", umask(0));
    say("descriptor 7: %s", fcntl(7, F_GETFD) < 0 ? error_name(errno) : "open");
    say("descriptor 8: %s", fcntl(8, F_GETFD) < 0 ? error_name(errno) : "open");
    say("offset of 7: %ld", (long)lseek(7, 0, SEEK_CUR));
    char here[256] = "";
    say("working directory kept: %d",
        getcwd(here, sizeof here) != NULL && strcmp(here, "/tmp/exec/inner") == 0);
    struct rlimit limit;
    getrlimit(RLIMIT_CORE, &limit);
    say("limit kept: %ld %ld", (long)limit.rlim_cur, (long)limit.rlim_max);
}

static void change_state(void)
{
    static char space[65536];
    stack_t stack = {.ss_sp = space, .ss_size = sizeof space};
    sigset_t set;
    handle(SIGUSR1, on_signal, 0);
    handle(SIGUSR2, SIG_IGN, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGHUP);
    sigaltstack(&stack, NULL);
    struct itimerval timer = {.it_value = {100, 0}};
    setitimer(ITIMER_REAL, &timer, NULL);
    prctl(PR_SET_NAME, "before");
    umask(027);
    int fd = make_file("offset", "0123456789", 0600);
    lseek(fd, 4, SEEK_SET);
    dup2(fd, 7);
    dup3(fd, 8, O_CLOEXEC);
    mkdir("inner", 0755);
    chdir("inner");
    struct rlimit limit = {12, 34};
    setrlimit(RLIMIT_CORE, &limit);
}

static int run(char const* path, char** arguments, char** environment)
{
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        execve(path, arguments, environment);
        _exit(errno == 0 ? 255 : errno);
    }
    int status;
    MUST(waitpid(child, &status, 0));
    return status;
}

static void show_run(char const* what, char const* path, char** arguments)
{
    char* empty[] = {NULL};
    int status = run(path, arguments, empty);
    if (WIFEXITED(status))
        say("%s: %s", what, WEXITSTATUS(status) == 0 ? "ran" : error_name(WEXITSTATUS(status)));
    else
        show_status(what, status);
}

static void errors(void)
{
    char* arguments[] = {"exec", "exit", NULL};
    show_run("itself", self, arguments);
    show_run("no such file", "/abi/none", arguments);
    show_run("empty path", "", arguments);
    show_run("directory", "/abi", arguments);
    show_run("below a file", "/abi/exec/x", arguments);
    close(make_file("plain", "hello\n", 0755));
    show_run("text without #!", "plain", arguments);
    close(make_file("empty", NULL, 0755));
    show_run("empty file", "empty", arguments);
    close(make_file("data", "\177ELF and then nothing", 0755));
    show_run("short ELF", "data", arguments);
    chmod("plain", 0644);
    show_run("not executable, as root", "plain", arguments);
    symlink("loop", "loop");
    show_run("symbolic link loop", "loop", arguments);
    symlink(self, "link");
    show_run("symbolic link", "link", arguments);
    show_run("/dev/null", "/dev/null", arguments);
    mkfifo("fifo", 0777);
    show_run("fifo", "fifo", arguments);
    show_run("null path", NULL, arguments);
    show_run("bad path", (char*)1, arguments);
    show_run("bad arguments", self, (char**)1);
    char* bad[] = {"exec", (char*)1, NULL};
    show_run("bad argument", self, bad);
    say("bad environment: %s", error_name(WEXITSTATUS(run(self, arguments, (char**)8))));
    char name[300];
    memset(name, 'n', sizeof name);
    name[299] = 0;
    show_run("long name", name, arguments);
}

static void text_busy(void)
{
    char* arguments[] = {"copy", "exit", NULL};
    static char image[4 << 20];
    int from = (int)MUST(open(self, O_RDONLY));
    ssize_t size = MUST(read(from, image, sizeof image));
    close(from);
    int to = (int)MUST(open("copy", O_WRONLY | O_CREAT, 0755));
    MUST(write(to, image, (size_t)size));
    show_run("open for writing", "copy", arguments);
    close(to);
    show_run("closed", "copy", arguments);
    char* sleeper[] = {"copy", "sleep", NULL};
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        execve("copy", sleeper, NULL);
        _exit(1);
    }
    sleep_ms(150);
    CHECK(open("copy", O_WRONLY));
    CHECK(open("copy", O_RDONLY));
    CHECK(truncate("copy", 0));
    CHECK(unlink("copy"));
    kill(child, SIGKILL);
    reap("running copy", child);
}

static void sizes(void)
{
    static char big[140000];
    char* arguments[] = {"exec", "exit", big, NULL};
    memset(big, 'x', sizeof big - 1);
    big[131071] = 0;
    show_run("string of 128 KiB with its end", self, arguments);
    big[131071] = 'x';
    big[131072] = 0;
    show_run("one byte more", self, arguments);
    // The total is limited to a quarter of the stack's limit, at least 128 KiB.
    static char* many[4000];
    big[1000] = 0;
    many[0] = "exec";
    many[1] = "exit";
    for (int i = 2; i < 3999; i++)
        many[i] = big;
    show_run("four megabytes", self, many);
    many[1500] = NULL;
    show_run("one and a half megabytes", self, many);
    struct rlimit limit = {2 << 20, 8 << 20};
    setrlimit(RLIMIT_STACK, &limit);
    show_run("with a stack of two megabytes", self, many);
    many[300] = NULL;
    show_run("a fifth of that", self, many);
}

// The link is about the process that executes it, wherever the new program is about to begin.
static void by_own_link(void)
{
    int ran = 0, status;
    for (int i = 0; i < 100; i++) {
        pid_t const child = (pid_t)MUST(fork());
        if (child == 0) {
            execl("/proc/self/exe", self, "exit", NULL);
            _exit(1);
        }
        ran += waitpid(child, &status, 0) == child && status == 0;
    }
    say("by /proc/self/exe: %d of 100", ran);
}

int main(int argc, char** argv)
{
    if (argc > 1 && strcmp(argv[1], "exit") == 0)
        return 0;
    if (argc > 1 && strcmp(argv[1], "sleep") == 0) {
        sleep_ms(4000);
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "state") == 0) {
        show_state();
        return 0;
    }
    if (argc != 1 || argv[0][0] != '/') {
        show_arguments(argc, argv);
        return 0;
    }
    char* arguments[] = {"first", "", "two words", "~!*", NULL};
    char* environment[] = {"A=1", "", "EMPTY=", "no equals sign", NULL};
    run(self, arguments, environment);
    char* nothing[] = {NULL};
    say("no arguments");
    show_status("no arguments", run(self, nothing, nothing));
    say("null arguments");
    show_status("null arguments", run(self, NULL, NULL));
    by_own_link();
    errors();
    text_busy();
    sizes();
    CHILD("state", change_state(); char* state[] = {"x", "state", NULL}; execve(self, state, nothing));
    CHILD("not executable, as a user", close(make_file("private", "#!/abi/exec\n", 0644)); become_user();
        execve("private", arguments, nothing); say("%s", error_name(errno)));
    CHILD("unreadable but executable", chmod("private", 0711); become_user();
        execve("private", arguments, nothing); say("%s", error_name(errno)));
    return 0;
}
