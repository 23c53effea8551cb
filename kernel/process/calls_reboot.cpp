// SPDX-License-Identifier: MIT
// reboot(2): the end of the machine, or what Ctrl-Alt-Del does.
#include "arch/machine.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/log.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/process.hpp"
#include "kernel/terminal/terminal_records.hpp"

namespace torc {
namespace {

enum Command : std::uint32_t { // linux/reboot.h
    cad_off = 0,
    restart = 0x0123'4567,
    power_off = 0x4321'fedc,
    cad_on = 0x89ab'cdef,
    restart_with_text = 0xa1b2'c3d4,
    halt = 0xcdef'0123,
};
constexpr std::uint32_t first_magic = 0xfee1'dead;
constexpr std::uint32_t second_magics[] = {0x2812'1969, 0x0512'1996, 0x1604'1998, 0x2011'2000};

bool is_second_magic(std::uint32_t number)
{
    for (std::uint32_t const magic : second_magics)
        if (number == magic)
            return true;
    return false;
}

// Nothing is to be written back: files are in memory until there is a disk. What programs wrote to the
// console goes out.
template <typename... Arguments>
void say_last(FormatString<std::type_identity_t<Arguments>...> format, Arguments const&... arguments)
{
    log(format, arguments...);
    finish_console_output();
}

Outcome restart_with(Uaddr text)
{
    char command[256];
    Result<std::size_t> const length = copy_in_string(command, text);
    if (!length && length.error() == Status::BadAddress)
        return length.error();
    say_last("reboot: Restarting system with command '{}'",
        std::string_view{command, length.value_or(sizeof command - 1)});
    arch::restart();
}

} // namespace

namespace linux_abi {

Outcome call_reboot(Thread& thread, Arguments const& arguments)
{
    if (!thread.process->credentials.capable(Capability::SysBoot))
        return Status::NotPermitted;
    if (static_cast<std::uint32_t>(arguments[0]) != first_magic
        || !is_second_magic(static_cast<std::uint32_t>(arguments[1])))
        return Status::BadArgument;
    switch (static_cast<std::uint32_t>(arguments[2])) {
    case cad_off:
    case cad_on:
        return 0; // no keyboard of the kernel's own has such keys
    case power_off:
        say_last("reboot: Power down");
        arch::power_off();
    case halt:
        say_last("reboot: System halted");
        arch::halt();
    case restart:
        say_last("reboot: Restarting system");
        arch::restart();
    case restart_with_text:
        return restart_with(Uaddr{arguments[3]});
    default:
        return Status::BadArgument;
    }
}

} // namespace linux_abi
} // namespace torc
