// SPDX-License-Identifier: MIT
// An interrupt as the machine's one root controller numbers it: dense, below max_irqs, so that a table finds
// its handler. GIC: the INTID. Pi 3: 0..31 are the local sources, 32 + 32 * bank + bit the peripheral ones.
#pragma once
#include <compare>
#include <cstdint>

#include "kernel/result.hpp"

namespace torc::arch {

inline constexpr unsigned max_irqs = 1024;

struct Irq {
    std::uint16_t n{0};
    friend constexpr auto operator<=>(Irq, Irq) = default;
};

enum class Trigger : std::uint8_t { Level, Edge };

// What a device tree's interrupt cells say.
struct IrqLine {
    Irq irq;
    Trigger trigger{Trigger::Level};
    friend constexpr bool operator==(IrqLine, IrqLine) = default;
};

// What acknowledge() gave: to be handed back to complete() unchanged.
struct Acknowledged {
    std::uint32_t token{none};
    static constexpr std::uint32_t none = 1023; // the GIC's own "spurious"

    // 1020..1023 are the GIC's special numbers; no controller has real ones there.
    constexpr bool spurious() const { return (token & 0x3ff) >= 1020; }
    constexpr Irq irq() const { return Irq{static_cast<std::uint16_t>(token & 0x3ff)}; }
};

// Device-tree flags cell (bindings/interrupt-controller/interrupts.txt): 1, 2 edge rising, falling; 4, 8
// level.
constexpr Trigger trigger_of(std::uint32_t flags)
{
    return (flags & 3) != 0 ? Trigger::Edge : Trigger::Level;
}

} // namespace torc::arch
