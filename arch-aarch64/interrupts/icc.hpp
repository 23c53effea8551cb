// SPDX-License-Identifier: MIT
// GICv3's CPU interface in system registers: Arm IHI 0069H, section 12.2.
#pragma once
#include <cstdint>

#include "arch-aarch64/barrier.hpp"
#include "arch-aarch64/sysreg.hpp"

namespace torc::arch {

struct Icc {
    // False when the system registers stay switched off: a higher exception level forbids them.
    static bool enable(std::uint32_t accept_priority)
    {
        using namespace sysreg;
        ICC_SRE_EL1::write(ICC_SRE_EL1::read() | 1);
        isb();
        if ((ICC_SRE_EL1::read() & 1) == 0)
            return false;
        ICC_CTLR_EL1::write(0); // completing drops the priority and deactivates
        ICC_BPR1_EL1::write(0);
        ICC_PMR_EL1::write(accept_priority);
        ICC_IGRPEN1_EL1::write(1);
        isb();
        return true;
    }
    // The barrier makes the acknowledgement take effect before the handler's own accesses.
    static std::uint32_t acknowledge()
    {
        auto const id = static_cast<std::uint32_t>(sysreg::ICC_IAR1_EL1::read());
        dsb_sy();
        return id;
    }
    static void complete(std::uint32_t token)
    {
        sysreg::ICC_EOIR1_EL1::write(token);
        isb();
    }
    static void ring(std::uint64_t mpidr, std::uint8_t software_interrupt)
    {
        std::uint64_t const aff3 = mpidr >> 32 & 0xff, aff2 = mpidr >> 16 & 0xff, aff1 = mpidr >> 8 & 0xff,
                            aff0 = mpidr & 0xff;
        dsb_ishst(); // what the interrupt announces is visible first
        sysreg::ICC_SGI1R_EL1::write(aff3 << 48 | (aff0 >> 4) << 44 | aff2 << 32
            | std::uint64_t{software_interrupt} << 24 | aff1 << 16 | 1u << (aff0 & 0xf));
        isb();
    }
};

} // namespace torc::arch
