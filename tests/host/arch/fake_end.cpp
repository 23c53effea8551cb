// SPDX-License-Identifier: MIT
// The ways a machine ends, each an exception here.
#include "arch/cpu.hpp"
#include "arch/machine.hpp"
#include "arch/panic.hpp"
#include "tests/host/arch/fake_machine.hpp"

namespace torc::arch {

void power_off()
{
    throw MachineEnded{"power off"};
}

void restart()
{
    throw MachineEnded{"restart"};
}

void halt()
{
    throw MachineEnded{"halt"};
}

void exit_machine(int status)
{
    throw MachineEnded{"exit " + std::to_string(status)};
}

void enter_user(Frame*)
{
    throw MachineEnded{"user program"};
}

void panic(std::string_view message)
{
    throw KernelPanic{std::string{message}};
}

} // namespace torc::arch
