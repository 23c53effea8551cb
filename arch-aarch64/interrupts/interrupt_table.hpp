// SPDX-License-Identifier: MIT
// Who takes which interrupt, and how often it came. One torus's; claimed at boot and when a driver binds.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "arch-aarch64/interrupts/irq.hpp"

namespace torc::arch {

// The handler runs with the interrupt acknowledged and not completed. It silences its device, or masks the
// line.
struct Claim {
    std::string_view name; // as /proc/interrupts shows it; must stay
    void (*handler)(void* context){nullptr};
    void* context{nullptr};
};

class InterruptTable final {
public:
    static constexpr unsigned max_claims = 96;
    struct Entry {
        Claim claim{};
        IrqLine line{};
        std::uint64_t count{0};
    };

    // Busy: someone has it. NoSpace: the table is full.
    Result<void> claim(IrqLine line, Claim claim)
    {
        if (line.irq.n >= max_irqs)
            return unexpected{Status::OutOfRange};
        if (slots_[line.irq.n] != unclaimed)
            return unexpected{Status::Busy};
        if (used_ == entries_.size())
            return unexpected{Status::NoSpace};
        entries_[used_++] = {claim, line, 0};
        slots_[line.irq.n] = static_cast<std::uint8_t>(used_);
        return {};
    }
    // The line's next owner finds its count going on.
    Result<void> replace(Irq irq, Claim claim)
    {
        Entry* const entry = find(irq);
        if (entry == nullptr)
            return unexpected{Status::NotFound};
        entry->claim = claim;
        return {};
    }

    Entry* find(Irq irq)
    {
        std::uint8_t const slot = irq.n < max_irqs ? slots_[irq.n] : unclaimed;
        return slot == unclaimed ? nullptr : &entries_[slot - 1u];
    }
    // In the order they were claimed; nullptr past the end.
    Entry const* at(unsigned index) const { return index < used_ ? &entries_[index] : nullptr; }

private:
    static constexpr std::uint8_t unclaimed = 0;
    static_assert(max_claims <= 0xff);

    std::array<std::uint8_t, max_irqs> slots_{}; // 0, or 1 + the place in entries_
    std::array<Entry, max_claims> entries_{};
    unsigned used_{0};
};

} // namespace torc::arch
