// SPDX-License-Identifier: MIT
// What of a thread the core holds beside the frame: the user half's tables, the thread pointer, the NEON
// registers. NEON is lazy: the registers stay the last user's (Torus::float_owner), and EL0 may touch them
// only while that is the thread that runs. Whoever else does so traps once, and they are exchanged then.
#include "arch-aarch64/thread_state.hpp"

#include "arch-aarch64/barrier.hpp"
#include "arch-aarch64/descriptor.hpp"
#include "arch-aarch64/image.hpp"
#include "arch-aarch64/user_alias.hpp"
#include "arch/cpu.hpp"
#include "arch/user_copy.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/process/thread.hpp"
#include "kernel/torus.hpp"

extern "C" {
void float_state_store(torc::arch::FloatState* to);
void float_state_load(torc::arch::FloatState const* from);
}

namespace torc::arch {
namespace {

enum class FloatAccess : std::uint64_t { Trapped = 0, Allowed = 3u << 20 }; // CPACR_EL1.FPEN

alignas(page_size) constinit TranslationTable const empty_user_half{};

void set_float_access(FloatAccess wanted)
{
    auto const value = static_cast<std::uint64_t>(wanted);
    if (sysreg::CPACR_EL1::read() != value)
        sysreg::CPACR_EL1::write(value);
}

void open_float_registers()
{
    set_float_access(FloatAccess::Allowed);
    isb();
}

void set_user_half(std::uint64_t ttbr)
{
    if (sysreg::TTBR0_EL1::read() == ttbr)
        return;
    sysreg::TTBR0_EL1::write(ttbr);
    isb(); // user copies follow
}

std::uint64_t no_user_half()
{
    return physical_of_image(&empty_user_half).raw();
}

// With the tables change the vectors: a limb's traps take another way (docs/limbs.md). Who has no tables does
// not enter EL0.
void set_user_half(Thread const& next)
{
    if (next.space == nullptr) [[unlikely]]
        return set_user_half(no_user_half());
    PageTable const& table = next.space->table();
    if (sysreg::TTBR0_EL1::read() == table.ttbr())
        return;
    sysreg::TTBR0_EL1::write(table.ttbr());
    sysreg::VBAR_EL1::write(table.vectors());
    isb(); // user copies follow
}

// What the running thread may do from now on.
void settle_float_access(Torus const& torus)
{
    bool const holds = torus.float_owner != nullptr && torus.float_owner == torus.current;
    set_float_access(holds ? FloatAccess::Allowed : FloatAccess::Trapped);
}

} // namespace

void give_float_registers(Thread& thread)
{
    Torus& torus = this_torus();
    open_float_registers();
    if (torus.float_owner == &thread)
        return;
    if (torus.float_owner != nullptr)
        float_state_store(&torus.float_owner->float_state);
    if (!thread.float_used)
        thread.float_state = FloatState{}; // the record's memory was somebody else's
    float_state_load(&thread.float_state);
    thread.float_used = thread.float_newer = true;
    torus.float_owner = &thread;
}

void switch_user(Torus const& torus, Thread* previous, Thread& next)
{
    if (previous != nullptr)
        previous->thread_pointer = sysreg::TPIDR_EL0::read();
    sysreg::TPIDR_EL0::write(next.thread_pointer);
    set_user_half(next);
    auto const access = torus.float_owner == &next ? FloatAccess::Allowed : FloatAccess::Trapped;
    sysreg::CPACR_EL1::write(static_cast<std::uint64_t>(access)); // shorter than to look first
}

// The last ISB also keeps a walk from before the caller's stores from being believed.
std::uint64_t enter_visit(std::uint64_t root, std::uint16_t asid)
{
    std::uint64_t const number = std::uint64_t{asid} << 48, before = sysreg::TTBR0_EL1::read();
    if (before >> 48 == asid) [[unlikely]] // nothing is walked under this number while it is forgotten
        set_user_half(no_user_half());
    tlbi_aside1(number);
    dsb_nsh();
    sysreg::TTBR0_EL1::write(root | number);
    isb();
    return before;
}

void leave_visit(std::uint64_t before)
{
    sysreg::TTBR0_EL1::write(before);
    isb();
}

bool user_reaches(std::uint64_t address, bool writes)
{
    if (writes)
        translate_user_write(Uaddr{address});
    else
        translate_user_read(Uaddr{address});
    isb();
    return (sysreg::PAR_EL1::read() & 1) == 0;
}

void leave_user_space()
{
    set_user_half(no_user_half());
}

void save_float(Thread& thread)
{
    (void)save_float_to(thread, thread.float_state);
}

bool save_float_to(Thread const& thread, FloatState& place)
{
    Torus const& torus = this_torus();
    if (torus.float_owner != &thread)
        return false;
    open_float_registers();
    float_state_store(&place);
    settle_float_access(torus);
    return true;
}

void discard_float(Thread& thread)
{
    Torus& torus = this_torus();
    if (torus.float_owner != &thread)
        return;
    torus.float_owner = nullptr;
    settle_float_access(torus);
}

std::uint64_t thread_pointer(Thread const& thread)
{
    return this_torus().current == &thread ? sysreg::TPIDR_EL0::read() : thread.thread_pointer;
}

void set_thread_pointer(Thread& thread, std::uint64_t value)
{
    thread.thread_pointer = value;
    if (this_torus().current == &thread)
        sysreg::TPIDR_EL0::write(value);
}

void wait_for_interrupt()
{
    dsb_sy(); // what was written before is out: the core may lose its clock
    wfi();
}

} // namespace torc::arch
