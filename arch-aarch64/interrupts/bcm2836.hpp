// SPDX-License-Identifier: MIT
// The Pi 3's two-level controller: per core a local one with the timers and mailboxes ("QA7 rev 3.4: ARM Quad
// A7 core", Broadcom/Raspberry Pi), and behind its source 8 the peripherals' (BCM2835 ARM Peripherals,
// section 7.5). Device-tree bindings: interrupt-controller/brcm,bcm2836-l1-intc.yaml,
// brcm,bcm2835-armctrl-ic.yaml. Neither has an active state: what is acknowledged interrupts again until its
// device lets go or it is masked.
#pragma once
#include <bit>
#include <cstdint>
#include <span>

#include "arch-aarch64/interrupts/irq.hpp"
#include "arch-aarch64/mmio.hpp"

namespace torc::arch {

namespace bcm2836 {
// Local controller, one word per core.
struct GPU_ROUTING : Reg<GPU_ROUTING, 0x0c> {
    using Reg::Reg;
    static constexpr Field<GPU_ROUTING, 0, 1, std::uint8_t> irq_core{};
};
struct TIMER_CONTROL : Reg<TIMER_CONTROL, 0x40> { // bit n: timer source n interrupts
    using Reg::Reg;
};
struct MAILBOX_CONTROL : Reg<MAILBOX_CONTROL, 0x50> { // bit n: mailbox n (source 4 + n) interrupts
    using Reg::Reg;
};
struct SOURCE : Reg<SOURCE, 0x60, Access::ReadOnly> {
    using Reg::Reg;
};
struct MAILBOX_SET : Reg<MAILBOX_SET, 0x80, Access::WriteOnly> { // word 4 * core + mailbox
    using Reg::Reg;
};
struct MAILBOX_CLEAR : Reg<MAILBOX_CLEAR, 0xc0> {
    using Reg::Reg;
};
struct PMU_ROUTING_SET : Reg<PMU_ROUTING_SET, 0x10, Access::WriteOnly> {
    using Reg::Reg;
};
struct PMU_ROUTING_CLEAR : Reg<PMU_ROUTING_CLEAR, 0x14, Access::WriteOnly> {
    using Reg::Reg;
};
inline constexpr unsigned first_mailbox = 4; // source number
inline constexpr unsigned gpu_source = 8;
inline constexpr unsigned pmu_source = 9;
inline constexpr unsigned local_sources = 12;
inline constexpr unsigned max_cores = 4;

// Peripheral controller. Offsets are from the node's window, which begins at 0x200 of the block.
struct PENDING_BASIC : Reg<PENDING_BASIC, 0x00, Access::ReadOnly> {
    using Reg::Reg;
    static constexpr Field<PENDING_BASIC, 0, 7, std::uint8_t> bank0{};
};
struct PENDING : Reg<PENDING, 0x04, Access::ReadOnly> { // [bank - 1]
    using Reg::Reg;
};
struct ENABLE : Reg<ENABLE, 0x10> { // banks 1, 2, 0, in this order
    using Reg::Reg;
};
struct DISABLE : Reg<DISABLE, 0x1c> { // likewise
    using Reg::Reg;
};
inline constexpr unsigned banks = 3;
inline constexpr unsigned first_peripheral = 32; // Irq number of bank 0, bit 0

constexpr unsigned enable_word(unsigned bank)
{
    return bank == 0 ? 2 : bank - 1;
}

constexpr Result<IrqLine> decode_local(std::span<std::uint32_t const> cells)
{
    if (cells.size() < 1 || cells[0] >= local_sources)
        return unexpected{Status::OutOfRange};
    return IrqLine{Irq{static_cast<std::uint16_t>(cells[0])}, Trigger::Level};
}
constexpr Result<IrqLine> decode_peripheral(std::span<std::uint32_t const> cells)
{
    if (cells.size() < 2 || cells[0] >= banks || cells[1] >= (cells[0] == 0 ? 8u : 32u))
        return unexpected{Status::OutOfRange};
    return IrqLine{
        Irq{static_cast<std::uint16_t>(first_peripheral + 32 * cells[0] + cells[1])}, Trigger::Level};
}
} // namespace bcm2836

// `core` is the local controller's number of it: MPIDR affinity 0.
template <Bus B> class Bcm2836 final {
public:
    Bcm2836(B local, B peripheral)
        : local_{local}
        , peripheral_{peripheral}
    {
    }

    void init_machine(unsigned boot_core)
    {
        using namespace bcm2836;
        for (unsigned word = 0; word < banks; ++word)
            write_at(peripheral_, word, DISABLE{0xffff'ffff});
        write(local_, GPU_ROUTING::irq_core(static_cast<std::uint8_t>(boot_core)));
    }
    Result<void> init_core(unsigned core)
    {
        using namespace bcm2836;
        if (core >= bcm2836::max_cores)
            return unexpected{Status::OutOfRange};
        write_at(local_, core, TIMER_CONTROL{});
        write_at(local_, core, MAILBOX_CONTROL{});
        return {};
    }

    void mask(unsigned core, Irq irq)
    {
        using namespace bcm2836;
        if (irq.n >= first_peripheral)
            write_at(peripheral_, enable_word(bank_of(irq)), DISABLE{bit_of(irq)});
        else if (irq.n == pmu_source)
            write(local_, PMU_ROUTING_CLEAR{1u << core});
        else
            change_local(core, irq, false);
    }
    void unmask(unsigned core, Irq irq)
    {
        using namespace bcm2836;
        if (irq.n >= first_peripheral)
            write_at(peripheral_, enable_word(bank_of(irq)), ENABLE{bit_of(irq)});
        else if (irq.n == pmu_source)
            write(local_, PMU_ROUTING_SET{1u << core});
        else
            change_local(core, irq, true);
    }

    Acknowledged acknowledge(unsigned core)
    {
        std::uint32_t const sources
            = read_at<bcm2836::SOURCE>(local_, core).bits & ((1u << bcm2836::local_sources) - 1);
        if (sources == 0)
            return {};
        auto const first = static_cast<unsigned>(std::countr_zero(sources));
        return first == bcm2836::gpu_source ? acknowledge_peripheral() : Acknowledged{first};
    }
    void complete(Acknowledged) { }

    // The peripherals go to one core together; there is no route of one's own.
    Result<void> ring(unsigned core, std::uint8_t mailbox)
    {
        if (core >= bcm2836::max_cores || mailbox > 3)
            return unexpected{Status::BadArgument};
        write_at(local_, 4 * core + mailbox, bcm2836::MAILBOX_SET{1});
        return {};
    }
    void silence(unsigned core, std::uint8_t mailbox)
    {
        write_at(local_, 4 * core + mailbox, bcm2836::MAILBOX_CLEAR{1});
    }

private:
    static unsigned bank_of(Irq irq) { return (irq.n - bcm2836::first_peripheral) / 32; }
    static std::uint32_t bit_of(Irq irq) { return 1u << (irq.n % 32); }

    // The words hold one core's sources alone, and only that core changes them.
    void change_local(unsigned core, Irq irq, bool on)
    {
        using namespace bcm2836;
        if (irq.n < first_mailbox) {
            std::uint32_t const others = read_at<TIMER_CONTROL>(local_, core).bits & ~(1u << irq.n);
            write_at(local_, core, TIMER_CONTROL{others | std::uint32_t{on} << irq.n});
        } else if (irq.n < gpu_source) {
            unsigned const mailbox = irq.n - first_mailbox;
            std::uint32_t const others = read_at<MAILBOX_CONTROL>(local_, core).bits & ~(1u << mailbox);
            write_at(local_, core, MAILBOX_CONTROL{others | std::uint32_t{on} << mailbox});
        }
    }

    // The basic word has shortcut bits for some interrupts of banks 1 and 2, which then do not show in its
    // two summary bits; reading both banks instead costs two loads and has no such cases.
    Acknowledged acknowledge_peripheral()
    {
        using namespace bcm2836;
        for (unsigned bank = 1; bank < banks; ++bank) {
            if (std::uint32_t const pending = read_at<PENDING>(peripheral_, bank - 1).bits; pending != 0)
                return numbered(bank, pending);
        }
        std::uint32_t const pending = PENDING_BASIC::bank0.of(read<PENDING_BASIC>(peripheral_));
        return pending != 0 ? numbered(0, pending) : Acknowledged{};
    }
    static Acknowledged numbered(unsigned bank, std::uint32_t pending)
    {
        return {bcm2836::first_peripheral + 32 * bank + static_cast<unsigned>(std::countr_zero(pending))};
    }

    B local_;
    B peripheral_;
};

} // namespace torc::arch
