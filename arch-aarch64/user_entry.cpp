// SPDX-License-Identifier: MIT
// Exceptions from EL0 other than system calls (which go straight from vectors.S to the run loop): told apart
// here, and handed on as page faults, signals or interrupts. What is only this port's business ends here.
#include <cstdint>

#include "arch-aarch64/id_registers.hpp"
#include "arch-aarch64/syndrome.hpp"
#include "arch-aarch64/thread_state.hpp"
#include "kernel/process/run_loop.hpp"
#include "kernel/process/thread.hpp"
#include "kernel/signals/signal_types.hpp"
#include "kernel/tori/limbs.hpp"
#include "kernel/torus.hpp"

namespace torc::arch {
namespace {

// si_code (asm-generic/siginfo.h)
constexpr int illegal_opcode = 1; // ILL_ILLOPC
constexpr int trap_breakpoint = 1, trap_step = 2, trap_hardware = 4; // TRAP_BRKPT, _TRACE, _HWBKPT
constexpr int bus_misaligned = 1, bus_hardware = 3; // BUS_ADRALN, BUS_OBJERR
constexpr int float_divide = 3, float_overflow = 4, float_underflow = 5, float_inexact = 6, float_invalid = 7,
              float_unknown = 14; // FPE_FLTDIV ...

// The top byte of a user pointer is ignored by the core (TCR_EL1.TBI0), so faults are told without it.
constexpr Uaddr without_tag(std::uint64_t address)
{
    return Uaddr{static_cast<std::uint64_t>(static_cast<std::int64_t>(address << 8) >> 8)};
}

Frame* user_abort(Thread& thread, Syndrome syndrome, std::uint64_t address, Access access)
{
    if (syndrome.is_table_fault())
        return user_page_fault(thread, without_tag(address), access, syndrome.raw());
    int const code = syndrome.is_alignment() ? bus_misaligned : bus_hardware;
    return user_exception(thread, sig::bus, code, address, syndrome.raw());
}

constexpr Trap signal_trap(unsigned signal, int code, std::uint64_t address, Syndrome syndrome)
{
    return {
        Trap::Kind::Signal, Access::Read, static_cast<std::uint8_t>(signal), code, address, syndrome.raw()};
}

constexpr Trap abort_trap(Syndrome syndrome, std::uint64_t address, Access access)
{
    if (syndrome.is_table_fault())
        return {Trap::Kind::Page, access, 0, 0, without_tag(address).raw(), syndrome.raw()};
    return signal_trap(sig::bus, syndrome.is_alignment() ? bus_misaligned : bus_hardware, address, syndrome);
}

int float_code(Syndrome syndrome)
{
    std::uint32_t const bits = syndrome.specific();
    bool const valid = bits >> 23 & 1;
    return !valid   ? float_unknown
        : bits & 1  ? float_invalid
        : bits & 2  ? float_divide
        : bits & 4  ? float_overflow
        : bits & 8  ? float_underflow
        : bits & 16 ? float_inexact
                    : float_unknown;
}

// What is an abort, or will be a signal.
Trap trap_of(Frame const& frame, Syndrome syndrome, std::uint64_t address)
{
    using Class = Syndrome::Class;
    switch (syndrome.exception_class()) {
    case Class::DataAbortUser:
        return abort_trap(syndrome, address, syndrome.is_write() ? Access::Write : Access::Read);
    case Class::InstructionAbortUser:
        return abort_trap(syndrome, address, Access::Execute);
    case Class::PcAlignment:
        return signal_trap(sig::bus, bus_misaligned, address, syndrome);
    case Class::SpAlignment:
        return signal_trap(sig::bus, bus_misaligned, frame.sp, syndrome);
    case Class::FloatException:
        return signal_trap(sig::fpe, float_code(syndrome), frame.pc, syndrome);
    case Class::Brk:
        return signal_trap(sig::trap, trap_breakpoint, frame.pc, syndrome);
    case Class::StepUser:
        return signal_trap(sig::trap, trap_step, frame.pc, syndrome);
    case Class::BreakpointUser:
    case Class::WatchpointUser:
        return signal_trap(sig::trap, trap_hardware, address, syndrome);
    default:
        return signal_trap(sig::ill, illegal_opcode, frame.pc, syndrome);
    }
}

// What the core settles by itself.
bool settled_here(Thread& thread, Syndrome syndrome)
{
    switch (syndrome.exception_class()) {
    case Syndrome::Class::FloatAccess:
        give_float_registers(thread);
        return true;
    case Syndrome::Class::WaitForEvent:
        thread.frame.pc += 4;
        return true;
    case Syndrome::Class::Unknown:
    case Syndrome::Class::SystemRegister:
        if (!emulate_id_register_read(thread.frame))
            return false;
        thread.frame.pc += 4;
        return true;
    default:
        return false;
    }
}

} // namespace

extern "C" Frame* on_user_sync(Frame* frame, std::uint64_t esr, std::uint64_t address)
{
    using Class = Syndrome::Class;
    Thread& thread = Thread::of(frame);
    Syndrome const syndrome{esr};
    switch (syndrome.exception_class()) {
    case Class::DataAbortUser:
        return user_abort(thread, syndrome, address, syndrome.is_write() ? Access::Write : Access::Read);
    case Class::InstructionAbortUser:
        return user_abort(thread, syndrome, address, Access::Execute);
    default:
        break;
    }
    if (settled_here(thread, syndrome))
        return leave_kernel(thread);
    Trap const trap = trap_of(*frame, syndrome, address);
    return user_exception(thread, trap.signal, trap.code, trap.address, esr);
}

extern "C" Frame* on_limb_sync(Frame* frame, std::uint64_t esr, std::uint64_t address)
{
    Thread& thread = Thread::of(frame);
    Syndrome const syndrome{esr};
    return settled_here(thread, syndrome) ? frame : limb_trapped(thread, trap_of(*frame, syndrome, address));
}

extern "C" Frame* on_limb_irq(Frame* frame)
{
    return limb_interrupted(Thread::of(frame));
}

extern "C" Frame* on_limb_system_error(Frame* frame, std::uint64_t esr)
{
    return limb_trapped(Thread::of(frame), signal_trap(sig::bus, bus_hardware, frame->pc, Syndrome{esr}));
}

extern "C" Frame* on_limb_foreign_state(Frame* frame)
{
    frame->pstate = pstate_user;
    return limb_trapped(Thread::of(frame), signal_trap(sig::kill, 0, frame->pc, Syndrome{0}));
}

extern "C" Frame* on_user_irq(Frame* frame)
{
    return user_interrupt(Thread::of(frame));
}

// A late external abort of the thread's, or of a device's that it maps: its own trouble either way.
extern "C" Frame* on_user_system_error(Frame* frame, std::uint64_t esr)
{
    return user_exception(Thread::of(frame), sig::bus, bus_hardware, frame->pc, esr);
}

// No path of ours leads to AArch32. Should a thread be there all the same, it goes on in AArch64 or not at
// all.
extern "C" Frame* on_user_foreign_state(Frame* frame)
{
    frame->pstate = pstate_user;
    return user_exception(Thread::of(frame), sig::kill, 0, frame->pc, 0);
}

} // namespace torc::arch
