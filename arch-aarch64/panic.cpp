// SPDX-License-Identifier: MIT
// What the kernel does last. It trusts nothing but the console's polled output, and guards against its own
// faults: a panic in a panic says so in one line, a third one is silent.
#include "arch/panic.hpp"

#include "arch-aarch64/backtrace.hpp"
#include "arch-aarch64/boot_constants.h"
#include "arch-aarch64/early_torus.hpp"
#include "arch-aarch64/kernel_frame.hpp"
#include "arch-aarch64/power/semihosting.hpp"
#include "arch-aarch64/syndrome.hpp"
#include "arch-aarch64/sysreg.hpp"
#include "arch/clock.hpp"
#include "arch/machine.hpp"
#include "kernel/log.hpp"

extern "C" [[noreturn]] void park();

namespace torc::arch {
namespace {

constexpr int panic_status = 1;
constinit unsigned panics{0}; // torus-local in effect: whoever panics first ends the machine

template <typename... Arguments>
void say(FormatString<std::type_identity_t<Arguments>...> format, Arguments const&... arguments)
{
    FormatBuffer<320> text;
    format_to(text, format, arguments...);
    console_write_lines(text.view());
}

void say_place(std::uint64_t pc)
{
    Symbol const symbol = find_symbol(pc);
    if (symbol.name.empty())
        say("  {:016x}\n", pc);
    else
        say("  {:016x} {}+{:#x}\n", pc, symbol.name, symbol.offset);
}

void say_backtrace(std::uint64_t frame_pointer)
{
    constexpr unsigned longest = 40;
    say("backtrace:\n");
    Backtrace trace{frame_pointer, kernel_stack_top()};
    for (unsigned i = 0; i < longest; i++) {
        std::uint64_t const pc = trace.next();
        if (pc == 0)
            return;
        say_place(pc - 4); // the call, not where it returns to
    }
    say("  ...\n");
}

// A leaf function makes no frame record: its caller is known from x30 alone, if it is a leaf.
void say_link(Frame const& registers)
{
    Symbol const caller = find_symbol(registers.x[30] - 4);
    if (!caller.name.empty())
        say("  x30: from {}+{:#x}, unless that is an older call\n", caller.name, caller.offset);
}

void say_registers(KernelFrame const& frame)
{
    Frame const& r = frame.registers;
    say("  pc {:016x}  sp {:016x}  pstate {:08x}  esr {:08x}  far {:016x}\n", r.pc, r.sp, r.pstate,
        frame.syndrome, frame.address);
    for (unsigned i = 0; i < 28; i += 4)
        say("  x{:<2} {:016x}  x{:<2} {:016x}  x{:<2} {:016x}  x{:<2} {:016x}\n", i, r.x[i], i + 1,
            r.x[i + 1], i + 2, r.x[i + 2], i + 3, r.x[i + 3]);
    say("  x28 {:016x}  x29 {:016x}  x30 {:016x}\n", r.x[28], r.x[29], r.x[30]);
}

void say_log()
{
    constexpr std::uint64_t lines = 16;
    LogRing const& ring = torus_log();
    std::uint64_t const end = ring.next_sequence();
    say("last log lines:\n");
    for (std::uint64_t at = end > lines ? end - lines : 0; at < end; at++) {
        LogRing::Line const line = ring.at_or_after(at);
        std::uint64_t const us = ticks_to_ns(line.ticks) / 1000;
        say("  [{:5}.{:06}] {}\n", us / 1'000'000, us % 1'000'000, line.text);
    }
}

// An emulator ends; a board keeps the text on its console.
[[noreturn]] void stop()
{
    semihosting_exit(panic_status);
    halt();
}

void begin(std::string_view message)
{
    panics++;
    if (panics > 2)
        park();
    if (panics == 2) {
        say("\nTorc panicked while it panicked: {}\n", message);
        stop();
    }
    say("\nTorc panics: {}\n", message);
}

[[noreturn]] void finish()
{
    say_log();
    say("The machine stops here.\n");
    stop();
}

std::string_view kind_name(KernelException kind)
{
    switch (kind) {
    case KernelException::Synchronous:
        return "";
    case KernelException::Interrupt:
    case KernelException::FastInterrupt:
        return "an interrupt came while masked: ";
    case KernelException::SystemError:
        return "";
    case KernelException::StackOverflow:
        return "the kernel stack overflowed: ";
    case KernelException::WrongStack:
        return "the kernel ran on the user stack pointer: ";
    case KernelException::Hypervisor:
        return "at EL2: ";
    }
    return "";
}

bool is_unserved_semihosting(KernelFrame const& frame)
{
    std::uint64_t const pc = frame.registers.pc;
    if (find_symbol(pc).name.empty())
        return false;
    // SAFETY: it lies in the kernel's text, which is readable
    return semihosting_absent(frame.syndrome, *reinterpret_cast<std::uint32_t const*>(pc));
}

} // namespace

[[noreturn]] void panic(std::string_view message)
{
    begin(message);
    // SAFETY: our own frame record; the kernel keeps frame pointers
    say_backtrace(reinterpret_cast<std::uint64_t>(__builtin_frame_address(0)));
    finish();
}

// Returns only for a semihosting call that nobody answered; vectors.S then goes on at registers.pc.
extern "C" void on_kernel_exception(KernelException kind, KernelFrame* frame)
{
    if (kind == KernelException::Synchronous && is_unserved_semihosting(*frame)) {
        frame->registers.pc += sizeof(semihosting_instruction);
        return;
    }
    FormatBuffer<256> message;
    message.put(kind_name(kind));
    describe_exception(message, Syndrome{frame->syndrome}, frame->address, frame->registers.x);
    begin(message.view());
    say_place(frame->registers.pc);
    say_registers(*frame);
    say_link(frame->registers);
    say_backtrace(frame->registers.x[29]);
    finish();
}

} // namespace torc::arch

extern "C" {
// The compiler's own checks call these.
std::uint64_t __stack_chk_guard;
[[noreturn]] void __stack_chk_fail()
{
    torc::arch::panic("stack protector: a function wrote over the end of its frame");
}
}

namespace std {
inline namespace __1 {
[[noreturn]] void __libcpp_verbose_abort(char const* format, ...)
{
    torc::arch::panic(format);
}
}
}
