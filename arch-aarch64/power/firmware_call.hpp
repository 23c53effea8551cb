// SPDX-License-Identifier: MIT
// Calls out of the kernel: to firmware (Arm DEN 0028, SMC Calling Convention) and to a debugger or emulator
// (Arm semihosting, HLT 0xf000). One instruction per wrapper, like sysreg.hpp.
#pragma once
#include <cstdint>

namespace torc::arch {

enum class Conduit : std::uint8_t { None, Hvc, Smc };

// The convention lets the callee change x0..x17 (version 1.0); NEON registers are kept.
#define TORC_FIRMWARE_CALL(NAME, INSTRUCTION)                                                                \
    [[gnu::noinline]] inline std::int64_t NAME(                                                              \
        std::uint32_t function, std::uint64_t first, std::uint64_t second, std::uint64_t third)              \
    {                                                                                                        \
        register std::uint64_t x0 asm("x0") = function;                                                      \
        register std::uint64_t x1 asm("x1") = first;                                                         \
        register std::uint64_t x2 asm("x2") = second;                                                        \
        register std::uint64_t x3 asm("x3") = third;                                                         \
        asm volatile(INSTRUCTION " #0"                                                                       \
            : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)                                                         \
            :                                                                                                \
            : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",    \
            "memory", "cc");                                                                                 \
        return static_cast<std::int64_t>(x0);                                                                \
    }
TORC_FIRMWARE_CALL(firmware_hvc, "hvc")
TORC_FIRMWARE_CALL(firmware_smc, "smc")
#undef TORC_FIRMWARE_CALL

// See semihosting.hpp for what happens where no one listens.
[[gnu::noinline]] inline std::uint64_t semihosting_call(std::uint64_t operation, void const* argument)
{
    register std::uint64_t x0 asm("x0") = operation;
    register void const* x1 asm("x1") = argument;
    asm volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
    return x0;
}

} // namespace torc::arch
