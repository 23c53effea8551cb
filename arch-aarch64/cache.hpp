// SPDX-License-Identifier: MIT
// Cache maintenance by address, one instruction each. Ordering is the caller's (barrier.hpp).
#pragma once
#include <cstdint>

namespace torc::arch {

[[gnu::always_inline]] inline void dc_cvau(std::uint64_t address)
{
    asm volatile("dc cvau, %0" : : "r"(address) : "memory");
}
[[gnu::always_inline]] inline void dc_cvac(std::uint64_t address)
{
    asm volatile("dc cvac, %0" : : "r"(address) : "memory");
}
[[gnu::always_inline]] inline void dc_civac(std::uint64_t address)
{
    asm volatile("dc civac, %0" : : "r"(address) : "memory");
}
[[gnu::always_inline]] inline void ic_ivau(std::uint64_t address)
{
    asm volatile("ic ivau, %0" : : "r"(address) : "memory");
}
[[gnu::always_inline]] inline void ic_ialluis()
{
    asm volatile("ic ialluis" : : : "memory");
}

} // namespace torc::arch
