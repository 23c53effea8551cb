// SPDX-License-Identifier: MIT
// Generic Interrupt Controller, version 3, without the ITS (no message-signalled interrupts). Registers: Arm
// IHI 0069H, sections 12.2 (CPU interface), 12.9 (distributor), 12.11 (redistributors). Device-tree binding:
// interrupt-controller/arm,gic-v3.yaml.
#pragma once
#include <array>

#include "arch-aarch64/cores/core_number.hpp"
#include "arch-aarch64/interrupts/gic_distributor.hpp"

namespace torc::arch {

namespace gicr {
struct CTLR : Reg<CTLR, 0x0000> {
    using Reg::Reg;
    static constexpr Field<CTLR, 3> write_pending{};
};
inline constexpr std::uint32_t TYPER = 0x0008; // 64 bits
inline constexpr std::uint64_t typer_virtual_lpis = 1u << 1;
inline constexpr std::uint64_t typer_last = 1u << 4;
struct WAKER : Reg<WAKER, 0x0014> {
    using Reg::Reg;
    static constexpr Field<WAKER, 1> processor_sleep{};
    static constexpr Field<WAKER, 2> children_asleep{};
};
// Offsets of the second frame, whose registers are the distributor's for bank 0.
inline constexpr std::uint32_t private_frame = 0x1'0000;
inline constexpr std::size_t frames_size = 0x2'0000;
inline constexpr std::size_t frames_size_v4 = 0x4'0000; // with two frames more for virtual interrupts
} // namespace gicr

// What redistributor identification and the CPU interface's routing call a core: MPIDR's four affinity bytes.
constexpr std::uint32_t gic_affinity(std::uint64_t mpidr)
{
    return static_cast<std::uint32_t>((mpidr >> 8 & 0xff00'0000) | (mpidr & 0x00ff'ffff));
}
static_assert(gic_affinity(0x12'8034'5678 & ~0x8000'0000ull) == 0x1234'5678);

// CpuInterface: static functions over the ICC_* system registers (icc.hpp), or the tests' fake.
template <Bus B, typename CpuInterface> class Gicv3 final {
public:
    explicit Gicv3(B distributor)
        : distributor_{distributor}
    {
    }

    // The redistributor's two frames of a core; found by scanning (gicv3_scan.hpp) before any init.
    void set_redistributor(unsigned core, B frames, B private_frame, std::uint64_t mpidr)
    {
        cores_[core] = {frames, private_frame, mpidr, true};
    }
    bool has_redistributor(unsigned core) const { return core < cores_.size() && cores_[core].present; }

    Result<void> init_machine(std::uint64_t boot_mpidr)
    {
        using gicd::CTLR;
        write(distributor_, CTLR{});
        TRY(wait_for_writes());
        // Affinity routing first: while it is off, the registers below have another meaning.
        write(distributor_, CTLR::affinity_routing(true));
        TRY(wait_for_writes());
        unsigned const banks = gic_banks(distributor_);
        for (unsigned bank = 1; bank < banks; ++bank) {
            gic_reset_bank(distributor_, bank);
            write_at(distributor_, bank, gicd::IGROUPR{gicd::every_bit});
            write_at(distributor_, 2 * bank, gicd::ICFGR{});
            write_at(distributor_, 2 * bank + 1, gicd::ICFGR{});
        }
        for (unsigned irq = gic_first_spi; irq < gic_lines(banks); ++irq)
            set_route(irq, boot_mpidr);
        write(distributor_, CTLR::affinity_routing(true) | CTLR::enable_group1(true));
        return wait_for_writes();
    }
    Result<void> init_core(unsigned core)
    {
        if (!has_redistributor(core))
            return unexpected{Status::NoDevice};
        TRY(wake(cores_[core].frames));
        B const& own = cores_[core].private_frame;
        write(own, gicd::IGROUPR{gicd::every_bit});
        gic_reset_bank(own, 0);
        return CpuInterface::enable(gicd::accept_priority) ? Result<void>{}
                                                           : unexpected{Status::NotSupported};
    }

    static Result<IrqLine> decode(std::span<std::uint32_t const> cells) { return decode_gic_cells(cells); }
    void configure(unsigned core, IrqLine line) { gic_configure(bus_of(core, line.irq), line); }
    void mask(unsigned core, Irq irq)
    {
        write_at(bus_of(core, irq), irq.n / 32, gicd::ICENABLER{irq_bit(irq)});
    }
    void unmask(unsigned core, Irq irq)
    {
        write_at(bus_of(core, irq), irq.n / 32, gicd::ISENABLER{irq_bit(irq)});
    }

    Acknowledged acknowledge() { return {CpuInterface::acknowledge()}; }
    void complete(Acknowledged taken) { CpuInterface::complete(taken.token); }

    Result<void> route(Irq irq, unsigned core)
    {
        if (irq.n < gic_first_spi || !has_redistributor(core))
            return unexpected{Status::BadArgument};
        set_route(irq.n, cores_[core].mpidr);
        return {};
    }
    Result<void> ring(unsigned core, std::uint8_t software_interrupt)
    {
        if (!has_redistributor(core))
            return unexpected{Status::BadArgument};
        CpuInterface::ring(cores_[core].mpidr, software_interrupt);
        return {};
    }

private:
    struct Core {
        B frames;
        B private_frame;
        std::uint64_t mpidr{0};
        bool present{false};
    };
    static constexpr unsigned max_polls = 1'000'000; // a controller that is not ready by then is broken

    B const& bus_of(unsigned core, Irq irq) const
    {
        return irq.n < gic_first_spi ? cores_[core].private_frame : distributor_;
    }
    void set_route(unsigned irq, std::uint64_t mpidr)
    {
        distributor_.write64(gicd::IROUTER + 8 * irq, mpidr & 0xff'00ff'ffff);
    }
    Result<void> wait_for_writes()
    {
        for (unsigned polls = 0; polls < max_polls; ++polls) {
            if (!gicd::CTLR::write_pending.of(read<gicd::CTLR>(distributor_)))
                return {};
        }
        return unexpected{Status::TimedOut};
    }
    static Result<void> wake(B const& frames)
    {
        using gicr::WAKER;
        write(frames, WAKER::processor_sleep.replace(read<WAKER>(frames), false));
        for (unsigned polls = 0; polls < max_polls; ++polls) {
            if (!WAKER::children_asleep.of(read<WAKER>(frames)))
                return {};
        }
        return unexpected{Status::TimedOut};
    }

    B distributor_;
    std::array<Core, max_cores> cores_{}; // written at boot
};

} // namespace torc::arch
