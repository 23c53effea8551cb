// SPDX-License-Identifier: MIT
// The pieces of work of the crowd (crowd.c).
#include "crowd.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

// ---- processes --------------------------------------------------------------------------------------------

static int wait_for(pid_t pid, int options)
{
    int status;
    pid_t got;
    do
        got = waitpid(pid, &status, options);
    while (got < 0 && errno == EINTR);
    if (got != pid)
        fail("waitpid");
    return status;
}

static void expect(int good, char const* what, int status)
{
    if (good)
        return;
    dprintf(2, "crowd: process %d: %s, status %#x\n", (int)getpid(), what, status);
    _exit(98);
}

void make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) < 0)
        fail("pipe2");
}

void send_all(int fd, void const* from, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t const n = write(fd, (char const*)from + done, size - done);
        if (n < 0 && errno != EINTR)
            fail("write");
        done += n > 0 ? (size_t)n : 0;
    }
}

size_t receive_all(int fd, void* to, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t const n = read(fd, (char*)to + done, size - done);
        if (n < 0 && errno != EINTR)
            fail("read");
        if (n == 0)
            break;
        done += n > 0 ? (size_t)n : 0;
    }
    return done;
}

static uint64_t answer_from(int fd)
{
    uint64_t value;
    size_t const got = receive_all(fd, &value, sizeof value);
    expect(got == sizeof value, "an answer is short", (int)got);
    close(fd);
    return value;
}

// `size` bytes, and their hash.
static uint64_t send_pattern(int fd, uint64_t state, size_t size)
{
    uint64_t words[512], sum = 0;
    while (size > 0) {
        for (unsigned i = 0; i < 512; i++)
            words[i] = state = mix(state);
        size_t const part = size < sizeof words ? size : sizeof words;
        sum = hash(sum, words, part);
        send_all(fd, words, part);
        size -= part;
    }
    return sum;
}

// A program that hashes what `*to` is given and answers on `*from`.
static pid_t start_hasher(int* to, int* from)
{
    int in[2], out[2];
    make_pipe(in);
    make_pipe(out);
    pid_t const pid = child();
    if (pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        become("hash", "");
    }
    close(in[0]);
    close(out[1]);
    *to = in[1];
    *from = out[0];
    return pid;
}

static void expect_end(pid_t pid)
{
    int const status = wait_for(pid, 0);
    expect(status == 0, "a child did not end well", status);
}

// ---- the kinds of work ------------------------------------------------------------------------------------

// A program elsewhere hashes a stream, which is longer than a pipe now and then.
static uint64_t stream(uint64_t state)
{
    int to, from;
    size_t const size = 1 + draw(&state, 150000);
    pid_t const pid = start_hasher(&to, &from);
    uint64_t const sum = send_pattern(to, state, size);
    close(to);
    uint64_t const answer = answer_from(from);
    expect(answer == sum, "a stream has changed on its way", 0);
    expect_end(pid);
    return sum;
}

// Up to four forked processes in a row add to what passes through.
static uint64_t relay(uint64_t state)
{
    int first[2], in;
    make_pipe(first);
    in = first[0];
    unsigned const length = 1 + (unsigned)draw(&state, 4);
    pid_t members[4];
    for (unsigned n = 0; n < length; n++) {
        int out[2];
        make_pipe(out);
        members[n] = child();
        if (members[n] == 0) {
            close(first[1]);
            uint64_t value;
            while (receive_all(in, &value, sizeof value) == sizeof value) {
                value = mix(value + n);
                send_all(out[1], &value, sizeof value);
            }
            _exit(0);
        }
        close(in);
        close(out[1]);
        in = out[0];
    }
    uint64_t sum = 0;
    for (unsigned i = 0; i < 10; i++) {
        uint64_t value = draw(&state, ~0ull), right = value;
        send_all(first[1], &value, sizeof value);
        for (unsigned n = 0; n < length; n++)
            right = mix(right + n);
        size_t const got = receive_all(in, &value, sizeof value);
        expect(got == sizeof value && value == right, "a relay has lost something", (int)got);
        sum += value;
    }
    close(first[1]);
    close(in);
    for (unsigned n = 0; n < length; n++)
        expect_end(members[n]);
    return sum;
}

