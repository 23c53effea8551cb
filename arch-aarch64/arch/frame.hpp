// SPDX-License-Identifier: MIT
// The arch interface, a directory of small headers that a port implements; portable code includes "arch/...".
// This one: what a thread at rest keeps of the core.
#pragma once
#include <cstddef>
#include <cstdint>

namespace torc::arch {

// General registers of a thread, saved straight here on entry from EL0 (SP_EL1 points at it while the thread
// runs).
struct alignas(16) Frame {
    std::uint64_t x[31]; // x0..x30; x8 is the call number, x0..x5 its arguments until the call completes
    std::uint64_t sp; // SP_EL0
    std::uint64_t pc; // ELR_EL1
    std::uint64_t pstate; // SPSR_EL1
};
static_assert(sizeof(Frame) == 272 && offsetof(Frame, sp) == 248 && offsetof(Frame, pc) == 256);

inline constexpr unsigned call_instruction_size = 4; // SVC: restarting a call sets pc back by this
constexpr bool is_call_instruction(std::uint32_t instruction) // Arm ARM C6.2, SVC
{
    return (instruction & 0xffe0'001f) == 0xd400'0001;
}
// Scalar floating point and Advanced SIMD, and their loads and stores. Arm ARM C4.1: bits 27 and 26 are both
// set in no other group.
constexpr bool is_vector_instruction(std::uint32_t instruction)
{
    return (instruction & 0x0c00'0000) == 0x0c00'0000;
}
inline constexpr std::uint64_t pstate_user = 0; // EL0t, AArch64, interrupts on, flags clear
// The condition flags, and SSBS, DIT, BTYPE-free rest: what sigreturn may set (Linux: valid_user_regs).
inline constexpr std::uint64_t pstate_user_mask = 0xf000'0000;

// NEON state, loaded at a thread's first use and kept in the core until another thread uses it.
struct alignas(16) FloatState {
    std::uint64_t v[64]; // v0..v31, low half first
    std::uint32_t fpsr;
    std::uint32_t fpcr;
    std::uint64_t reserved;
};
static_assert(sizeof(FloatState) == 528);

} // namespace torc::arch
