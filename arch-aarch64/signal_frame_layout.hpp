// SPDX-License-Identifier: MIT
// What a signal handler finds on its stack: Linux's arm64 rt_sigframe (uapi/asm/sigcontext.h, ucontext.h), a
// contract with every unwinder and with programs that edit the context they return to.
//
//   top of stack  | frame record: x29, x30 | (gap to 16) | rt_sigframe: siginfo, ucontext { mask, registers,
//                 records: fpsimd, [esr], end } |  <- sp
#pragma once
#include <cstddef>
#include <cstdint>

namespace torc::arch {

struct SavedStack { // stack_t
    std::uint64_t base;
    std::uint32_t flags;
    std::uint32_t pad;
    std::uint64_t size;
};

struct FrameRecord {
    std::uint64_t fp, lr;
};

struct ContextRecordHead { // struct _aarch64_ctx
    std::uint32_t magic, size;
};
inline constexpr std::uint32_t fpsimd_magic = 0x4650'8001, esr_magic = 0x4553'5201;
inline constexpr std::size_t context_records_size = 4096;

struct FpsimdRecord {
    ContextRecordHead head;
    std::uint32_t fpsr, fpcr;
    std::uint64_t v[64]; // v0..v31, low half first
};
struct EsrRecord {
    ContextRecordHead head;
    std::uint64_t esr;
};

// Everything up to the records: what is always written, and at one go.
struct alignas(16) SignalFrameHead {
    std::uint64_t info[16];
    std::uint64_t uc_flags, uc_link;
    SavedStack uc_stack;
    std::uint64_t uc_sigmask;
    std::uint8_t unused[120];
    std::uint64_t pad;
    std::uint64_t fault_address;
    std::uint64_t registers[34]; // x0..x30, sp, pc, pstate: as arch::Frame
    std::uint64_t pad2;
};
struct alignas(16) SignalFrameTail { // the records, as written by us
    FpsimdRecord fpsimd;
    EsrRecord esr; // the end mark takes its place when the signal was no fault
    ContextRecordHead end;
    std::uint64_t pad;
};

struct SignalFrameImage { // what is written of it; the rest of the 4 KiB for records stays as it is
    SignalFrameHead head;
    SignalFrameTail tail;
};

inline constexpr std::size_t signal_frame_size = 4688; // sizeof(struct rt_sigframe)
inline constexpr std::size_t ucontext_offset = 128, records_offset = 592;

static_assert(sizeof(SavedStack) == 24 && sizeof(FpsimdRecord) == 528 && sizeof(EsrRecord) == 16);
static_assert(
    sizeof(SignalFrameHead) == records_offset && offsetof(SignalFrameImage, tail) == records_offset);
static_assert(offsetof(SignalFrameHead, uc_flags) == ucontext_offset);
static_assert(offsetof(SignalFrameHead, uc_stack) == ucontext_offset + 16);
static_assert(offsetof(SignalFrameHead, uc_sigmask) == ucontext_offset + 40);
static_assert(offsetof(SignalFrameHead, fault_address) == ucontext_offset + 176); // uc_mcontext
static_assert(offsetof(SignalFrameHead, registers) == ucontext_offset + 184);
static_assert(offsetof(SignalFrameTail, esr) == 528 && offsetof(SignalFrameTail, end) == 544);
static_assert(records_offset + context_records_size == signal_frame_size && signal_frame_size % 16 == 0);

// PSTATE of a thread: what sigreturn may set. The rest of SPSR_EL1 (Arm ARM C5.2.19) says EL, masks and
// illegal state and must be zero.
inline constexpr std::uint64_t pstate_forced_zero = 0x3df; // M[4:0], F I A D: not zero is a forged frame
inline constexpr std::uint64_t pstate_kept = 0xf300'1c00; // NZCV, TCO, DIT, SSBS, BTYPE

} // namespace torc::arch
