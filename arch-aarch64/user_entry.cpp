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

Frame* illegal(Thread& thread, Syndrome syndrome)
{
    return user_exception(thread, sig::ill, illegal_opcode, thread.frame.pc, syndrome.raw());
}

Frame* user_abort(Thread& thread, Syndrome syndrome, std::uint64_t address, Access access)
{
    if (syndrome.is_table_fault())
        return user_page_fault(thread, without_tag(address), access, syndrome.raw());
    int const code = syndrome.is_alignment() ? bus_misaligned : bus_hardware;
    return user_exception(thread, sig::bus, code, address, syndrome.raw());
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

Frame* skip_instruction(Thread& thread)
{
    thread.frame.pc += 4;
    return leave_kernel(thread);
}

Frame* system_register(Thread& thread, Syndrome syndrome)
{
    return emulate_id_register_read(thread.frame) ? skip_instruction(thread) : illegal(thread, syndrome);
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
    case Class::FloatAccess:
        give_float_registers(thread);
        return frame;
    case Class::WaitForEvent:
        return skip_instruction(thread);
    case Class::Unknown:
    case Class::SystemRegister:
        return system_register(thread, syndrome);
    case Class::PcAlignment:
        return user_exception(thread, sig::bus, bus_misaligned, address, esr);
    case Class::SpAlignment:
        return user_exception(thread, sig::bus, bus_misaligned, frame->sp, esr);
    case Class::FloatException:
        return user_exception(thread, sig::fpe, float_code(syndrome), frame->pc, esr);
    case Class::Brk:
        return user_exception(thread, sig::trap, trap_breakpoint, frame->pc, esr);
    case Class::StepUser:
        return user_exception(thread, sig::trap, trap_step, frame->pc, esr);
    case Class::BreakpointUser:
    case Class::WatchpointUser:
        return user_exception(thread, sig::trap, trap_hardware, address, esr);
    default:
        return illegal(thread, syndrome);
    }
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
