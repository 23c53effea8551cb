// SPDX-License-Identifier: MIT
// Runs the kernel's memory and user-copy functions as an ordinary program (under qemu-aarch64): at EL0, LDTR
// and STTR are plain accesses, and a SIGSEGV handler plays vectors.S: it goes on at the address in x15. The
// kernel's own names are prefixed with torc_ when memory.S is assembled for this program.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <sys/mman.h>
#include <ucontext.h>

extern "C" {
void* torc_memcpy(void*, void const*, std::size_t);
void* torc_memmove(void*, void const*, std::size_t);
void* torc_memset(void*, int, std::size_t);
int torc_memcmp(void const*, void const*, std::size_t);
std::size_t torc_strlen(char const*);
void* torc_memchr(void const*, int, std::size_t);
void page_copy(void*, void const*);
void page_clear(void*);
std::size_t user_copy_in(void*, std::uint64_t, std::size_t);
std::size_t user_copy_out(std::uint64_t, void const*, std::size_t);
std::size_t user_clear(std::uint64_t, std::size_t);
std::size_t user_copy_string(char*, std::uint64_t, std::size_t, bool*);
}

namespace {

constexpr std::size_t page = 4096;
std::mt19937 random_number{42};

#define CHECK(...)                                                                                           \
    do {                                                                                                     \
        if (!(__VA_ARGS__)) {                                                                                \
            std::printf("%s:%d: %s\n", __FILE__, __LINE__, #__VA_ARGS__);                                    \
            std::exit(1);                                                                                    \
        }                                                                                                    \
    } while (false)

void fill(unsigned char* at, std::size_t size)
{
    for (std::size_t i = 0; i < size; i++)
        at[i] = static_cast<unsigned char>(random_number());
}

std::uint64_t number(void const* p)
{
    return reinterpret_cast<std::uint64_t>(p);
}

void test_copies()
{
    static unsigned char from[1200], to[1200], wanted[1200];
    for (std::size_t size = 0; size < 300; size++) {
        for (std::size_t a = 0; a < 9; a++) {
            std::size_t const b = random_number() % 17;
            fill(from, sizeof from);
            fill(to, sizeof to);
            std::memcpy(wanted, to, sizeof to);
            std::memcpy(wanted + b, from + a, size);
            CHECK(torc_memcpy(to + b, from + a, size) == to + b);
            CHECK(std::memcmp(wanted, to, sizeof to) == 0);
            std::memcpy(wanted, from, sizeof from);
            std::memmove(wanted + b, wanted + a, size);
            CHECK(torc_memmove(from + b, from + a, size) == from + b);
            CHECK(std::memcmp(wanted, from, sizeof from) == 0);
            std::memset(wanted + a, static_cast<int>(size) + 0x180, size);
            CHECK(torc_memset(from + a, static_cast<int>(size) + 0x180, size) == from + a);
            CHECK(std::memcmp(wanted, from, sizeof from) == 0);
        }
    }
}

int sign(int n)
{
    return (n > 0) - (n < 0);
}

void test_searches()
{
    static unsigned char a[100], b[100];
    for (int round = 0; round < 20000; round++) {
        std::size_t const size = random_number() % 64, at = random_number() % 9;
        fill(a, sizeof a);
        std::memcpy(b, a, sizeof a);
        if (size > 0 && round % 4 != 0)
            b[at + random_number() % size] ^= static_cast<unsigned char>(1 << random_number() % 8);
        CHECK(sign(torc_memcmp(a + at, b + at, size)) == sign(std::memcmp(a + at, b + at, size)));
        a[at + size] = 0;
        CHECK(torc_strlen(reinterpret_cast<char*>(a + at)) == std::strlen(reinterpret_cast<char*>(a + at)));
        CHECK(torc_memchr(a + at, 0x177, size) == std::memchr(a + at, 0x77, size));
    }
}

void test_pages()
{
    alignas(page) static unsigned char a[3 * page], b[3 * page], zero[page];
    fill(a, sizeof a);
    fill(b, sizeof b);
    unsigned char const before = b[page - 1], after = b[2 * page];
    page_copy(b + page, a + page);
    CHECK(std::memcmp(b + page, a + page, page) == 0 && b[page - 1] == before && b[2 * page] == after);
    page_clear(b + page);
    CHECK(std::memcmp(b + page, zero, page) == 0 && b[page - 1] == before && b[2 * page] == after);
}

void on_fault(int, siginfo_t*, void* context)
{
    auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
    machine.pc = machine.regs[15];
}

// Pages that end where nothing is mapped.
unsigned char* user_pages()
{
    auto* const base = static_cast<unsigned char*>(
        mmap(nullptr, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    munmap(base + 2 * page, page);
    return base;
}

void test_user_copies(unsigned char* user)
{
    static unsigned char kernel[2 * page], wanted[2 * page];
    unsigned char* const end = user + 2 * page;
    for (int round = 0; round < 30000; round++) {
        std::size_t const size = random_number() % 400, room = random_number() % 400;
        std::size_t const offset = random_number() % 9, possible = room < size ? room : size;
        fill(end - 600, 600);
        fill(kernel, 500);
        std::memcpy(wanted, kernel, 500);
        std::memcpy(wanted + offset, end - room, possible);
        CHECK(user_copy_in(kernel + offset, number(end - room), size) == size - possible);
        CHECK(std::memcmp(kernel, wanted, 500) == 0);

        fill(kernel, 500);
        std::memcpy(wanted, end - 600, 600);
        std::memcpy(wanted + 600 - room, kernel + offset, possible);
        CHECK(user_copy_out(number(end - room), kernel + offset, size) == size - possible);
        CHECK(std::memcmp(wanted, end - 600, 600) == 0);

        std::memset(wanted + 600 - room, 0, possible);
        CHECK(user_clear(number(end - room), size) == size - possible);
        CHECK(std::memcmp(wanted, end - 600, 600) == 0);
    }
}

void test_user_strings(unsigned char* user)
{
    static char kernel[1000];
    unsigned char* const end = user + 2 * page;
    for (int round = 0; round < 30000; round++) {
        std::size_t const room = random_number() % 100, size = random_number() % 100;
        std::size_t const length = random_number() % 100;
        // Half the strings lie across the boundary between the two mapped pages.
        unsigned char* const text = round % 2 ? end - room : user + page - room;
        bool const at_end = round % 2;
        std::memset(end - 200, 'x', 200);
        std::memset(user + page - 200, 'x', 400);
        if (!at_end || length < room)
            text[length] = 0;
        for (std::size_t i = 0; i < length && (!at_end || i < room); i++)
            text[i] = static_cast<unsigned char>(1 + random_number() % 255);
        std::memset(kernel, '#', sizeof kernel);
        bool faulted = true;
        std::size_t const copied = user_copy_string(kernel, number(text), size, &faulted);
        std::size_t const whole = length + 1;
        bool const meets_end = at_end && room < whole && room < size;
        std::size_t const wanted = meets_end ? room : size < whole ? size : whole;
        CHECK(copied == wanted);
        CHECK(faulted == meets_end);
        CHECK(std::memcmp(kernel, text, copied) == 0);
        CHECK(kernel[size] == '#');
    }
}

} // namespace

int main()
{
    struct sigaction action{};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGSEGV, &action, nullptr);
    test_copies();
    test_searches();
    test_pages();
    unsigned char* const user = user_pages();
    test_user_copies(user);
    test_user_strings(user);
    std::puts("all well");
}
