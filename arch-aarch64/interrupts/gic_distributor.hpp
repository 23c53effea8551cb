// SPDX-License-Identifier: MIT
// The part of the distributor that GICv2 and GICv3 share. Registers: Arm IHI 0048B (GICv2), section 4.3; Arm
// IHI 0069H (GICv3), section 12.9. After boot only its write-one-to-set/clear and byte registers are written,
// so any core may do so without a lock.
#pragma once
#include <cstdint>

#include "arch-aarch64/interrupts/gic_cells.hpp"
#include "arch-aarch64/mmio.hpp"

namespace torc::arch {

namespace gicd {
struct CTLR : Reg<CTLR, 0x000> {
    using Reg::Reg;
    static constexpr Field<CTLR, 0> enable{}; // GICv2: the group this view has
    static constexpr Field<CTLR, 1> enable_group1{}; // GICv3: group 1 of this security state
    static constexpr Field<CTLR, 4> affinity_routing{}; // GICv3
    static constexpr Field<CTLR, 31> write_pending{}; // GICv3
};
struct TYPER : Reg<TYPER, 0x004, Access::ReadOnly> {
    using Reg::Reg;
    static constexpr Field<TYPER, 0, 4, std::uint8_t> lines{}; // 32 * (n + 1) interrupts
};
// One bit per interrupt.
struct IGROUPR : Reg<IGROUPR, 0x080> {
    using Reg::Reg;
};
struct ISENABLER : Reg<ISENABLER, 0x100> {
    using Reg::Reg;
};
struct ICENABLER : Reg<ICENABLER, 0x180> {
    using Reg::Reg;
};
struct ICPENDR : Reg<ICPENDR, 0x280> {
    using Reg::Reg;
};
struct ICACTIVER : Reg<ICACTIVER, 0x380> {
    using Reg::Reg;
};
// One byte per interrupt.
struct IPRIORITYR : Reg<IPRIORITYR, 0x400> {
    using Reg::Reg;
};
struct ITARGETSR : Reg<ITARGETSR, 0x800> { // GICv2; the first eight read as this core's own mask
    using Reg::Reg;
};
// Two bits per interrupt: 2 edge, 0 level.
struct ICFGR : Reg<ICFGR, 0xc00> {
    using Reg::Reg;
};
struct SGIR : Reg<SGIR, 0xf00, Access::WriteOnly> { // GICv2
    using Reg::Reg;
    static constexpr Field<SGIR, 0, 3, std::uint8_t> number{};
    static constexpr Field<SGIR, 16, 23, std::uint8_t> targets{};
};
inline constexpr std::uint32_t IROUTER = 0x6000; // GICv3, 8 bytes per interrupt
inline constexpr std::uint32_t every_bit = 0xffff'ffff;
// One priority for all: there is no nesting. It lies in the half that non-secure software has.
inline constexpr std::uint32_t one_priority = 0xa0a0'a0a0;
inline constexpr std::uint32_t accept_priority = 0xf0;
} // namespace gicd

constexpr std::uint32_t irq_bit(Irq irq)
{
    return 1u << (irq.n % 32);
}

// Interrupts the distributor has, private ones included, and banks of 32 they make (the last may be partly
// special).
constexpr unsigned gic_lines(unsigned banks)
{
    return 32 * banks < gic_spi_end ? 32 * banks : gic_spi_end;
}
unsigned gic_banks(Bus auto const& bus)
{
    return gicd::TYPER::lines.of(read<gicd::TYPER>(bus)) + 1u;
}

// Every interrupt of one bank of 32 off, not pending, not active, at the one priority. `bank` 0 is private to
// a core.
void gic_reset_bank(Bus auto const& bus, unsigned bank)
{
    // Bank 0 holds the 16 software interrupts: their enables are the machine's, and may be fixed.
    std::uint32_t const lines = bank == 0 ? 0xffff'0000 : gicd::every_bit;
    write_at(bus, bank, gicd::ICENABLER{lines});
    write_at(bus, bank, gicd::ICACTIVER{gicd::every_bit});
    write_at(bus, bank, gicd::ICPENDR{lines});
    for (unsigned word = 0; word < 8; ++word)
        write_at(bus, 8 * bank + word, gicd::IPRIORITYR{gicd::one_priority});
}

// How the line's input is read. Private lines may ignore it. The line must be masked.
void gic_configure(Bus auto const& bus, IrqLine line)
{
    unsigned const shift = 2 * (line.irq.n % 16);
    std::uint32_t const others = read_at<gicd::ICFGR>(bus, line.irq.n / 16).bits & ~(3u << shift);
    std::uint32_t const edge = line.trigger == Trigger::Edge ? 2u << shift : 0;
    write_at(bus, line.irq.n / 16, gicd::ICFGR{others | edge});
}

} // namespace torc::arch