// Somebody spins, sleeps, reads, or is about to become another program, and is killed.
static uint64_t murder(uint64_t state)
{
    static int const signals[] = {SIGKILL, SIGTERM, SIGINT, SIGHUP};
    int const signal = signals[draw(&state, 4)];
    uint64_t const what = draw(&state, 5), patience = draw(&state, 4000);
    int ends[2];
    make_pipe(ends);
    pid_t const pid = child();
    if (pid == 0) {
        if (what == 0)
            for (;;) { }
        if (what == 1)
            for (;;)
                pause();
        if (what == 2)
            (void)!read(ends[0], &state, sizeof state);
        become(what == 3 ? "spin" : "sleep", "");
    }
    if (patience >= 1000)
        nap(patience - 1000);
    if (kill(pid, signal) < 0)
        fail("kill");
    int const status = wait_for(pid, 0);
    expect(WIFSIGNALED(status) && WTERMSIG(status) == signal, "killed, but", status);
    close(ends[0]);
    close(ends[1]);
    return mix((uint64_t)signal);
}

// A whole group dies at once, some of its members in the middle of exec.
static uint64_t massacre(uint64_t state)
{
    pid_t members[4];
    unsigned const count = 1 + (unsigned)draw(&state, 4);
    for (unsigned n = 0; n < count; n++) {
        members[n] = child();
        if (members[n] == 0) {
            setpgid(0, n == 0 ? 0 : members[0]);
            if (draw(&state, 2))
                become("spin", "");
            for (;;)
                pause();
        }
        setpgid(members[n], members[0]);
        (void)draw(&state, 2);
    }
    nap(draw(&state, 3000));
    if (kill(-members[0], SIGINT) < 0)
        fail("kill of a group");
    for (unsigned n = 0; n < count; n++) {
        int const status = wait_for(members[n], 0);
        expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT, "its group was killed, but", status);
    }
    return mix(count);
}

// Stopped while it begins, moves or waits; what it was sent meanwhile is there when it goes on.
static uint64_t stop_and_go(uint64_t state)
{
    int to, from;
    pid_t const pid = start_hasher(&to, &from);
    uint64_t sum = 0;
    for (unsigned rounds = 1 + (unsigned)draw(&state, 3); rounds > 0; rounds--) {
        nap(draw(&state, 2000));
        if (kill(pid, SIGSTOP) < 0)
            fail("kill");
        int status = wait_for(pid, WUNTRACED);
        expect(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP, "stopped, but", status);
        if (rounds == 1)
            sum = send_pattern(to, state, 1 + draw(&state, 4000));
        kill(pid, SIGCONT);
        status = wait_for(pid, WCONTINUED);
        expect(WIFCONTINUED(status), "goes on, but", status);
    }
    close(to);
    expect(answer_from(from) == sum, "a stopped program has missed something", 0);
    expect_end(pid);
    return sum;
}

struct share {
    pthread_mutex_t lock;
    pthread_cond_t turned;
    unsigned turn;
    uint64_t sum;
};
struct part {
    struct share* share;
    unsigned number;
};

// Threads that take turns.
static void* take_turns(void* of)
{
    struct part const* const part = of;
    struct share* const share = part->share;
    for (unsigned i = 0; i < 5; i++) {
        pthread_mutex_lock(&share->lock);
        while (share->turn % 3 != part->number)
            pthread_cond_wait(&share->turned, &share->lock);
        share->sum = mix(share->sum + part->number);
        share->turn++;
        pthread_cond_broadcast(&share->turned);
        pthread_mutex_unlock(&share->lock);
        for (uint64_t volatile spin = share->sum & 0xfff; spin > 0; spin--) { }
    }
    return NULL;
}

static uint64_t company(uint64_t state)
{
    struct share share = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, state};
    struct part parts[3];
    pthread_t threads[3];
    for (unsigned n = 0; n < 3; n++) {
        parts[n] = (struct part){&share, n};
        while ((errno = pthread_create(&threads[n], NULL, take_turns, &parts[n])) != 0) {
            if (errno != EAGAIN)
                fail("pthread_create");
            nap(1000);
        }
    }
    for (unsigned n = 0; n < 3; n++)
        pthread_join(threads[n], NULL);
    return share.sum;
}

