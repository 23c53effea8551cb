// SPDX-License-Identifier: MIT
#include "arch-aarch64/power/power.hpp"

#include "arch-aarch64/barrier.hpp"
#include "arch-aarch64/device_window.hpp"
#include "arch-aarch64/power/bcm2835_pm.hpp"
#include "arch-aarch64/power/firmware_call.hpp"
#include "arch-aarch64/power/psci.hpp"
#include "arch-aarch64/power/semihosting.hpp"
#include "arch/machine.hpp"

namespace torc::arch {
namespace {

constinit std::optional<dt::Psci> firmware{}; // set at boot
constinit std::optional<Bcm2835Pm<MmioBus>> pi_power{}; // set at boot

void find_pi_power(dt::Tree const& tree)
{
    for (std::string_view const compatible : {"brcm,bcm2711-pm", "brcm,bcm2835-pm", "brcm,bcm2835-pm-wdt"}) {
        auto const node = tree.find_compatible(compatible);
        if (!node)
            continue;
        auto const registers = node->reg(0);
        if (!registers)
            continue;
        if (auto const window = map_device(registers->base, registers->size)) {
            pi_power.emplace(MmioBus{*window});
            return;
        }
    }
}

} // namespace

void power_init(dt::Tree const& tree)
{
    if (auto const psci = dt::psci(tree))
        firmware = *psci;
    find_pi_power(tree);
}

std::optional<dt::Psci> const& psci()
{
    return firmware;
}

void semihosting_exit(int status)
{
    constexpr std::uint64_t operation_exit = 0x18;
    constexpr std::uint64_t application_exit = 0x20026;
    std::uint64_t const argument[2]{
        application_exit, static_cast<std::uint64_t>(static_cast<unsigned>(status))};
    semihosting_call(operation_exit, argument);
}

void power_off()
{
    if (firmware)
        psci_system_off(*firmware);
    if (pi_power)
        pi_power->power_off();
    semihosting_exit(0); // an emulator whose tree has neither
    halt();
}

void restart()
{
    if (firmware)
        psci_system_reset(*firmware);
    if (pi_power)
        pi_power->restart();
    halt();
}

void exit_machine(int status)
{
    semihosting_exit(status);
    power_off();
}

// Interrupts are masked in the kernel: nothing wakes the core for more than one instruction.
void halt()
{
    for (;;)
        wfi();
}

} // namespace torc::arch
