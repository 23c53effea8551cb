// SPDX-License-Identifier: MIT
// What the portable kernel provides to this port, for as long as it does not yet: each definition here is
// weak and gives way to the real one. None pretends to work.
#include <span>

#include "arch/frame.hpp"
#include "kernel/memory/space.hpp"
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
}

namespace torc {
struct Thread;
[[gnu::weak]] arch::Frame* user_page_fault(Thread&, Uaddr, Access, std::uint64_t)
{
    panic("a page fault from EL0, and no kernel to take it");
}
[[gnu::weak]] arch::Frame* user_exception(Thread&, unsigned, int, std::uint64_t, std::uint64_t)
{
    panic("an exception from EL0, and no kernel to take it");
}
[[gnu::weak]] arch::Frame* user_interrupt(Thread&)
{
    panic("an interrupt from EL0, and no kernel to take it");
}
[[gnu::weak]] arch::Frame* leave_kernel(Thread&)
{
    panic("a return to EL0, and no kernel to choose a thread");
}
}
