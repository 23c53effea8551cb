// SPDX-License-Identifier: MIT
// What the portable kernel provides to this port, for as long as it does not yet: each definition here is
// weak and gives way to the real one. None pretends to work.
#include <span>

#include "arch/frame.hpp"
#include "kernel/panic.hpp"

namespace torc {
[[gnu::weak]] void console_input(std::span<char const>) { }
[[gnu::weak]] void console_output_ready() { }
[[gnu::weak]] void timer_expired() { }
}

extern "C" {
[[gnu::weak]] torc::arch::Frame* on_svc(torc::arch::Frame*)
{
    torc::panic("a system call, and no kernel to take it");
}
[[gnu::weak]] torc::arch::Frame* on_user_irq(torc::arch::Frame*)
{
    torc::panic("an interrupt from EL0, and no kernel to take it");
}
[[gnu::weak]] torc::arch::Frame* on_user_sync(torc::arch::Frame*, std::uint64_t, std::uint64_t)
{
    torc::panic("an exception from EL0, and no kernel to take it");
}
[[gnu::weak]] torc::arch::Frame* on_user_system_error(torc::arch::Frame*, std::uint64_t)
{
    torc::panic("a system error from EL0, and no kernel to take it");
}
[[gnu::weak]] torc::arch::Frame* on_user_foreign_state(torc::arch::Frame*)
{
    torc::panic("an exception from AArch32, and no kernel to take it");
}
}
