// SPDX-License-Identifier: MIT
// TLB invalidation by broadcast (Arm ARM D8.14): one instruction a wrapper. Callers order: entry written, dsb_ishst, TLBI, dsb_ish.
#pragma once
#include <cstdint>

namespace torc::arch {

// `operand`: ASID in 63:48, VA[55:12] in 43:0. Leaf entry only.
[[gnu::always_inline]] inline void tlbi_vale1is(std::uint64_t operand)
{
    asm volatile("tlbi vale1is, %0" : : "r"(operand) : "memory");
}
// Leaf and table entries for the address.
[[gnu::always_inline]] inline void tlbi_vae1is(std::uint64_t operand)
{
    asm volatile("tlbi vae1is, %0" : : "r"(operand) : "memory");
}
// All ASIDs, leaf entry: for the kernel half.
[[gnu::always_inline]] inline void tlbi_vaae1is(std::uint64_t operand)
{
    asm volatile("tlbi vaae1is, %0" : : "r"(operand) : "memory");
}
[[gnu::always_inline]] inline void tlbi_aside1is(std::uint64_t operand)
{
    asm volatile("tlbi aside1is, %0" : : "r"(operand) : "memory");
}
[[gnu::always_inline]] inline void tlbi_vmalle1is()
{
    asm volatile("tlbi vmalle1is" : : : "memory");
}

} // namespace torc::arch
