// SPDX-License-Identifier: MIT
// Arm semihosting: HLT 0xf000 asks a debugger or an emulator for a service. Where none listens, the
// instruction is undefined; the exception handler then asks semihosting_absent() and goes on behind the
// instruction, so that a caller just finds that nothing happened.
#pragma once
#include <cstdint>

namespace torc::arch {

inline constexpr std::uint32_t semihosting_instruction = 0xd45e'0000; // HLT #0xf000

// Whether a kernel exception of this syndrome at this instruction is a semihosting call that nobody serves.
constexpr bool semihosting_absent(std::uint64_t esr, std::uint32_t instruction)
{
    constexpr std::uint64_t unknown_reason = 0; // ESR_EL1.EC
    return (esr >> 26 & 0x3f) == unknown_reason && instruction == semihosting_instruction;
}

// Ends an emulator that has semihosting switched on with this status. Returns where there is none: a panic on
// a board then stays on the screen.
void semihosting_exit(int status);

} // namespace torc::arch
