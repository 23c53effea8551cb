// SPDX-License-Identifier: MIT
// A machine of four cores: programs on one of them use more memory than it has of its own, until there is
// really no more. What was borrowed goes home when they have ended.
#include "abi.h"

#define MIB (1l << 20)

static long meminfo(char const* name)
{
    char line[128];
    long value = -1;
    FILE* file = fopen("/proc/meminfo", "r");
    while (file != NULL && value < 0 && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0)
            value = atol(line + strlen(name) + 1);
    if (file != NULL)
        fclose(file);
    return value * 1024;
}

// Frames that all tori together have borrowed, or lent.
static long on_loan(char const* what)
{
    static char line[1024];
    long sum = 0;
    FILE* file = fopen("/proc/torc/tori", "r");
    while (file != NULL && fgets(line, sizeof line, file)) {
        char const* at = strstr(line, what);
        sum += at != NULL ? atol(at + strlen(what)) : 0;
    }
    if (file != NULL)
        fclose(file);
    return sum;
}

// A torus at rest publishes when it falls asleep. A page that stays (of the output, say) may keep its block.
static void all_is_back(long free_before)
{
    long free_now = 0, borrowed = 0, lent = 0;
    for (int i = 0; i < 500; ++i) {
        free_now = meminfo("MemFree");
        borrowed = on_loan(" borrowed ");
        lent = on_loan(" lent ");
        if (free_now > free_before - 3 * MIB && borrowed == lent && lent <= 3 * 512) {
            say("  all is back");
            return;
        }
        usleep(10000);
    }
    say("  wrong: %ld KiB less free, %ld frames borrowed, %ld lent", (free_before - free_now) / 1024,
        borrowed, lent);
}

static uint64_t word_of(uint64_t seed, long page)
{
    return (seed << 32 | (uint64_t)page) * 0x9e3779b97f4a7c15u;
}

static void write_all(char* area, long pages, uint64_t seed)
{
    for (long i = 0; i < pages; ++i) {
        uint64_t* page = (uint64_t*)(area + i * (long)PAGE);
        page[0] = page[511] = word_of(seed, i);
    }
}

static long wrong_pages(char const* area, long pages, uint64_t seed)
{
    long wrong = 0;
    for (long i = 0; i < pages; ++i) {
        uint64_t const* page = (uint64_t const*)(area + i * (long)PAGE);
        wrong += page[0] != word_of(seed, i) || page[511] != word_of(seed, i);
    }
    return wrong;
}

static char* area_of(long bytes)
{
    return mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

// ---- the programs, each on a core of its own --------------------------------------------------------------

static int touch(long percent)
{
    long const pages = meminfo("MemTotal") / 100 * percent / (long)PAGE;
    char* area = area_of(pages * (long)PAGE);
    write_all(area, pages, 1);
    return wrong_pages(area, pages, 1) == 0 ? 0 : 1;
}

// The child copies all that it has of its parent.
static int touch_and_fork(long percent)
{
    long const pages = meminfo("MemTotal") / 100 * percent / (long)PAGE;
    char* area = area_of(pages * (long)PAGE);
    write_all(area, pages, 2);
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        write_all(area, pages, 3);
        _exit(wrong_pages(area, pages, 3) == 0 ? 0 : 1);
    }
    int status;
    MUST(waitpid(child, &status, 0));
    return status == 0 && wrong_pages(area, pages, 2) == 0 ? 0 : 1;
}

static int touch_everything(void)
{
    for (;;) {
        char* area = area_of(16 * MIB);
        if (area == MAP_FAILED)
            return 7;
        write_all(area, 16 * MIB / (long)PAGE, 4);
    }
}

static int little_by_little(void)
{
    for (int i = 0; i < 40; ++i) {
        char* area = area_of(2 * MIB);
        write_all(area, 2 * MIB / (long)PAGE, (uint64_t)i);
        if (wrong_pages(area, 2 * MIB / (long)PAGE, (uint64_t)i) != 0)
            return 1;
        munmap(area, 2 * MIB);
        pid_t child = (pid_t)MUST(fork());
        if (child == 0)
            _exit(0);
        waitpid(child, NULL, 0);
    }
    return 0;
}

static pid_t start(int core, char const* what, char const* percent)
{
    pid_t child = (pid_t)MUST(fork());
    if (child != 0)
        return child;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((unsigned)core, &set);
    MUST(sched_setaffinity(0, sizeof set, &set));
    char* arguments[] = {"stress_lending", (char*)what, (char*)percent, NULL};
    execve("/abi/stress_lending", arguments, NULL);
    _exit(99);
}

static char const* end_of(pid_t child)
{
    int status = 0;
    MUST(waitpid(child, &status, 0));
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGKILL ? "killed or refused" : signal_name(WTERMSIG(status));
    static char text[4][24];
    static int next;
    char* const said = text[next++ & 3];
    snprintf(said, sizeof text[0], "exited %d", WEXITSTATUS(status));
    return WEXITSTATUS(status) == 7 ? "killed or refused" : said;
}