// A file that one process writes, another one maps, and nobody finds afterwards.
static uint64_t file(uint64_t state)
{
    char name[64];
    int out[2];
    sprintf(name, "/tmp/crowd.%d", (int)getpid());
    int const fd = open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fd < 0)
        fail("open");
    uint64_t const sum = send_pattern(fd, state, 1 + draw(&state, 40000));
    make_pipe(out);
    pid_t const pid = child();
    if (pid == 0) {
        dup2(out[1], 1);
        become("map", name);
    }
    close(out[1]);
    expect(answer_from(out[0]) == sum, "a file reads differently elsewhere", 0);
    expect_end(pid);
    struct stat about;
    if (ftruncate(fd, 100) < 0 || fstat(fd, &about) < 0 || unlink(name) < 0)
        fail(name);
    expect(about.st_size == 100 && access(name, F_OK) < 0, "a file is not what it should be", 0);
    close(fd);
    return sum;
}

// Who has lost its parent goes on.
static uint64_t orphan(uint64_t state)
{
    int ends[2];
    make_pipe(ends);
    pid_t const pid = child();
    if (pid == 0) {
        if (child() != 0)
            _exit(0);
        nap(draw(&state, 1500));
        dup2(ends[1], 1);
        become("word", "orphan");
    }
    expect_end(pid);
    close(ends[1]);
    return answer_from(ends[0]) + draw(&state, 100);
}

// Looks for processes that may just be going.
static uint64_t curiosity(uint64_t state)
{
    for (unsigned i = 0; i < 20; i++) {
        pid_t const pid = (pid_t)(2 + draw(&state, 60000));
        char name[64], text[512];
        (void)kill(pid, 0);
        (void)getpgid(pid);
        sprintf(name, "/proc/%d/%s", (int)pid, draw(&state, 2) ? "stat" : "status");
        int const fd = open(name, O_RDONLY | O_CLOEXEC);
        if (fd >= 0) {
            (void)!read(fd, text, sizeof text);
            close(fd);
        }
    }
    return state;
}

static void choose_processor(uint64_t* state)
{
    cpu_set_t all, one;
    do { // again if it has just been drained
        sched_getaffinity(0, sizeof all, &all);
        unsigned left = (unsigned)(draw(state, 1000) % (unsigned)CPU_COUNT(&all)), cpu = 0;
        while (!CPU_ISSET(cpu, &all) || left-- > 0)
            cpu++;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
    } while (sched_setaffinity(0, sizeof one, &one) < 0 && errno == EINVAL);
}

// A child that wants one processor alone, or is nicer.
static uint64_t choice(uint64_t state)
{
    int ends[2];
    make_pipe(ends);
    pid_t const pid = child();
    if (pid == 0) {
        choose_processor(&state);
        if (draw(&state, 2))
            setpriority(PRIO_PROCESS, 0, 10);
        dup2(ends[1], 1);
        become("word", "choice");
    }
    close(ends[1]);
    uint64_t const word = answer_from(ends[0]);
    expect_end(pid);
    return word;
}

// Three children with three children; each says a byte by its exit status.
static uint64_t tree(uint64_t state, unsigned depth)
{
    pid_t children[3];
    uint64_t sum = mix(state);
    for (unsigned n = 0; depth > 0 && n < 3; n++)
        if ((children[n] = child()) == 0)
            _exit((int)(tree(state + n, depth - 1) & 0xff));
    for (unsigned n = 0; depth > 0 && n < 3; n++) {
        int const status = wait_for(children[n], 0);
        expect(WIFEXITED(status), "a branch is gone", status);
        sum = mix(sum + (unsigned)WEXITSTATUS(status));
    }
    return sum;
}

static int volatile rings;
static void ring(int signal)
{
    (void)signal;
    rings++;
}

static uint64_t alarm_clock(uint64_t state)
{
    struct sigaction action = {.sa_handler = ring};
    sigaction(SIGALRM, &action, NULL);
    sigset_t alarm, before;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    sigprocmask(SIG_BLOCK, &alarm, &before);
    rings = 0;
    struct itimerval const timer = {.it_value = {0, 1 + (long)draw(&state, 2000)}};
    setitimer(ITIMER_REAL, &timer, NULL);
    while (rings == 0)
        sigsuspend(&before);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return mix((unsigned)rings);
}

static uint64_t small_tree(uint64_t state)
{
    return tree(state, 2);
}

Kind* const kinds[kind_count] = {stream, relay, murder, massacre, stop_and_go, company, file, orphan,
    curiosity, choice, small_tree, alarm_clock};
char const* const kind_names[kind_count] = {"stream", "relay", "murder", "massacre", "stop and go", "company",
    "file", "orphan", "curiosity", "choice", "tree", "alarm clock"};
