// SPDX-License-Identifier: MIT
// This core: its torus, its pending interrupts, its sleep, its thread-local registers.
#pragma once
#include "arch-aarch64/sysreg.hpp"
#include "arch/frame.hpp"
#include <cstdint>

namespace torc {
struct Torus;
struct Thread;
}

namespace torc::arch {

// The torus of this core (TPIDR_EL1).
inline Torus& this_torus()
{
    auto* const torus
        = reinterpret_cast<Torus*>(sysreg::TPIDR_EL1::read()); // SAFETY: set once by boot, never null
    __builtin_assume(torus != nullptr);
    return *torus;
}

// True when an interrupt waits (ISR_EL1): long kernel work looks here at least every 1,000 instructions and
// yields.
inline bool interrupt_pending()
{
    return sysreg::ISR_EL1::read() != 0;
}

// Sleeps until an interrupt is pending; it is not taken (interrupts stay masked in the kernel).
void wait_for_interrupt();

// Sleeps until somebody stores where `seen` was read, for a microsecond or two at most (the event stream ends
// it); an interrupt does not end it sooner.
inline void wait_for_store(std::uint64_t const* place, std::uint64_t seen)
{
    std::uint64_t now;
    asm volatile("ldxr %0, %1\n\tcmp %0, %2\n\tb.ne 1f\n\twfe\n1:"
        : "=&r"(now)
        : "Q"(*place), "r"(seen)
        : "cc", "memory");
}

// Takes one pending interrupt, if there is one: acknowledge, handler, complete. Others stay pending and are
// seen by interrupt_pending(), or come as soon as EL0 runs.
void take_interrupts();

// Makes `next` the thread whose user state is in the core: TTBR0 and ASID if the space differs
// (the empty half for a thread that has none), TPIDR_EL0,
// NEON access off unless the core still holds its state. The frame itself is restored on return to EL0.
void switch_user(Torus const& torus, Thread* previous, Thread& next);

// The user half of a thread of another torus: its tables, walked under this torus's own number for visitors.
// What the core knew of an earlier visit is forgotten first. Returns what leave_visit() is to put back.
std::uint64_t enter_visit(std::uint64_t root, std::uint16_t asid);
void leave_visit(std::uint64_t before);

// Puts the empty user half in place of the current one: its tables are about to go.
void leave_user_space();

// Restores a frame and enters EL0, from boot; the kernel stack is empty afterwards.
extern "C" [[noreturn]] void user_return(Frame* frame);
[[noreturn]] inline void enter_user(Frame* frame)
{
    user_return(frame);
}

// Writes the thread's NEON state, if the core holds it, back to thread.float_state (fork, signal frames,
// exec, exit).
void save_float(Thread& thread);
// The same to another place; false: the core does not hold it.
bool save_float_to(Thread const& thread, FloatState& place);
// Forgets what the core holds of the thread, so that thread.float_state is loaded at next use (sigreturn,
// exec, exit).
void discard_float(Thread& thread);

// The thread's TLS register (TPIDR_EL0); for the running thread this is the live one.
std::uint64_t thread_pointer(Thread const& thread);
void set_thread_pointer(Thread& thread, std::uint64_t value);

// AT_HWCAP, AT_HWCAP2: what the ID registers show and this kernel enables (Linux
// Documentation/arch/arm64/elf_hwcaps).
std::uint64_t hardware_capabilities();
std::uint64_t hardware_capabilities2();
// Text of /proc/cpuinfo for core n: implementer, architecture, variant, part, revision from MIDR_EL1.
std::uint32_t main_id(unsigned core);

} // namespace torc::arch
