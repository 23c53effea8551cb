// SPDX-License-Identifier: MIT
// What the core was doing in the kernel when an exception came: see vectors.S, which fills it.
#pragma once
#include <cstddef>
#include <cstdint>

#include "arch-aarch64/frame_offsets.h"
#include "arch/frame.hpp"

namespace torc::arch {

// Why vectors.S gave up; the order is the vector table's.
enum class KernelException : std::uint8_t {
    Synchronous,
    Interrupt,
    FastInterrupt,
    SystemError,
    StackOverflow,
    WrongStack, // taken on SP_EL0, which the kernel never uses
    Hypervisor, // an exception that EL2 got and hands down
};

struct KernelFrame {
    Frame registers; // sp is the interrupted code's
    std::uint64_t syndrome; // ESR_EL1
    std::uint64_t address; // FAR_EL1
    std::uint64_t link[2]; // interrupted x29 and pc: a frame record
};
static_assert(sizeof(KernelFrame) == KERNEL_FRAME_SIZE);
static_assert(offsetof(KernelFrame, syndrome) == KERNEL_FRAME_ESR_FAR);
static_assert(offsetof(KernelFrame, link) == KERNEL_FRAME_LINK);
static_assert(sizeof(Frame) == FRAME_SIZE && offsetof(Frame, x[30]) == FRAME_X30_SP);
static_assert(offsetof(Frame, sp) == FRAME_X30_SP + 8 && offsetof(Frame, pc) == FRAME_PC_PSTATE);
static_assert(offsetof(Frame, pstate) == FRAME_PC_PSTATE + 8);
static_assert(offsetof(FloatState, fpsr) == FLOAT_FPSR && offsetof(FloatState, fpcr) == FLOAT_FPCR);

} // namespace torc::arch
