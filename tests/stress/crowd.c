// SPDX-License-Identifier: MIT
// A crowd of processes that fork, exec, pipe, stop and kill one another, each piece of its work with one
// right result. The sum of all results depends on the arguments alone: not on the kernel, the cores or the
// order.
//
//     crowd WORKERS PIECES SEED [CORES]      as pid 1 (then it powers off) or from a shell
//
// With CORES one of the others than core 0 is drained or isolated in turn, several times a second (on Torc
// only). Prints progress every few seconds, then "checksum X of N pieces", and what the kernel has kept
// ("kept ...").
#include "crowd.h"
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { result_fd = 3, patience_s = 60 };
char* myself;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// ---- the parts of the program -----------------------------------------------------------------------------

static int hash_input(char const* unused)
{
    (void)unused;
    char bytes[4096];
    uint64_t sum = 0;
    size_t n;
    do {
        n = receive_all(0, bytes, sizeof bytes);
        sum = hash(sum, bytes, n);
    } while (n == sizeof bytes);
    send_all(1, &sum, sizeof sum);
    return 0;
}

static __attribute__((noreturn)) int spin(char const* unused)
{
    (void)unused;
    for (;;) { }
}

static __attribute__((noreturn)) int sleep_on(char const* unused)
{
    (void)unused;
    for (;;)
        pause();
}

static int map(char const* name)
{
    struct stat about;
    int const fd = open(name, O_RDONLY);
    if (fd < 0 || fstat(fd, &about) < 0)
        fail(name);
    void* const at = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED)
        fail("mmap");
    uint64_t const sum = hash(0, at, (size_t)about.st_size);
    send_all(1, &sum, sizeof sum);
    return 0;
}

static int word(char const* text)
{
    uint64_t const sum = hash(7, text, strlen(text));
    send_all(1, &sum, sizeof sum);
    return 0;
}

struct result {
    uint32_t piece, kind;
    uint64_t value;
};

// "first step end seed": every step-th piece.
static int work(char const* order)
{
    unsigned piece, step, end;
    unsigned long seed;
    if (sscanf(order, "%u %u %u %lu", &piece, &step, &end, &seed) != 4)
        return 97;
    fcntl(result_fd, F_SETFD, FD_CLOEXEC);
    for (; piece < end; piece += step) {
        struct result result = {piece, (piece / step + piece % step) % kind_count, 0};
        result.value = mix(piece ^ kinds[result.kind](mix(seed * 1000003 + piece)));
        send_all(result_fd, &result, sizeof result);
    }
    return 0;
}

static struct {
    char const* name;
    int (*run)(char const*);
} const parts[] = {
    {"hash", hash_input}, {"spin", spin}, {"sleep", sleep_on}, {"map", map}, {"word", word}, {"work", work}};

// ---- the first process ----------------------------------------------------------------------------------

static void start_worker(unsigned n, unsigned workers, unsigned pieces, unsigned long seed, int results)
{
    char order[80];
    sprintf(order, "%u %u %u %lu", n, workers, pieces, seed);
    if (child() == 0) {
        signal(SIGINT, SIG_DFL);
        if (results != result_fd)
            dup2(results, result_fd);
        else
            fcntl(results, F_SETFD, 0);
        become("work", order);
    }
}

struct tally {
    unsigned done;
    uint64_t checksum;
    unsigned ended, badly;
    unsigned by_kind[kind_count];
};

static void reap(struct tally* tally)
{
    int status;
    while (waitpid(-1, &status, WNOHANG) > 0) {
        tally->ended++;
        tally->badly += status != 0;
    }
}

// One line of /proc/PID/`name`.
static void say_file(char const* pid, char const* name)
{
    char path[64], text[160];
    snprintf(path, sizeof path, "/proc/%.20s/%s", pid, name);
    int const fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t const got = fd < 0 ? 0 : read(fd, text, sizeof text);
    for (ssize_t n = 0; n < got; n++)
        putchar(text[n] < ' ' ? ' ' : text[n]);
    if (fd >= 0)
        close(fd);
}

static void say_who_is_there(void)
{
    DIR* const folder = opendir("/proc");
    for (struct dirent* entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        for (char const* const* name = (char const*[]){"torc", "cmdline", "stat", NULL}; *name != NULL;
            name++)
            say_file(entry->d_name, *name);
        putchar('\n');
    }
    if (folder != NULL)
        closedir(folder);
}

static void say_where_it_hangs(struct tally const* tally)
{
    printf("crowd: nothing for %d s; pieces done by kind:", patience_s);
    for (unsigned n = 0; n < kind_count; n++)
        printf(" %s %u,", kind_names[n], tally->by_kind[n]);
    printf("\n");
    say_who_is_there();
    fflush(stdout);
}

static void set_policy(char const* verb, unsigned core)
{
    char line[40];
    int const fd = open("/proc/torc/policy", O_WRONLY);
    if (fd < 0)
        return;
    int const length = sprintf(line, "%s %u\n", verb, core);
    if (write(fd, line, (size_t)length) != length)
        fail(line);
    close(fd);
}

