// SPDX-License-Identifier: MIT
#include "kernel/process/exec_space.hpp"
#include "arch/cpu.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/process/exec_strings.hpp"
#include "kernel/process/process.hpp"
#include "kernel/random.hpp"
#include "kernel/time/vdso.hpp"
#include "kernel/torus.hpp"
#include <algorithm>
#include <cstring>

namespace torc {
namespace {

constexpr std::uint64_t user_end = arch::PageTable::user_end;
constexpr std::uint64_t stack_random_mask = 0x3ffff; // pages: a GiB
constexpr std::uint64_t map_random_mask = (1ull << 24) - 1; // pages: 64 GiB
constexpr unsigned auxv_entries = 22;

enum Aux : std::uint64_t { // linux/auxvec.h
    at_null = 0,
    at_phdr = 3,
    at_phent = 4,
    at_phnum = 5,
    at_pagesz = 6,
    at_base = 7,
    at_flags = 8,
    at_entry = 9,
    at_uid = 11,
    at_euid = 12,
    at_gid = 13,
    at_egid = 14,
    at_platform = 15,
    at_hwcap = 16,
    at_clktck = 17,
    at_secure = 23,
    at_random = 25,
    at_hwcap2 = 26,
    at_execfn = 31,
    at_sysinfo_ehdr = 33,
    at_minsigstksz = 51,
};
constexpr std::uint64_t minimal_signal_stack = 4720; // a frame with NEON state and its records

Result<void> map_vdso(Space& space)
{
    std::uint64_t const length = (1 + vdso_pages()) * page_size;
    std::uint64_t const base = space.find_free(0, length);
    if (base == 0)
        return unexpected{Status::NoMemory};
    TRY(space.map({.address = base,
        .length = page_size,
        .protection = 1,
        .place = MapRequest::Place::Fixed,
        .source = MapSource::Special}));
    TRY(space.map({.address = base + page_size,
        .length = length - page_size,
        .protection = 5,
        .place = MapRequest::Place::Fixed,
        .source = MapSource::Special,
        .offset = 1}));
    space.layout.vdso = base + page_size;
    return {};
}

void set_break(ExecState& state, bool randomise)
{
    Space::Layout& layout = state.space->layout;
    std::uint64_t start = state.break_end;
    if (state.program.header.type == elf::type_shared && !state.interpreter.file)
        start = user_end / 3 * 2; // a program that was placed among the mappings has its heap far from them
    if (randomise)
        start += (this_torus().random->next() & 0x3ffff) * page_size;
    layout.brk_start = layout.brk = align_up(start, page_size);
}

} // namespace

void set_space_limits(Space& space, Limits const& limits)
{
    std::uint64_t const stack = limits[Resource::Stack].soft;
    space.stack_limit = std::max<std::uint64_t>(std::min(stack, user_end / 4), 128 * 1024);
    space.address_limit = limits[Resource::AddressSpace].soft;
    space.data_limit = limits[Resource::Data].soft;
}

Result<void> map_stack(ExecState& state)
{
    TRY(state.space->map({.address = state.stack_top - page_size,
        .length = page_size,
        .protection = 3,
        .flags = Mapping::grows_down | Mapping::stack | Mapping::may_write,
        .place = MapRequest::Place::Fixed}));
    return {};
}

Result<void> lay_out(Thread& thread, ExecState& state)
{
    state.space = TRY(Space::create());
    Space& space = *state.space;
    Limits const& limits = thread.process->limits;
    Random& random = *this_torus().random;
    std::uint64_t const stack = limits[Resource::Stack].soft;
    bool const randomise = !(thread.process->personality & 0x0040000); // ADDR_NO_RANDOMIZE
    std::uint64_t const stack_random = randomise ? (random.next() & stack_random_mask) * page_size : 0;
    std::uint64_t const map_random = randomise ? (random.next() & map_random_mask) * page_size : 0;
    state.stack_top = user_end - page_size - stack_random;
    std::uint64_t const gap = std::clamp<std::uint64_t>(stack, 128u << 20, user_end / 6 * 5)
        + (stack_random_mask + 256) * page_size;
    space.layout.mmap_base = align_down(user_end - gap - map_random, page_size);
    set_space_limits(space, limits);
    TRY(map_stack(state));
    std::uint64_t const strings = std::clamp<std::uint64_t>(space.stack_limit / 4, 128 * 1024, 6u << 20);
    state.string_floor = state.stack_top > strings ? state.stack_top - strings : 0;
    state.string_point = state.stack_top - 8;
    TRY(push_kernel_string(state, state.path));
    state.name_address = state.string_point;
    return {};
}

Result<void> map_vdso_and_break(Thread& thread, ExecState& state)
{
    TRY(map_vdso(*state.space));
    set_break(state, !(thread.process->personality & 0x0040000)); // ADDR_NO_RANDOMIZE
    return {};
}

// Random bytes, platform name and alignment, then room for the tables and the auxiliary vector itself.
Result<void> start_tables(ExecState& state)
{
    Space& space = *state.space;
    state.scan_point = space.layout.arguments_start = state.string_point;
    std::uint64_t point = align_down(state.string_point, 16) - 16;
    std::uint64_t const platform = point;
    TRY(write_new(space, platform, "aarch64", 8));
    point -= 16;
    std::uint64_t const random_bytes[2] = {this_torus().random->next(), this_torus().random->next()};
    std::uint64_t const random_address = point;
    TRY(write_new(space, random_address, random_bytes, sizeof random_bytes));

    Credentials const& who = state.credentials;
    LoadedImage const& program = state.program;
    std::uint64_t const auxv[auxv_entries][2] = {{at_sysinfo_ehdr, space.layout.vdso},
        {at_minsigstksz, minimal_signal_stack}, {at_hwcap, arch::hardware_capabilities()},
        {at_pagesz, page_size}, {at_clktck, 100}, {at_phdr, program.headers_address + program.bias},
        {at_phent, sizeof(ElfSegment)}, {at_phnum, program.header.program_header_count},
        {at_base, state.interpreter.file ? state.interpreter.bias : 0}, {at_flags, 0},
        {at_entry, program.header.entry + program.bias}, {at_uid, who.uid}, {at_euid, who.euid},
        {at_gid, who.gid}, {at_egid, who.egid}, {at_secure, state.secure}, {at_random, random_address},
        {at_hwcap2, arch::hardware_capabilities2()}, {at_execfn, state.name_address}, {at_platform, platform},
        {at_null, 0}, {at_null, 0}};
    static_assert(sizeof auxv <= sizeof space.layout.auxv);
    std::memcpy(space.layout.auxv, auxv, sizeof auxv);
    space.layout.auxv_words = sizeof auxv / 8;

    std::uint64_t const pointers = 1 + state.argument_count + 1 + state.environment_count + 1;
    std::uint64_t const bytes = pointers * 8 + sizeof auxv;
    if (point < state.stack_top - space.stack_limit + bytes)
        return unexpected{Status::ArgumentsTooLong};
    state.table_point = align_down(point - bytes, 16);
    space.layout.stack_start = state.table_point;
    TRY(write_new(space, state.table_point + pointers * 8, auxv, sizeof auxv));
    std::uint64_t const null = 0;
    TRY(write_new(space, state.table_point + 8 * (1 + state.argument_count), &null, 8));
    return write_new(
        space, state.table_point + 8 * (2 + state.argument_count + state.environment_count), &null, 8);
}

} // namespace torc
