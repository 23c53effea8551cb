// SPDX-License-Identifier: MIT
// ESR_EL1 taken apart (Arm ARM D19.2.40), and put into words for the panic.
#pragma once
#include <cstdint>

#include "kernel/format.hpp"

namespace torc::arch {

class Syndrome final {
public:
    enum class Class : std::uint8_t {
        Unknown = 0x00,
        WaitForEvent = 0x01,
        FloatAccess = 0x07,
        BranchTarget = 0x0d,
        IllegalState = 0x0e,
        SystemCall = 0x15,
        HypervisorCall = 0x16,
        SystemRegister = 0x18,
        SveAccess = 0x19,
        InstructionAbortUser = 0x20,
        InstructionAbort = 0x21,
        PcAlignment = 0x22,
        DataAbortUser = 0x24,
        DataAbort = 0x25,
        SpAlignment = 0x26,
        FloatException = 0x2c,
        SystemError = 0x2f,
        BreakpointUser = 0x30,
        StepUser = 0x32,
        WatchpointUser = 0x34,
        Brk = 0x3c,
    };
    // The fault kinds of an abort, without the level.
    enum class Fault : std::uint8_t { Address = 0, Translation = 1, AccessFlag = 2, Permission = 3 };

    constexpr explicit Syndrome(std::uint64_t esr)
        : esr_{esr}
    {
    }
    constexpr Class exception_class() const { return static_cast<Class>(esr_ >> 26 & 0x3f); }
    constexpr std::uint32_t specific() const { return static_cast<std::uint32_t>(esr_ & 0x1ff'ffff); }
    constexpr std::uint64_t raw() const { return esr_; }

    // Of aborts.
    constexpr unsigned fault_status() const { return esr_ & 0x3f; }
    constexpr bool is_table_fault() const { return fault_status() < 0x10; } // translation, permission, ...
    constexpr Fault fault() const { return static_cast<Fault>(fault_status() >> 2); }
    constexpr unsigned level() const { return esr_ & 3; }
    constexpr bool is_alignment() const { return fault_status() == 0x21; }
    constexpr bool is_write() const { return (esr_ >> 6 & 1) && !is_cache_operation(); }
    constexpr bool is_cache_operation() const { return esr_ >> 8 & 1; } // reported as a write; reads for us
    constexpr bool has_address() const { return !(esr_ >> 10 & 1); } // FnV clear

private:
    std::uint64_t esr_;
};

// One sentence for a kernel exception: what was done, where, and what is wrong with it.
void describe_exception(
    FormatSink& out, Syndrome syndrome, std::uint64_t address, std::uint64_t const (&x)[31]);

} // namespace torc::arch