// Another core is left alone.
static void disturb(unsigned cores)
{
    static unsigned times, core;
    if (core != 0)
        set_policy("admit", core);
    core = cores == 0 ? 0 : 1 + times % (cores - 1);
    if (core != 0)
        set_policy(times++ / (cores - 1) % 2 ? "isolate" : "drain", core);
}

static int gather(int results, unsigned pieces, unsigned cores, struct tally* tally)
{
    double const began = now();
    double said = began, heard = began, disturbed = began;
    while (tally->done < pieces) {
        struct result result;
        struct pollfd poller = {results, POLLIN, 0};
        int const ready = poll(&poller, 1, 200);
        reap(tally);
        double const t = now();
        if (cores > 1 && t - disturbed >= 0.2) {
            disturb(cores);
            disturbed = t;
        }
        if (ready > 0) {
            if (receive_all(results, &result, sizeof result) != sizeof result)
                break;
            tally->done++;
            tally->by_kind[result.kind]++;
            tally->checksum += result.value;
            heard = t;
        }
        if (t - said >= 5) {
            printf("crowd: %u of %u pieces, %.0f s\n", tally->done, pieces, t - began);
            fflush(stdout);
            said = t;
        }
        if (t - heard > patience_s)
            return say_where_it_hangs(tally), 0;
    }
    disturb(0);
    return tally->done == pieces;
}

// The objects that live, by the names of /proc/torc/objects. Frames are left out: the tables and pools of a
// kernel keep theirs, and this process has pages of its own. Files leave names behind until the caches are
// dropped.
struct census {
    unsigned count;
    struct {
        char name[48];
        long live;
    } row[64];
};

static void take_census(struct census* census)
{
    census->count = 0;
    int const drop = open("/proc/sys/vm/drop_caches", O_WRONLY);
    if (drop >= 0) {
        (void)!write(drop, "3\n", 2);
        close(drop);
    }
    FILE* const file = fopen("/proc/torc/objects", "r");
    char line[256];
    while (file != NULL && census->count < 64 && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "%47s %ld", census->row[census->count].name, &census->row[census->count].live) == 2
            && strncmp(line, "frame-", 6) != 0 && strncmp(line, "name-bucket-page", 16) != 0)
            census->count++;
    if (file != NULL)
        fclose(file);
}

static int compare(struct census const* before, struct census const* after, int quiet)
{
    int differ = 0;
    for (unsigned n = 0; n < after->count; n++) {
        long was = 0;
        for (unsigned m = 0; m < before->count; m++)
            if (strcmp(before->row[m].name, after->row[n].name) == 0)
                was = before->row[m].live;
        if (was == after->row[n].live)
            continue;
        differ = 1;
        if (!quiet)
            printf("kept %s: %ld before, %ld after\n", after->row[n].name, was, after->row[n].live);
    }
    return differ;
}

// What has ended on other cores is taken apart a moment later.
static void say_what_is_kept(struct census const* before)
{
    static struct census after;
    for (unsigned tries = 0; tries < 100; tries++) {
        take_census(&after);
        if (!compare(before, &after, 1))
            return;
        nap(50000);
    }
    (void)compare(before, &after, 0);
}

static void begin_as_first(void)
{
    mkdir("/proc", 0755);
    mkdir("/tmp", 0777);
    mount("proc", "/proc", "proc", 0, NULL);
}

static int lead(unsigned workers, unsigned pieces, unsigned long seed, unsigned cores)
{
    static struct census before;
    int ends[2];
    struct tally tally = {0};
    take_census(&before); // the first look makes what later ones need
    take_census(&before);
    make_pipe(ends);
    double const began = now();
    for (unsigned n = 0; n < workers; n++)
        start_worker(n, workers, pieces, seed, ends[1]);
    close(ends[1]);
    int const complete = gather(ends[0], pieces, cores, &tally);
    close(ends[0]);
    if (complete)
        while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) { }
    printf("checksum %016llx of %u pieces, %.0f s, %u ended badly\n", (unsigned long long)tally.checksum,
        tally.done, now() - began, tally.badly);
    if (complete)
        say_what_is_kept(&before);
    printf("crowd: %s\n", complete && tally.badly == 0 ? "complete" : "INCOMPLETE");
    fflush(stdout);
    return !complete || tally.badly != 0;
}

int main(int count, char** arguments)
{
    int status = 2;
    for (unsigned n = 0; count == 3 && n < sizeof parts / sizeof *parts; n++)
        if (strcmp(arguments[1], parts[n].name) == 0) {
            myself = arguments[0];
            return parts[n].run(arguments[2]);
        }
    int const first = getpid() == 1;
    if (first)
        begin_as_first();
    myself = realpath(arguments[0], NULL);
    if ((count == 4 || count == 5) && myself != NULL)
        status = lead((unsigned)atoi(arguments[1]), (unsigned)atoi(arguments[2]),
            strtoul(arguments[3], NULL, 0), count == 5 ? (unsigned)atoi(arguments[4]) : 0);
    else
        fprintf(stderr, "usage: crowd WORKERS PIECES SEED [CORES]\n");
    if (!first)
        return status;
    reboot(RB_POWER_OFF);
    return 1;
}
