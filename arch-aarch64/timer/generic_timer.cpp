// SPDX-License-Identifier: MIT
#include "arch-aarch64/timer/generic_timer.hpp"

#include "arch-aarch64/barrier.hpp"
#include "arch-aarch64/interrupts/interrupts.hpp"
#include "arch-aarch64/sysreg.hpp"
#include "arch-aarch64/timer/tick_math.hpp"

namespace torc {
void timer_expired(); // kernel/time: expires what is due and sets the next deadline
}

namespace torc::arch {
namespace {

struct Clock {
    std::uint32_t frequency{0};
    TickScale to_ns{0, 0};
    TickScale to_ticks{0, 0};
    Irq line{};
};
constinit Clock clock{}; // written at boot, constant afterwards

constexpr std::uint64_t never = ~std::uint64_t{0};
constexpr std::uint64_t timer_enabled = 1; // CNTV_CTL_EL0: on, not masked
constexpr unsigned virtual_timer_index
    = 2; // secure, physical, virtual, hypervisor: the order of both bindings

void set_frequency(std::uint32_t frequency)
{
    clock = {frequency, scale_of(ns_per_second, frequency), scale_of(frequency, ns_per_second), clock.line};
}

// The timer's output is a level: it must be gone before the interrupt is completed.
void on_timer_interrupt(void*)
{
    take_timer_interrupt();
}

Result<dt::Interrupt> virtual_timer_line(dt::Node node)
{
    return node.has("interrupt-names") ? node.interrupt("virt") : node.interrupt(virtual_timer_index);
}

} // namespace

Result<void> clock_init()
{
    auto const frequency = static_cast<std::uint32_t>(sysreg::CNTFRQ_EL0::read());
    if (frequency == 0)
        return unexpected{Status::NotSupported};
    set_frequency(frequency);
    return {};
}

Result<void> timer_init(dt::Tree const& tree)
{
    auto node = tree.find_compatible("arm,armv8-timer");
    if (!node)
        node = tree.find_compatible("arm,armv7-timer");
    if (!node)
        return unexpected{Status::NoSuchDevice};
    // The property is there only to correct firmware that wrote a wrong CNTFRQ.
    if (auto const frequency = node->u32("clock-frequency"); frequency && *frequency != 0)
        set_frequency(*frequency);
    if (clock.frequency == 0)
        return unexpected{Status::NotSupported};

    timer_init_core();
    dt::Interrupt const line = TRY(virtual_timer_line(*node));
    clock.line = TRY(interrupts_claim(line, {"timer", on_timer_interrupt, nullptr}));
    interrupts_open_core(boot_core);
    return {};
}

void timer_init_core()
{
    set_deadline(never);
    sysreg::CNTV_CTL_EL0::write(timer_enabled);
    isb();
}

Irq timer_line()
{
    return clock.line;
}

void take_timer_interrupt()
{
    set_deadline(never);
    timer_expired();
}

std::uint32_t ticks_per_second()
{
    return clock.frequency;
}

TickScale tick_scale()
{
    return clock.to_ns;
}

std::uint64_t ticks_to_ns(std::uint64_t ticks)
{
    return scaled(ticks, clock.to_ns);
}

std::uint64_t ns_to_ticks(std::uint64_t ns)
{
    return scaled_up(ns, clock.to_ticks);
}

void set_deadline(std::uint64_t deadline_ticks)
{
    sysreg::CNTV_CVAL_EL0::write(deadline_ticks);
    isb();
}

} // namespace torc::arch
