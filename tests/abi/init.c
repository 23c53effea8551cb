// SPDX-License-Identifier: MIT
// The ABI suite's pid 1: runs every program of /abi (or those named in its arguments, only=a,b), each in a
// session and a directory of its own, and prints what it wrote and how it ended in a frame that a host
// script can compare. Needs little of the kernel: fork, exec, wait4, nanosleep, kill, files.
//
//   @@ begin NAME            @@ end NAME exited 0 | killed SIGNAL | timeout
//   | one line of output     @@ objects NAME object before after    (where /proc/torc/objects exists)
//
// Memory that a kernel keeps for records it will need again is no leak as long as it does not grow: for the
// rows of is_backing() a short test is run once more, and only a second growth is reported. Frames behind
// records are told by the rows of the records; what none of those claims must not grow (frame-unclaimed).
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    max_tests = 256,
    max_output = 64 << 10,
    max_objects = 64,
    default_seconds = 20,
    longest_repeated = 6,
    page_bytes = 4096
};

struct object {
    char name[48];
    long live;
};
struct census {
    int count;
    struct object object[max_objects];
};

static char* tests[max_tests];
static int test_count;
static char const* only;
static int seconds = default_seconds;
static char seed[32] = "SEED=1"; // of the random tests

static void print(char const* text)
{
    for (size_t left = strlen(text); left > 0;) {
        ssize_t n = write(1, text, left);
        if (n <= 0)
            return;
        text += n;
        left -= (size_t)n;
    }
}

static int in_list(char const* list, char const* name)
{
    size_t length = strlen(name);
    for (char const* p = list; p != NULL; p = strchr(p, ',')) {
        p += *p == ',';
        if (strncmp(p, name, length) == 0 && (p[length] == ',' || p[length] == 0))
            return 1;
    }
    return 0;
}

static int by_name(void const* a, void const* b)
{
    return strcmp(*(char* const*)a, *(char* const*)b);
}

static void list_tests(void)
{
    DIR* directory = opendir("/abi");
    if (directory == NULL) {
        print("@@ no /abi\n");
        return;
    }
    for (struct dirent* entry; (entry = readdir(directory)) != NULL && test_count < max_tests;)
        if (entry->d_name[0] != '.' && (only == NULL || in_list(only, entry->d_name)))
            tests[test_count++] = strdup(entry->d_name);
    closedir(directory);
    qsort(tests, (size_t)test_count, sizeof *tests, by_name);
}

// Lines "name live ..." of /proc/torc/objects, once reclaimable caches are dropped. None on other kernels.
static void take_census(struct census* census)
{
    census->count = 0;
    int drop = open("/proc/sys/vm/drop_caches", O_WRONLY);
    FILE* file = fopen("/proc/torc/objects", "r");
    if (file != NULL && drop >= 0)
        (void)!write(drop, "3\n", 2);
    if (drop >= 0)
        close(drop);
    if (file == NULL)
        return;
    char line[256];
    long claimed = 0, bytes;
    struct object* record_frames = NULL;
    while (census->count < max_objects && fgets(line, sizeof line, file) != NULL) {
        struct object* object = &census->object[census->count];
        if (sscanf(line, "%47s %ld %*d %ld", object->name, &object->live, &bytes) != 3)
            continue;
        census->count++;
        if (strcmp(object->name, "frame-record") == 0)
            record_frames = object;
        else if (strncmp(object->name, "frame-", 6) != 0)
            claimed += bytes / page_bytes;
    }
    fclose(file);
    if (record_frames != NULL) {
        strcpy(record_frames->name, "frame-unclaimed");
        record_frames->live -= claimed;
    }
}

// Frames (tables of the kernel's own stay, this process's pages are its own again after a fork) and the pages
// of the name table, which grows with use.
static int is_backing(char const* object)
{
    return (strncmp(object, "frame-", 6) == 0 && strcmp(object, "frame-unclaimed") != 0)
        || strcmp(object, "name-bucket-page") == 0;
}

enum rows { backing_rows, other_rows };

// Reports what differs among the chosen rows; returns whether something does.
static int compare_census(
    char const* test, struct census const* before, struct census const* after, enum rows rows, int quiet)
{
    char line[256];
    int differ = 0;
    for (int i = 0; i < after->count; i++) {
        struct object const* object = &after->object[i];
        long was = 0;
        for (int j = 0; j < before->count; j++)
            if (strcmp(before->object[j].name, object->name) == 0)
                was = before->object[j].live;
        // Backing may shrink; everything else is as before.
        if (is_backing(object->name) != (rows == backing_rows) || was == object->live
            || (rows == backing_rows && object->live < was))
            continue;
        differ = 1;
        snprintf(line, sizeof line, "@@ objects %s %s %ld %ld\n", test, object->name, was, object->live);
        if (!quiet)
            print(line);
    }
    return differ;
}

static void remove_tree(char const* path)
{
    if (unlink(path) == 0 || (errno != EISDIR && errno != EPERM && errno != EBUSY))
        return;
    while (umount2(path, MNT_DETACH) == 0) { }
    DIR* directory = opendir(path);
    if (directory != NULL) {
        for (struct dirent* entry; (entry = readdir(directory)) != NULL;) {
            char inner[4096];
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                continue;
            snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
            remove_tree(inner);
        }
        closedir(directory);
    }
    rmdir(path);
}

