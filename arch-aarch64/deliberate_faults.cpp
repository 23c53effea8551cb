// SPDX-License-Identifier: MIT
#include "arch-aarch64/deliberate_faults.hpp"

#include <array>

#include "arch-aarch64/image.hpp"
#include "arch-aarch64/power/firmware_call.hpp"
#include "kernel/panic.hpp"

namespace torc::arch {
namespace {

// Each is undefined behaviour on purpose, so each goes through a volatile that hides it from the compiler.

void read_null()
{
    std::uint64_t volatile address = 0;
    // SAFETY: none; that is the point, here and below
    (void)*reinterpret_cast<std::uint64_t volatile*>(address); // NOLINT(clang-analyzer-core.NullDereference)
}

void write_text()
{
    std::uint64_t volatile address = address_of(text_begin);
    *reinterpret_cast<std::uint64_t volatile*>(address) = 0;
}

[[clang::no_sanitize("kcfi")]] void execute_data()
{
    static constinit std::uint32_t code = 0xd65f03c0; // RET
    std::uint64_t volatile address = address_of(&code);
    reinterpret_cast<void (*)()>(address)();
}

[[gnu::noinline]] std::uint64_t recurse(std::uint64_t depth)
{
    std::uint64_t volatile room[16] = {depth};
    return depth == ~std::uint64_t{0} ? 0 : recurse(depth + 1) + room[depth % 16];
}
void overflow_stack()
{
    (void)recurse(0);
}

int takes_nothing()
{
    return 0;
}
void call_wrong_type()
{
    std::uint64_t volatile address = reinterpret_cast<std::uint64_t>(&takes_nothing);
    reinterpret_cast<void (*)(std::uint64_t)>(address)(1);
}

[[gnu::noinline]] void smash_frame()
{
    unsigned volatile length = 24;
    char room[16];
    char* volatile at = room;
    for (unsigned i = 0; i < length; i++)
        at[i] = 'x';
}

void index_out_of_bounds()
{
    static int table[4];
    unsigned volatile index = 4;
    table[index] = 1;
}

void shift_too_far()
{
    unsigned volatile by = 64;
    (void)(std::uint64_t{1} << by); // NOLINT(clang-analyzer-core.BitwiseShift)
}

// Where EL2 is ours, nobody there takes calls. Where it is the firmware's, it refuses.
void call_hypervisor()
{
    (void)firmware_hvc(0, 0, 0, 0);
}

void fail_check()
{
    ensure(image_bytes() == 0, "the image is empty");
}

struct Kind {
    std::string_view name;
    void (*commit)();
};
constexpr std::array kinds{
    Kind{"null", read_null},
    Kind{"text", write_text},
    Kind{"data", execute_data},
    Kind{"stack", overflow_stack},
    Kind{"kcfi", call_wrong_type},
    Kind{"smash", smash_frame},
    Kind{"bounds", index_out_of_bounds},
    Kind{"shift", shift_too_far},
    Kind{"el2", call_hypervisor},
    Kind{"ensure", fail_check},
};

} // namespace

void commit_fault(std::string_view kind)
{
    for (Kind const& known : kinds)
        if (known.name == kind)
            known.commit();
}

} // namespace torc::arch
