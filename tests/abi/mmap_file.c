// SPDX-License-Identifier: MIT
// File mappings, private and shared: what writes reach, the end of the file, access rights, lifetime.
#include "abi.h"

#define RW (PROT_READ | PROT_WRITE)
static sigjmp_buf back;
static int volatile code;

static void on_bus(int signal, siginfo_t* info, void* context)
{
    (void)context;
    code = info->si_code;
    siglongjmp(back, signal);
}

static void touch(char const* what, char volatile* p, bool write)
{
    int signal = sigsetjmp(back, 1);
    if (signal != 0) {
        say("%s: %s code %d", what, signal_name(signal), code);
        return;
    }
    if (write)
        *p = 'T';
    char c = *p;
    say("%s: %d", what, c);
}

static char* map(int fd, size_t size, int protection, int flags)
{
    char* p = mmap(NULL, size, protection, flags, fd, 0);
    if (p == MAP_FAILED)
        say("mmap: %s", error_name(errno));
    return p;
}

static void rights(void)
{
    close(make_file("rights", "0123456789", 0644));
    int r = open("rights", O_RDONLY), w = open("rights", O_WRONLY), rw = open("rights", O_RDWR),
        p = open("rights", O_PATH);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, w, 0));
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, w, 0));
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, r, 0));
    CHECK(mmap(NULL, PAGE, RW, MAP_SHARED, r, 0));
    CHECK(mmap(NULL, PAGE, RW, MAP_PRIVATE, r, 0));
    CHECK(mmap(NULL, PAGE, RW, MAP_SHARED, rw, 0));
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, p, 0));
    CHECK(mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE, w, 0));
    CHECK(SYS(mmap, NULL, PAGE, PROT_READ, MAP_PRIVATE, r, 100));
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, r, 1l << 40));
    CHECK(SYS(mmap, NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, r, ~0xffful));
    CHECK(mmap(NULL, 0, PROT_READ, MAP_PRIVATE, r, 0));
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE, r, 0));
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | 0x8000000, r, 0));
    int directory = open(".", O_RDONLY), null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR),
        ends[2];
    MUST(pipe(ends));
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, directory, 0));
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, null, 0));
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, ends[0], 0));
    char* z = mmap(NULL, PAGE, RW, MAP_PRIVATE, zero, 0);
    say("/dev/zero: %d", z != MAP_FAILED && z[5] == 0 && (z[5] = 1));
    // A shared mapping of a file opened for reading only can never become writable.
    char* s = map(r, PAGE, PROT_READ, MAP_SHARED);
    CHECK(mprotect(s, PAGE, RW));
    s = map(r, PAGE, PROT_READ, MAP_PRIVATE);
    CHECK(mprotect(s, PAGE, RW));
}

static void writes(void)
{
    int fd = make_file("writes", "abcdefghij", 0644);
    char* private = map(fd, PAGE, RW, MAP_PRIVATE);
    char* shared = map(fd, PAGE, RW, MAP_SHARED);
    char* second = map(fd, PAGE, PROT_READ, MAP_SHARED);
    char text[11] = "";
    shared[0] = 'A';
    pread(fd, text, 10, 0);
    say("file %s, second view %.10s, private %.10s", text, second, private);
    private[1] = 'P';
    pwrite(fd, "ZZZ", 3, 1);
    pread(fd, text, 10, 0);
    say("file %s, second view %.10s, private %.10s", text, second, private);
    IN_CHILD("child")
    {
        shared[9] = 'C';
        private[9] = 'D';
    }
    pread(fd, text, 10, 0);
    say("file %s, private %.10s", text, private);
    shared[20] = 'x'; // beyond the end, within the page: not part of the file
    struct stat status;
    fstat(fd, &status);
    say("size %ld", (long)status.st_size);
    ftruncate(fd, 30);
    VALUE(pread(fd, text, 1, 20));
    close(fd);
    say("after close: %.10s", shared);
    unlink("writes");
    say("after unlink: %.10s", second);
    VALUE(msync(shared, PAGE, MS_SYNC));
    VALUE(munmap(shared, PAGE));
    say("second view: %.10s", second);
}

static void end_of_file(void)
{
    handle_info(SIGBUS, on_bus, 0);
    handle_info(SIGSEGV, on_bus, 0);
    int fd = make_file("end", "0123456789", 0644);
    char* shared = map(fd, 3 * PAGE, RW, MAP_SHARED);
    char* private = map(fd, 3 * PAGE, RW, MAP_PRIVATE);
    touch("rest of the last page", shared + 100, false);
    touch("page beyond the end", shared + PAGE, false);
    touch("page beyond the end, write", shared + 2 * PAGE, true);
    touch("private, beyond", private + PAGE, false);
    ftruncate(fd, (long)(2 * PAGE));
    touch("after growing", shared + PAGE, true);
    touch("private after growing", private + PAGE, false);
    touch("still beyond", shared + 2 * PAGE, false);
    private[0] = 'p';
    private[PAGE] = 'q';
    ftruncate(fd, 0);
    touch("after truncation", shared, false);
    touch("private copy after truncation", private, false);
    ftruncate(fd, (long)PAGE);
    touch("grown again", shared, false);
    touch("private grown again", private, false);
    char buffer[8];
    errno = 0;
    VALUE(write(fd, shared + PAGE, 8));
    VALUE(read(fd, shared + PAGE, 8));
    (void)buffer;
}

static void offsets(void)
{
    int fd = make_file("offsets", NULL, 0644);
    for (int i = 0; i < 64; i++) {
        char page[PAGE];
        memset(page, 'A' + i % 26, sizeof page);
        MUST(write(fd, page, sizeof page));
    }
    int wrong = 0;
    char* all = map(fd, 64 * PAGE, PROT_READ, MAP_PRIVATE);
    for (int i = 0; i < 64; i++)
        wrong += all[i * PAGE + 17] != 'A' + i % 26;
    char* some = mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, fd, 30 * (long)PAGE);
    say("wrong %d, at an offset %c%c", wrong, some[0], some[PAGE]);
    VALUE(munmap(all + PAGE, 10 * PAGE));
    say("behind the hole %c", all[11 * PAGE]);
    // Code in a file can be run from a mapping of it.
    static unsigned const code_words[] = {0x52800540, 0xd65f03c0}; // mov w0, #42; ret
    int program = make_file("code", NULL, 0755);
    MUST(write(program, code_words, sizeof code_words));
    int (*function)(void) = (int (*)(void))(void*)map(program, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE);
    say("ran: %d", function());
}

static void syncing(void)
{
    int fd = make_file("sync", "0123456789", 0644);
    char* p = map(fd, 2 * PAGE, RW, MAP_SHARED);
    VALUE(msync(p, 2 * PAGE, MS_ASYNC));
    VALUE(msync(p, PAGE, MS_SYNC | MS_INVALIDATE));
    VALUE(msync(p, PAGE, MS_SYNC | MS_ASYNC));
    VALUE(msync(p, PAGE, 64));
    VALUE(msync(p, PAGE, 0));
    VALUE(msync(p, 0, MS_SYNC));
    VALUE(msync(p + 1, PAGE, MS_SYNC));
    munmap(p + PAGE, PAGE);
    VALUE(msync(p, 2 * PAGE, MS_SYNC));
    VALUE(msync(private_memory(PAGE), PAGE, MS_SYNC));
    VALUE(msync(p, ~0ul, MS_SYNC));
}

int main(void)
{
    rights();
    writes();
    end_of_file();
    offsets();
    syncing();
    return 0;
}
