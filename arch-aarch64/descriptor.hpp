// SPDX-License-Identifier: MIT
// Translation table descriptors, stage 1, 4 KiB granule (Arm ARM D8.3): the bits, and the four kinds of
// kernel mapping made of them. Constant and pure; who writes them where is in kernel_tables.hpp and
// user_tables.hpp.
#pragma once
#include <cstdint>

#include "arch-aarch64/boot_constants.h"
#include "kernel/address.hpp"

namespace torc::arch {

namespace descriptor {
inline constexpr std::uint64_t valid = 1;
inline constexpr std::uint64_t table = 3; // at levels 0 to 2
inline constexpr std::uint64_t page = 3; // at level 3
inline constexpr std::uint64_t block = 1; // at levels 1 and 2
inline constexpr std::uint64_t user = 1u << 6; // AP[1]
inline constexpr std::uint64_t read_only = 1u << 7; // AP[2]
inline constexpr std::uint64_t inner_shareable = 3u << 8;
inline constexpr std::uint64_t accessed = 1u << 10;
inline constexpr std::uint64_t not_global = 1u << 11;
inline constexpr std::uint64_t guarded = std::uint64_t{1} << 50; // BTI; RES0 where the core has none
inline constexpr std::uint64_t kernel_no_execute = std::uint64_t{1} << 53;
inline constexpr std::uint64_t user_no_execute = std::uint64_t{1} << 54;
inline constexpr std::uint64_t address_mask = 0x0000'ffff'ffff'f000;

constexpr std::uint64_t memory_type(std::uint64_t index)
{
    return index << 2;
}
constexpr Paddr address(std::uint64_t entry)
{
    return Paddr{entry & address_mask};
}
constexpr bool is_table(std::uint64_t entry)
{
    return (entry & 3) == table;
}
} // namespace descriptor

// All kernel mappings are global and never executable at EL0.
enum class KernelAccess : std::uint8_t { ReadExecute, Read, ReadWrite, Device };

constexpr std::uint64_t kernel_attributes(KernelAccess access)
{
    using namespace descriptor;
    std::uint64_t const normal = memory_type(MEMORY_NORMAL) | inner_shareable | accessed | user_no_execute;
    switch (access) {
    case KernelAccess::ReadExecute:
        return normal | read_only;
    case KernelAccess::Read:
        return normal | read_only | kernel_no_execute;
    case KernelAccess::ReadWrite:
        return normal | kernel_no_execute;
    case KernelAccess::Device:
        return memory_type(MEMORY_DEVICE_nGnRE) | accessed | user_no_execute | kernel_no_execute;
    }
    return 0;
}
// W^X, by construction.
static_assert(kernel_attributes(KernelAccess::ReadExecute) & descriptor::read_only);
static_assert(kernel_attributes(KernelAccess::ReadWrite) & descriptor::kernel_no_execute);

inline constexpr unsigned table_entries = 512;
struct alignas(page_size) TranslationTable {
    std::uint64_t entry[table_entries];
};
static_assert(sizeof(TranslationTable) == page_size);

// The index of an address at a level: 9 bits each, level 3 from bit 12.
constexpr unsigned table_index(std::uint64_t address, unsigned level)
{
    return static_cast<unsigned>(address >> (39 - 9 * level)) & (table_entries - 1);
}
constexpr std::uint64_t level_size(unsigned level)
{
    return std::uint64_t{1} << (39 - 9 * level);
}
static_assert(level_size(3) == page_size && level_size(2) == block_size);

} // namespace torc::arch
