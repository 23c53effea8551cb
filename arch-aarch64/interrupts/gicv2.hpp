// SPDX-License-Identifier: MIT
// Generic Interrupt Controller, version 2 (GIC-400 and its kin). Registers: Arm IHI 0048B, sections 4.3
// and 4.4. Device-tree binding: interrupt-controller/arm,gic.yaml. On a board the kernel is non-secure: the
// registers show group 1 alone and `enable` means that group; firmware has put the interrupts there. Without
// the security extension (QEMU) the same bits mean group 0, where all are then.
#pragma once
#include <array>

#include "arch-aarch64/interrupts/gic_distributor.hpp"

namespace torc::arch {

namespace gicc {
struct CTLR : Reg<CTLR, 0x00> {
    using Reg::Reg;
    static constexpr Field<CTLR, 0> enable{};
};
struct PMR : Reg<PMR, 0x04> {
    using Reg::Reg;
};
struct BPR : Reg<BPR, 0x08> {
    using Reg::Reg;
};
struct IAR : Reg<IAR, 0x0c, Access::ReadOnly> {
    using Reg::Reg;
};
struct EOIR : Reg<EOIR, 0x10, Access::WriteOnly> {
    using Reg::Reg;
};
} // namespace gicc

template <Bus B> class Gicv2 final {
public:
    static constexpr unsigned max_cores = 8;

    Gicv2(B distributor, B cpu_interface)
        : distributor_{distributor}
        , cpu_{cpu_interface}
    {
    }

    // On the boot core, once: all shared interrupts masked, level, and sent to this core.
    void init_machine()
    {
        write(distributor_, gicd::CTLR{});
        std::uint32_t const here = own_target();
        unsigned const banks = gic_banks(distributor_);
        for (unsigned bank = 1; bank < banks; ++bank) {
            gic_reset_bank(distributor_, bank);
            for (unsigned word = 0; word < 8; ++word)
                write_at(distributor_, 8 * bank + word, gicd::ITARGETSR{here * 0x0101'0101});
            write_at(distributor_, 2 * bank, gicd::ICFGR{});
            write_at(distributor_, 2 * bank + 1, gicd::ICFGR{});
        }
        write(distributor_, gicd::CTLR::enable(true));
    }
    // On every core, for itself.
    Result<void> init_core(unsigned core)
    {
        if (core >= max_cores)
            return unexpected{Status::OutOfRange};
        target_[core] = static_cast<std::uint8_t>(own_target());
        gic_reset_bank(distributor_, 0);
        write(cpu_, gicc::PMR{gicd::accept_priority});
        write(cpu_, gicc::BPR{0});
        write(
            cpu_, read<gicc::CTLR>(cpu_) | gicc::CTLR::enable(true)); // keeps the bypass bits firmware chose
        return {};
    }

    static Result<IrqLine> decode(std::span<std::uint32_t const> cells) { return decode_gic_cells(cells); }
    void configure(unsigned, IrqLine line) { gic_configure(distributor_, line); }
    // Private lines (below 32) are the calling core's own.
    void mask(unsigned, Irq irq) { write_at(distributor_, irq.n / 32, gicd::ICENABLER{irq_bit(irq)}); }
    void unmask(unsigned, Irq irq) { write_at(distributor_, irq.n / 32, gicd::ISENABLER{irq_bit(irq)}); }

    Acknowledged acknowledge() { return {read<gicc::IAR>(cpu_).bits}; }
    void complete(Acknowledged taken) { write(cpu_, gicc::EOIR{taken.token}); }

    // Only shared interrupts move, and only to a core whose init_core() ran.
    Result<void> route(Irq irq, unsigned core)
    {
        if (irq.n < gic_first_spi || core >= max_cores || target_[core] == 0)
            return unexpected{Status::BadArgument};
        distributor_.write8(gicd::ITARGETSR::offset + irq.n, target_[core]);
        return {};
    }
    Result<void> ring(unsigned core, std::uint8_t software_interrupt)
    {
        if (core >= max_cores || target_[core] == 0)
            return unexpected{Status::BadArgument};
        write(distributor_, gicd::SGIR::number(software_interrupt) | gicd::SGIR::targets(target_[core]));
        return {};
    }

private:
    // The bit that names the reading core, found in the banked words 0..7. A uniprocessor's read as zero.
    std::uint32_t own_target() const
    {
        for (unsigned word = 0; word < 8; ++word) {
            std::uint32_t const targets = read_at<gicd::ITARGETSR>(distributor_, word).bits;
            for (unsigned shift = 0; shift < 32; shift += 8) {
                if (((targets >> shift) & 0xff) != 0)
                    return (targets >> shift) & 0xff;
            }
        }
        return 1;
    }

    B distributor_;
    B cpu_;
    std::array<std::uint8_t, max_cores> target_{}; // each written by its core, constant afterwards
};

} // namespace torc::arch
