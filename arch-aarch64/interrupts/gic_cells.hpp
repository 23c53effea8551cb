// SPDX-License-Identifier: MIT
// Interrupt cells of both GICs' bindings (interrupt-controller/arm,gic.yaml, arm,gic-v3.yaml): kind, number,
// flags, and for some GICv3 trees a fourth cell that names a set of cores a private interrupt is wired to.
#pragma once
#include <cstdint>
#include <span>

#include "arch-aarch64/interrupts/irq.hpp"

namespace torc::arch {

inline constexpr unsigned gic_first_ppi = 16;
inline constexpr unsigned gic_first_spi = 32;
inline constexpr unsigned gic_spi_end = 1020;

constexpr Result<IrqLine> decode_gic_cells(std::span<std::uint32_t const> cells)
{
    constexpr std::uint32_t spi = 0,
                            ppi = 1; // 2 and 3 are GICv3.1's extended ranges, which no board here uses
    if (cells.size() < 3)
        return unexpected{Status::BadArgument};
    if (cells[0] == spi && cells[1] < gic_spi_end - gic_first_spi)
        return IrqLine{Irq{static_cast<std::uint16_t>(gic_first_spi + cells[1])}, trigger_of(cells[2])};
    if (cells[0] == ppi && cells[1] < gic_first_spi - gic_first_ppi)
        return IrqLine{Irq{static_cast<std::uint16_t>(gic_first_ppi + cells[1])}, trigger_of(cells[2])};
    return unexpected{cells[0] <= ppi ? Status::OutOfRange : Status::NotSupported};
}

} // namespace torc::arch