static void run_child(char const* path, char const* home)
{
    char* const environment[] = {"PATH=/bin:/abi", "HOME=/", seed, NULL};
    setsid();
    umask(022);
    int null = open("/dev/null", O_RDONLY);
    int output = open("/output", O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0666);
    if (null >= 0)
        dup2(null, 0);
    if (output >= 0) {
        dup2(output, 1);
        dup2(output, 2);
    }
    for (int fd = 3; fd < 16; fd++)
        close(fd);
    if (chdir(home) != 0)
        print("no directory for the test\n");
    char* const arguments[] = {(char*)path, NULL};
    execve(path, arguments, environment);
    print("cannot execute\n");
    _exit(126);
}

// The child's status, or -1 after the time limit; kills what it leaves behind.
static int wait_for(pid_t child)
{
    int status = -1;
    pid_t got = 0;
    for (int i = 0; i < seconds * 200 && got == 0; i++) {
        struct timespec pause = {0, 5000000};
        got = waitpid(child, &status, WNOHANG);
        if (got == 0)
            nanosleep(&pause, NULL);
    }
    kill(-1, SIGKILL);
    if (got == 0)
        kill(child, SIGKILL);
    for (int i = 0; i < 400; i++) {
        struct timespec pause = {0, 5000000};
        pid_t left = waitpid(-1, NULL, WNOHANG);
        if (left < 0 && errno == ECHILD)
            break;
        if (left == 0)
            nanosleep(&pause, NULL);
    }
    return got == child ? status : -1;
}

static void print_output(void)
{
    static char text[max_output + 1];
    int fd = open("/output", O_RDONLY);
    ssize_t total = 0, n;
    while (fd >= 0 && total < max_output && (n = read(fd, text + total, (size_t)(max_output - total))) > 0)
        total += n;
    if (fd >= 0)
        close(fd);
    unlink("/output");
    text[total] = 0;
    for (char *line = text, *end; *line != 0; line = end) {
        static char framed[2048];
        end = strchrnul(line, '\n');
        int length = (int)(end - line) > 2000 ? 2000 : (int)(end - line);
        snprintf(framed, sizeof framed, "| %.*s\n", length, line);
        print(framed);
        end += *end == '\n';
    }
}

static long monotonic_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

// Runs the test in a fresh directory; its output is left in /output. Returns its status or -1.
static int run_once(char const* name)
{
    char path[300], home[300];
    snprintf(path, sizeof path, "/abi/%s", name);
    snprintf(home, sizeof home, "/tmp/%s", name);
    mkdir("/tmp", 0777);
    mkdir(home, 0777);
    chmod(home, 0777);
    pid_t child = fork();
    if (child == 0)
        run_child(path, home);
    int status = child < 0 ? -1 : wait_for(child);
    remove_tree(home);
    return status;
}

static struct census before, after, again;

static void run_test(char const* name)
{
    char line[400];
    take_census(&before);
    snprintf(line, sizeof line, "@@ begin %s\n", name);
    print(line);
    long start = monotonic_seconds();
    int status = run_once(name);
    int short_enough = monotonic_seconds() - start <= longest_repeated;
    print_output();
    if (status == -1)
        snprintf(line, sizeof line, "@@ end %s timeout\n", name);
    else if (WIFEXITED(status))
        snprintf(line, sizeof line, "@@ end %s exited %d\n", name, WEXITSTATUS(status));
    else
        snprintf(line, sizeof line, "@@ end %s killed %d\n", name, WTERMSIG(status));
    print(line);
    take_census(&after);
    compare_census(name, &before, &after, other_rows, 0);
    if (status != -1 && short_enough && compare_census(name, &before, &after, backing_rows, 1)) {
        run_once(name);
        unlink("/output");
        take_census(&again);
        compare_census(name, &after, &again, backing_rows, 0);
    }
}

// The kernel uses a process's record again only after some tens of others: its tables have their size by
// then.
static void use_many_records(void)
{
    for (int i = 0; i < 100; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        waitpid(child, NULL, 0);
    }
}

int main(int argc, char** argv)
{
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "only=", 5) == 0)
            only = argv[i] + 5;
        if (strncmp(argv[i], "seed=", 5) == 0)
            snprintf(seed, sizeof seed, "SEED=%s", argv[i] + 5);
        if (strncmp(argv[i], "seconds=", 8) == 0)
            seconds = atoi(argv[i] + 8);
    }
    mkdir("/dev", 0755);
    mkdir("/proc", 0755);
    mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
    mount("proc", "/proc", "proc", 0, NULL);
    list_tests();
    use_many_records();
    take_census(&after); // so that their pages are there before the first one counts
    take_census(&again);
    print("@@ start\n");
    for (int i = 0; i < test_count; i++)
        run_test(tests[i]);
    print("@@ done\n");
    sync();
    reboot(RB_POWER_OFF);
    for (;;)
        pause();
}
