// SPDX-License-Identifier: MIT
// TLB invalidation, one instruction each, broadcast to all cores of the inner shareable domain: there is no
// shoot-down protocol. The pattern is: change the entry; dsb_ishst(); invalidate; dsb_ish(); isb() if this
// core goes on to use the address.
#pragma once
#include <cstdint>

namespace torc::arch {

// Operand of an invalidation by address: page number in bits 43:0, ASID in bits 63:48.
constexpr std::uint64_t tlb_operand(std::uint64_t address, std::uint16_t asid = 0)
{
    return (address >> 12 & 0xfff'ffff'ffff) | std::uint64_t{asid} << 48;
}

// Every ASID, last level only: kernel pages and blocks.
[[gnu::always_inline]] inline void tlbi_vaale1is(std::uint64_t operand)
{
    asm volatile("tlbi vaale1is, %0" : : "r"(operand) : "memory");
}
// Every ASID, walk caches too.
[[gnu::always_inline]] inline void tlbi_vaae1is(std::uint64_t operand)
{
    asm volatile("tlbi vaae1is, %0" : : "r"(operand) : "memory");
}
// One ASID, last level only: a user page.
[[gnu::always_inline]] inline void tlbi_vale1is(std::uint64_t operand)
{
    asm volatile("tlbi vale1is, %0" : : "r"(operand) : "memory");
}
// One ASID, walk caches too.
[[gnu::always_inline]] inline void tlbi_vae1is(std::uint64_t operand)
{
    asm volatile("tlbi vae1is, %0" : : "r"(operand) : "memory");
}
// A whole ASID.
[[gnu::always_inline]] inline void tlbi_aside1is(std::uint64_t operand)
{
    asm volatile("tlbi aside1is, %0" : : "r"(operand) : "memory");
}
// A whole ASID, on this core alone: a number that only this core uses.
[[gnu::always_inline]] inline void tlbi_aside1(std::uint64_t operand)
{
    asm volatile("tlbi aside1, %0" : : "r"(operand) : "memory");
}
[[gnu::always_inline]] inline void tlbi_vmalle1is()
{
    asm volatile("tlbi vmalle1is" : : : "memory");
}

} // namespace torc::arch
