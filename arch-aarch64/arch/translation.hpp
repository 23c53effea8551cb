// SPDX-License-Identifier: MIT
// Making changes of translation tables visible to the walkers of all cores.
#pragma once
#include "arch-aarch64/barrier.hpp"
#include "arch-aarch64/sysreg.hpp"
#include "arch-aarch64/tlb.hpp"
#include <cstdint>

namespace torc::arch {

// After an invalid entry became valid: the return to EL0 synchronises the context.
inline void publish_entries()
{
    dsb_ishst();
}

inline void invalidate_page(std::uint16_t asid, std::uint64_t address)
{
    dsb_ishst();
    tlbi_vale1is(std::uint64_t{asid} << 48 | (address >> 12 & 0xfff'ffff'ffff));
    dsb_ish();
}
// Also what walkers keep of the tables on the way to the address.
inline void invalidate_walk(std::uint16_t asid, std::uint64_t address)
{
    dsb_ishst();
    tlbi_vae1is(std::uint64_t{asid} << 48 | (address >> 12 & 0xfff'ffff'ffff));
    dsb_ish();
}
// The same for every number: other cores walk these tables under their own.
inline void invalidate_page_everywhere(std::uint64_t address)
{
    dsb_ishst();
    tlbi_vaale1is(address >> 12 & 0xfff'ffff'ffff);
    dsb_ish();
}
inline void invalidate_walk_everywhere(std::uint64_t address)
{
    dsb_ishst();
    tlbi_vaae1is(address >> 12 & 0xfff'ffff'ffff);
    dsb_ish();
}
inline void invalidate_asid(std::uint16_t asid)
{
    dsb_ishst();
    tlbi_aside1is(std::uint64_t{asid} << 48);
    dsb_ish();
}
inline void invalidate_everything()
{
    dsb_ishst();
    tlbi_vmalle1is();
    dsb_ish();
}
// 8 or 16 (ID_AA64MMFR0_EL1.ASIDBits); TCR_EL1.AS is set to match at boot.
inline unsigned asid_bits()
{
    return (sysreg::ID_AA64MMFR0_EL1::read() >> 4 & 0xf) == 2 ? 16 : 8;
}

} // namespace torc::arch