// ---- the tests --------------------------------------------------------------------------------------------

static void most_of_it_on_one_core(void)
{
    long const before = meminfo("MemFree");
    pid_t big = start(1, "touch", "70");
    pid_t others[3];
    for (int i = 0; i < 3; ++i)
        others[i] = start(i == 1 ? 3 : i, "little", "0");
    say("70 %% on one core: %s", end_of(big));
    for (int i = 0; i < 3; ++i)
        say("  another: %s", end_of(others[i]));
    all_is_back(before);
}

static void copies(void)
{
    long const before = meminfo("MemFree");
    say("35 %%, and a copy of it: %s", end_of(start(2, "fork", "35")));
    all_is_back(before);
}

static void more_than_there_is(void)
{
    long const before = meminfo("MemFree");
    say("everything on one core: %s", end_of(start(1, "everything", "0")));
    all_is_back(before);
    pid_t hogs[4];
    for (int i = 0; i < 4; ++i)
        hogs[i] = start(i, "everything", "0");
    for (int i = 0; i < 4; ++i)
        say("everything on each core: %s", end_of(hogs[i]));
    all_is_back(before);
    for (int i = 0; i < 4; ++i)
        say("  afterwards: %s", end_of(start(i, "little", "0")));
    all_is_back(before);
}

static void fill(int fd, long pages)
{
    static uint64_t block[16 * 512];
    for (long page = 0; page < pages; page += 16) {
        for (long i = 0; i < 16 * 512; ++i)
            block[i] = word_of(5, page + i / 512);
        long const n = write(fd, block, sizeof block);
        if (n != (long)sizeof block) {
            say("  wrong: write of page %ld: %ld %s", page, n, error_name(errno));
            return;
        }
    }
}

static long differing_pages(int fd, long pages)
{
    static uint64_t block[16 * 512];
    long wrong = 0;
    lseek(fd, 0, SEEK_SET);
    for (long page = 0; page < pages; page += 16) {
        if (read(fd, block, sizeof block) != (long)sizeof block)
            return -1;
        for (long i = 0; i < 16 * 512; ++i)
            wrong += block[i] != word_of(5, page + i / 512);
    }
    return wrong;
}

// Its pages are torus 0's.
static void a_large_file(void)
{
    long const before = meminfo("MemFree"), pages = meminfo("MemTotal") / 100 * 65 / (long)PAGE & ~15l;
    mkdir("/tmp/large", 0755);
    MUST(mount("none", "/tmp/large", "tmpfs", 0, "size=90%"));
    int fd = (int)MUST(open("/tmp/large/file", O_RDWR | O_CREAT, 0600));
    fill(fd, pages);
    say("a file of 65 %%: %ld words differ", differing_pages(fd, pages));
    say("  borrowed for it: %d", on_loan(" borrowed ") > 0);
    char const* area = mmap(NULL, (size_t)pages * PAGE, PROT_READ, MAP_SHARED, fd, 0);
    long wrong = 0;
    for (long i = 0; i < pages; ++i)
        wrong += ((uint64_t const*)(area + i * (long)PAGE))[7] != word_of(5, i);
    say("  mapped: %ld words differ", wrong);
    munmap((void*)area, (size_t)pages * PAGE);
    pid_t reader = start(3, "read", "65");
    say("  read from another core: %s", end_of(reader));
    ftruncate(fd, 0);
    close(fd);
    MUST(unlink("/tmp/large/file"));
    fd = (int)MUST(open("/tmp/large/more", O_RDWR | O_CREAT, 0600));
    static char block[1 << 16];
    long n;
    while ((n = write(fd, block, sizeof block)) > 0) { }
    say("a file without end: %s", errno == ENOMEM || errno == ENOSPC ? "refused" : error_name(errno));
    close(fd);
    MUST(unlink("/tmp/large/more"));
    MUST(umount("/tmp/large"));
    MUST(rmdir("/tmp/large"));
    all_is_back(before);
}

static int read_large(long percent)
{
    long const pages = meminfo("MemTotal") / 100 * percent / (long)PAGE & ~15l;
    int fd = (int)MUST(open("/tmp/large/file", O_RDONLY));
    if (differing_pages(fd, pages) != 0)
        return 1;
    uint64_t const* area = mmap(NULL, (size_t)pages * PAGE, PROT_READ, MAP_SHARED, fd, 0);
    for (long i = 0; i < pages; i += 7)
        if (area[i * 512 + 3] != word_of(5, i))
            return 2;
    return 0;
}

int main(int count, char** arguments)
{
    if (count == 3) {
        long const percent = atol(arguments[2]);
        char const* const what = arguments[1];
        return strcmp(what, "touch") == 0 ? touch(percent)
            : strcmp(what, "fork") == 0   ? touch_and_fork(percent)
            : strcmp(what, "little") == 0 ? little_by_little()
            : strcmp(what, "read") == 0   ? read_large(percent)
                                          : touch_everything();
    }
    most_of_it_on_one_core();
    copies();
    more_than_there_is();
    a_large_file();
    say("the end");
    return 0;
}
