// SPDX-License-Identifier: MIT
#include "arch-aarch64/backtrace.hpp"

#include "arch-aarch64/boot_constants.h"
#include "arch-aarch64/image.hpp"

extern "C" {
extern std::uint32_t const symbols_begin[], symbols_end[];
}

namespace torc::arch {
namespace {

struct SymbolEntry {
    std::uint32_t offset; // from text_begin
    std::uint32_t name; // from the first name
};

// The last entry at or before `offset`; `count` is not 0.
std::uint32_t last_at_or_before(SymbolEntry const* entries, std::uint32_t count, std::uint32_t offset)
{
    std::uint32_t low = 0;
    for (std::uint32_t high = count; high - low > 1;) {
        std::uint32_t const middle = low + (high - low) / 2;
        (entries[middle].offset <= offset ? low : high) = middle;
    }
    return low;
}

} // namespace

Symbol find_symbol(std::uint64_t address)
{
    std::uint64_t const from_text = address - address_of(text_begin);
    std::uint32_t const count = *symbols_begin;
    if (count == 0 || from_text >= static_cast<std::uint64_t>(text_end - text_begin))
        return {};
    // SAFETY: the table's format, which tools/symbols.py writes and states
    auto const* const entries = reinterpret_cast<SymbolEntry const*>(symbols_begin + 1);
    auto const* const names = reinterpret_cast<char const*>(entries + count);
    auto const offset = static_cast<std::uint32_t>(from_text);
    std::uint32_t const found = last_at_or_before(entries, count, offset);
    if (entries[found].offset > offset)
        return {};
    return {std::string_view{names + entries[found].name}, offset - entries[found].offset};
}

bool Backtrace::is_on_stack(std::uint64_t address) const
{
    std::uint64_t const below_top = stack_top_ - address; // wraps to something huge above the top
    bool const on_stack = below_top >= 16 && below_top <= KERNEL_STACK_SIZE;
    std::uint64_t const guard_end = KERNEL_STACK_SIZE + page_size;
    bool const on_emergency_stack
        = below_top >= guard_end + 16 && below_top <= guard_end + EMERGENCY_STACK_SIZE;
    return (address & 7) == 0 && (on_stack || on_emergency_stack);
}

std::uint64_t Backtrace::next()
{
    if (!is_on_stack(record_))
        return 0;
    // SAFETY: mapped, as it is on a stack; what it holds is only looked at
    auto const* const record = reinterpret_cast<std::uint64_t const*>(record_);
    record_ = record[0] > record_ ? record[0] : 0;
    return record[1];
}

} // namespace torc::arch
