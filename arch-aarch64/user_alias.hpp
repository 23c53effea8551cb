// SPDX-License-Identifier: MIT
// User pages of the current space through the direct map, for the few places that move a block at once
// (signal frames) or need an atomic on a user word (futexes). The MMU itself says whether EL0 may access the
// page (AT S1E0R, S1E0W), so no table is walked by software and no permission is judged twice.
#pragma once
#include "arch-aarch64/barrier.hpp"
#include "arch-aarch64/sysreg.hpp"
#include "arch/memory.hpp"
#include "kernel/address.hpp"
#include <cstdint>

namespace torc::arch {

[[gnu::always_inline]] inline void translate_user_read(Uaddr a)
{
    asm volatile("at s1e0r, %0" : : "r"(a.raw()) : "memory");
}
[[gnu::always_inline]] inline void translate_user_write(Uaddr a)
{
    asm volatile("at s1e0w, %0" : : "r"(a.raw()) : "memory");
}

// What the last translation found, or nullptr: a fault, or memory that is not normal write-back RAM.
inline void* translated_alias(Uaddr a)
{
    isb();
    std::uint64_t const par = sysreg::PAR_EL1::read(); // Arm ARM D17.2.117
    bool const faulted = par & 1;
    bool const write_back = par >> 56 == 0xff;
    if (faulted || !write_back) [[unlikely]]
        return nullptr;
    return direct(Paddr{(par & 0x0000'ffff'ffff'f000) | a.page_offset()});
}

inline void* user_read_alias(Uaddr a)
{
    translate_user_read(a);
    return translated_alias(a);
}
inline void* user_write_alias(Uaddr a)
{
    translate_user_write(a);
    return translated_alias(a);
}

} // namespace torc::arch
