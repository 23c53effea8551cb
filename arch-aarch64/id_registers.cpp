// SPDX-License-Identifier: MIT
#include "arch-aarch64/id_registers.hpp"

#include "arch-aarch64/sysreg.hpp"
#include "arch/clock.hpp"
#include "arch/cpu.hpp"
#include "arch/user_copy.hpp"

#include <bit>

namespace torc::arch {
namespace {

enum class IdRegister : std::uint8_t { Pfr0, Isar0, Isar1, Mmfr2 };

struct Capability {
    IdRegister where;
    std::uint8_t shift; // of the four-bit field
    std::uint8_t least; // the feature is there from this value on
    std::uint8_t bit; // of AT_HWCAP; from 64 on, of AT_HWCAP2
};

// Linux uapi/asm/hwcap.h. Left out is what needs state that this kernel does not keep (SVE, SME, MTE, pointer
// authentication) or PSTATE bits it does not pass on (SSBS, DIT).
constexpr Capability capabilities[] = {
    {IdRegister::Isar0, 4, 1, 3}, // AES
    {IdRegister::Isar0, 4, 2, 4}, // PMULL
    {IdRegister::Isar0, 8, 1, 5}, // SHA1
    {IdRegister::Isar0, 12, 1, 6}, // SHA2
    {IdRegister::Isar0, 16, 1, 7}, // CRC32
    {IdRegister::Isar0, 20, 2, 8}, // ATOMICS
    {IdRegister::Isar0, 28, 1, 12}, // ASIMDRDM
    {IdRegister::Isar1, 12, 1, 13}, // JSCVT
    {IdRegister::Isar1, 16, 1, 14}, // FCMA
    {IdRegister::Isar1, 20, 1, 15}, // LRCPC
    {IdRegister::Isar1, 0, 1, 16}, // DCPOP
    {IdRegister::Isar0, 32, 1, 17}, // SHA3
    {IdRegister::Isar0, 36, 1, 18}, // SM3
    {IdRegister::Isar0, 40, 1, 19}, // SM4
    {IdRegister::Isar0, 44, 1, 20}, // ASIMDDP
    {IdRegister::Isar0, 12, 2, 21}, // SHA512
    {IdRegister::Isar0, 48, 1, 23}, // ASIMDFHM
    {IdRegister::Mmfr2, 32, 1, 25}, // USCAT
    {IdRegister::Isar1, 20, 2, 26}, // ILRCPC
    {IdRegister::Isar0, 52, 1, 27}, // FLAGM
    {IdRegister::Isar1, 36, 1, 29}, // SB
    {IdRegister::Isar1, 0, 2, 64}, // DCPODP
    {IdRegister::Isar0, 52, 2, 64 + 7}, // FLAGM2
    {IdRegister::Isar1, 32, 1, 64 + 8}, // FRINT
    {IdRegister::Isar1, 52, 1, 64 + 13}, // I8MM
    {IdRegister::Isar1, 44, 1, 64 + 14}, // BF16
    {IdRegister::Isar1, 48, 1, 64 + 15}, // DGH
    {IdRegister::Isar0, 60, 1, 64 + 16}, // RNG
};
constexpr std::uint64_t capability_event_stream = 1u << 2, capability_cpuid = 1u << 11;
constexpr unsigned pfr0_float = 16, pfr0_simd = 20; // signed fields: 0xf not there, 1 half precision

std::uint64_t read(IdRegister which)
{
    switch (which) {
    case IdRegister::Pfr0:
        return sysreg::ID_AA64PFR0_EL1::read();
    case IdRegister::Isar0:
        return sysreg::ID_AA64ISAR0_EL1::read();
    case IdRegister::Isar1:
        return sysreg::ID_AA64ISAR1_EL1::read();
    case IdRegister::Mmfr2:
        return sysreg::ID_AA64MMFR2_EL1::read();
    }
    return 0;
}

constexpr std::uint64_t field(std::uint64_t value, unsigned shift)
{
    return value >> shift & 0xf;
}

std::uint64_t float_capabilities()
{
    std::uint64_t const pfr0 = read(IdRegister::Pfr0);
    std::uint64_t bits = 0;
    if (field(pfr0, pfr0_float) != 0xf)
        bits |= field(pfr0, pfr0_float) >= 1 ? 1u << 0 | 1u << 9 : 1u << 0; // FP, FPHP
    if (field(pfr0, pfr0_simd) != 0xf)
        bits |= field(pfr0, pfr0_simd) >= 1 ? 1u << 1 | 1u << 10 : 1u << 1; // ASIMD, ASIMDHP
    return bits;
}

std::uint64_t listed_capabilities(unsigned first_bit)
{
    std::uint64_t bits = 0;
    for (Capability const& c : capabilities)
        if (c.bit >= first_bit && c.bit < first_bit + 64 && field(read(c.where), c.shift) >= c.least)
            bits |= std::uint64_t{1} << (c.bit - first_bit);
    return bits;
}

// The fields of a register that some capability shows.
std::uint64_t visible(IdRegister which)
{
    std::uint64_t mask = 0;
    for (Capability const& c : capabilities)
        if (c.where == which)
            mask |= std::uint64_t{0xf} << c.shift;
    return read(which) & mask;
}

// op0 = 3, op1 = 0, CRn = 0: the ID registers by CRm and op2.
std::uint64_t id_register_value(unsigned crm, unsigned op2)
{
    // What Linux shows of fields that it hides.
    constexpr std::uint64_t el0_and_el1_aarch64 = 0x11, debug_v8 = 6, no_granule = 0x111'ff00'0000;
    std::uint64_t const float_fields = 0xffu << pfr0_float;
    switch (crm << 4 | op2) {
    case 0x00:
        return sysreg::MIDR_EL1::read();
    case 0x05:
        return 1u << 31; // MPIDR_EL1: one core, as far as programs see
    case 0x06:
        return sysreg::REVIDR_EL1::read();
    case 0x40:
        return (read(IdRegister::Pfr0) & float_fields) | el0_and_el1_aarch64;
    case 0x60:
        return visible(IdRegister::Isar0);
    case 0x61:
        return visible(IdRegister::Isar1);
    case 0x72:
        return visible(IdRegister::Mmfr2);
    case 0x50:
        return debug_v8;
    case 0x70:
        return no_granule;
    default:
        return 0;
    }
}

constexpr std::uint32_t mrs_id_mask = 0xffff'f000, mrs_id = 0xd538'0000; // MRS Xt, S3_0_C0_Cm_op2
static_assert((0xd538'0000 & mrs_id_mask) == mrs_id); // mrs x0, midr_el1

} // namespace

std::uint64_t hardware_capabilities()
{
    return float_capabilities() | listed_capabilities(0) | capability_event_stream | capability_cpuid;
}

std::uint64_t hardware_capabilities2()
{
    return listed_capabilities(64);
}

bool emulate_id_register_read(Frame& frame)
{
    std::uint32_t instruction = 0;
    if (user_copy_in(&instruction, frame.pc, sizeof instruction) != 0)
        return false;
    unsigned const crm = instruction >> 8 & 0xf, op2 = instruction >> 5 & 7, target = instruction & 31;
    if ((instruction & mrs_id_mask) != mrs_id || crm == 1 || crm > 7)
        return false;
    if (target != 31)
        frame.x[target] = id_register_value(crm, op2);
    return true;
}

void open_user_registers()
{
    // The virtual counter, and an event every 1 or 2 us for those who wait by WFE (also a kernel that waits
    // for mail, and looks for interrupts at each: kernel/tori/links.cpp).
    constexpr std::uint64_t virtual_counter = 1u << 1, event_stream = 1u << 2;
    std::uint64_t const divider = ticks_per_second() / 1'000'000;
    std::uint64_t const bit = divider < 2 ? 0 : std::bit_width(divider) - 1;
    sysreg::CNTKCTL_EL1::write(virtual_counter | event_stream | (bit < 15 ? bit : 15) << 4);
    sysreg::TPIDRRO_EL0::write(0);
    if (field(sysreg::ID_AA64DFR0_EL1::read(), 8) - 1 < 0xe) // PMUv3: not for EL0
        sysreg::PMUSERENR_EL0::write(0);
}

} // namespace torc::arch
