// SPDX-License-Identifier: MIT
#include "arch-aarch64/syndrome.hpp"

#include "arch-aarch64/backtrace.hpp"
#include "kernel/address.hpp"
#include <array>

namespace torc::arch {
namespace {

std::string_view fault_name(Syndrome syndrome)
{
    if (syndrome.is_alignment())
        return "misaligned";
    switch (syndrome.fault_status()) {
    case 0x10:
        return "external abort";
    case 0x30:
        return "TLB conflict";
    default:
        break;
    }
    if (!syndrome.is_table_fault())
        return (syndrome.fault_status() & 0x3c) == 0x14 ? "external abort on the table walk" : "abort";
    switch (syndrome.fault()) {
    case Syndrome::Fault::Address:
        return "address too large";
    case Syndrome::Fault::Translation:
        return "not mapped";
    case Syndrome::Fault::AccessFlag:
        return "access flag clear";
    case Syndrome::Fault::Permission:
        return "not permitted";
    }
    return "abort";
}

void describe_abort(FormatSink& out, std::string_view what, Syndrome syndrome, std::uint64_t address)
{
    format_to(out, "{} {:#x}: {}", what, address, fault_name(syndrome));
    if (syndrome.is_table_fault())
        format_to(out, " (level {})", syndrome.level());
    if (address < page_size)
        out.put(": a null pointer");
}

// The order is clang's: SanitizerHandler.def, of the version that builds the kernel.
constexpr std::array<std::string_view, 25> checks{
    "an addition overflowed",
    "code that cannot be reached was reached",
    "control flow was diverted",
    "a division by zero, or one that overflowed",
    "an object has the wrong dynamic type",
    "a float does not fit its integer",
    "a function was called through the wrong type",
    "a conversion lost bits",
    "a builtin was called with zero",
    "an Objective-C cast",
    "a load found a value its type does not have",
    "a function ended without returning a value",
    "a multiplication overflowed",
    "a negation overflowed",
    "a null argument",
    "a null return value",
    "a null argument where none may be",
    "a null return value where none may be",
    "an array index is out of bounds",
    "a pointer overflowed",
    "a shift by too much",
    "a subtraction overflowed",
    "a null or misaligned pointer was used",
    "an alignment assumption does not hold",
    "a variable-length array of no length",
};

void describe_brk(FormatSink& out, Syndrome syndrome, std::uint64_t const (&x)[31])
{
    std::uint32_t const comment = syndrome.specific() & 0xffff;
    if ((comment & 0xff00) == 0x5500) {
        std::uint32_t const check = comment & 0xff;
        out.put("undefined behaviour: ");
        out.put(check < checks.size() ? checks[check] : "a check this kernel has no words for");
        return;
    }
    if ((comment & 0xfc00) == 0x8000) {
        std::uint32_t const target = comment & 31;
        std::uint64_t const address = target < 31 ? x[target] : 0;
        format_to(out, "a call through a function pointer of the wrong type, to {:#x} {}", address,
            find_symbol(address).name);
        return;
    }
    if (comment == 1)
        return out.put("a check in the C++ library failed, or __builtin_trap() was called");
    format_to(out, "breakpoint {:#x}", comment);
}

} // namespace

void describe_exception(
    FormatSink& out, Syndrome syndrome, std::uint64_t address, std::uint64_t const (&x)[31])
{
    using Class = Syndrome::Class;
    switch (syndrome.exception_class()) {
    case Class::Unknown:
        return out.put("undefined instruction");
    case Class::FloatAccess:
        return out.put("the kernel used a NEON register");
    case Class::HypervisorCall:
        return out.put("a hypervisor call that nobody serves");
    case Class::BranchTarget:
        return out.put("an indirect branch to a place that is no branch target");
    case Class::IllegalState:
        return out.put("illegal execution state");
    case Class::InstructionAbort:
        return describe_abort(out, "jump to", syndrome, address);
    case Class::DataAbort:
        return describe_abort(out, syndrome.is_write() ? "write to" : "read of", syndrome, address);
    case Class::PcAlignment:
        return format_to(out, "jump to {:#x}: misaligned", address);
    case Class::SpAlignment:
        return out.put("the stack pointer is misaligned");
    case Class::SystemError:
        return out.put("system error (an external abort that came late)");
    case Class::Brk:
        return describe_brk(out, syndrome, x);
    default:
        return format_to(out, "exception class {:#x}", syndrome.exception_class());
    }
}

} // namespace torc::arch
