// SPDX-License-Identifier: MIT
// The kernel image in memory: the bounds that kernel.ld sets, and where it lies physically.
#pragma once
#include <cstdint>

#include "kernel/address.hpp"

extern "C" {
extern char image_begin[], image_end[];
extern char text_begin[], text_end[];
extern char rodata_begin[], rodata_end[];
extern char data_begin[];
extern char emergency_stack_guard[], boot_stack_guard[], boot_stack_top[];
}

namespace torc::arch {

inline constexpr std::uint64_t image_link_address = 0xffff'ffff'8000'0000;

inline std::uint64_t address_of(void const* object)
{
    // SAFETY: only the number is wanted.
    return reinterpret_cast<std::uint64_t>(object);
}

// Set once, first thing in boot_main.
extern constinit Paddr image_physical;

inline Paddr physical_of_image(void const* object)
{
    return image_physical + (address_of(object) - image_link_address);
}
inline std::uint64_t image_bytes()
{
    return static_cast<std::uint64_t>(image_end - image_begin);
}

} // namespace torc::arch
