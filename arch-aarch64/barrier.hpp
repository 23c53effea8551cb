// SPDX-License-Identifier: MIT
// Barriers and hints, one instruction each.
#pragma once

namespace torc::arch {

[[gnu::always_inline]] inline void isb()
{
    asm volatile("isb" : : : "memory");
}
[[gnu::always_inline]] inline void dsb_sy()
{
    asm volatile("dsb sy" : : : "memory");
}
[[gnu::always_inline]] inline void dsb_ish()
{
    asm volatile("dsb ish" : : : "memory");
}
[[gnu::always_inline]] inline void dsb_ishst()
{
    asm volatile("dsb ishst" : : : "memory");
}
[[gnu::always_inline]] inline void dsb_nsh()
{
    asm volatile("dsb nsh" : : : "memory");
}
[[gnu::always_inline]] inline void dmb_ish()
{
    asm volatile("dmb ish" : : : "memory");
}
[[gnu::always_inline]] inline void wfi()
{
    asm volatile("wfi" : : : "memory");
}
[[gnu::always_inline]] inline void wfe()
{
    asm volatile("wfe" : : : "memory");
}
[[gnu::always_inline]] inline void sev()
{
    asm volatile("sev" : : : "memory");
}
[[gnu::always_inline]] inline void spin_hint()
{
    asm volatile("yield" : : : "memory");
}

} // namespace torc::arch
