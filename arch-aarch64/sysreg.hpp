// SPDX-License-Identifier: MIT
// System registers as types: `CNTV_CTL_EL0::write(1)`. One MRS or MSR each, no side effect hidden; a caller
// that needs the write to be seen at once adds isb() itself.
#pragma once
#include <cstdint>

namespace torc::arch::sysreg {

// NAME is what the manual and the kernel call it; SPELLING is what every assembler accepts, which for
// registers of optional extensions is the S<op0>_<op1>_C<n>_C<m>_<op2> form.
#define TORC_SYSREG_AS(NAME, SPELLING)                                                                       \
    struct NAME {                                                                                            \
        [[gnu::always_inline]] static std::uint64_t read()                                                   \
        {                                                                                                    \
            std::uint64_t value;                                                                             \
            asm volatile("mrs %0, " SPELLING : "=r"(value));                                                 \
            return value;                                                                                    \
        }                                                                                                    \
        [[gnu::always_inline]] static void write(std::uint64_t value)                                        \
        {                                                                                                    \
            asm volatile("msr " SPELLING ", %0" : : "r"(value) : "memory");                                  \
        }                                                                                                    \
    }
#define TORC_SYSREG(NAME) TORC_SYSREG_AS(NAME, #NAME)

// Identification
TORC_SYSREG(MIDR_EL1);
TORC_SYSREG(MPIDR_EL1);
TORC_SYSREG(CurrentEL);
TORC_SYSREG(ID_AA64PFR0_EL1);
TORC_SYSREG(ID_AA64PFR1_EL1);
TORC_SYSREG(ID_AA64ISAR0_EL1);
TORC_SYSREG(ID_AA64ISAR1_EL1);
TORC_SYSREG(ID_AA64MMFR0_EL1);
TORC_SYSREG(ID_AA64MMFR1_EL1);
TORC_SYSREG_AS(ID_AA64MMFR2_EL1, "S3_0_C0_C7_2");
TORC_SYSREG(ID_AA64DFR0_EL1);
TORC_SYSREG(CTR_EL0);
TORC_SYSREG(DCZID_EL0);
TORC_SYSREG(REVIDR_EL1);
TORC_SYSREG_AS(RNDR, "S3_3_C2_C4_0");

// Exceptions and translation
TORC_SYSREG(DAIF);
TORC_SYSREG(ISR_EL1);
TORC_SYSREG(ESR_EL1);
TORC_SYSREG(FAR_EL1);
TORC_SYSREG(ELR_EL1);
TORC_SYSREG(SPSR_EL1);
TORC_SYSREG(SP_EL0);
TORC_SYSREG(PAR_EL1);
TORC_SYSREG(SCTLR_EL1);
TORC_SYSREG(CPACR_EL1);
TORC_SYSREG(TTBR0_EL1);
TORC_SYSREG(TTBR1_EL1);
TORC_SYSREG(TCR_EL1);
TORC_SYSREG(MAIR_EL1);
TORC_SYSREG(VBAR_EL1);
TORC_SYSREG(TPIDR_EL0);
TORC_SYSREG(TPIDRRO_EL0);
TORC_SYSREG(TPIDR_EL1);
TORC_SYSREG(FPCR);
TORC_SYSREG(FPSR);
TORC_SYSREG(PMUSERENR_EL0);

// Generic timer
TORC_SYSREG(CNTFRQ_EL0);
TORC_SYSREG(CNTVCT_EL0);
TORC_SYSREG(CNTPCT_EL0);
TORC_SYSREG(CNTV_CTL_EL0);
TORC_SYSREG(CNTV_CVAL_EL0);
TORC_SYSREG(CNTP_CTL_EL0);
TORC_SYSREG(CNTKCTL_EL1);

// GICv3 CPU interface (Arm IHI 0069, chapter 12.2)
TORC_SYSREG_AS(ICC_PMR_EL1, "S3_0_C4_C6_0");
TORC_SYSREG_AS(ICC_IAR1_EL1, "S3_0_C12_C12_0");
TORC_SYSREG_AS(ICC_EOIR1_EL1, "S3_0_C12_C12_1");
TORC_SYSREG_AS(ICC_BPR1_EL1, "S3_0_C12_C12_3");
TORC_SYSREG_AS(ICC_CTLR_EL1, "S3_0_C12_C12_4");
TORC_SYSREG_AS(ICC_SRE_EL1, "S3_0_C12_C12_5");
TORC_SYSREG_AS(ICC_IGRPEN1_EL1, "S3_0_C12_C12_7");
TORC_SYSREG_AS(ICC_SGI1R_EL1, "S3_0_C12_C11_5");

} // namespace torc::arch::sysreg

namespace torc::arch {

// The shorthands of arch/*.hpp.
[[gnu::always_inline]] inline std::uint64_t read_tpidr_el1()
{
    return sysreg::TPIDR_EL1::read();
}
[[gnu::always_inline]] inline std::uint64_t read_isr_el1()
{
    return sysreg::ISR_EL1::read();
}
// The barrier keeps the counter from being read early, ahead of what came before in program order.
[[gnu::always_inline]] inline std::uint64_t read_cntvct_el0()
{
    asm volatile("isb" : : : "memory");
    return sysreg::CNTVCT_EL0::read();
}

} // namespace torc::arch
