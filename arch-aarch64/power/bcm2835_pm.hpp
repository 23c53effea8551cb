// SPDX-License-Identifier: MIT
// The Pi's power-management block: its watchdog is how a board without PSCI restarts or goes off.
// No public manual; the layout is that of the device-tree binding soc/bcm/brcm,bcm2835-pm.yaml's known users.
// The firmware reads the partition number to boot from out of RSTS; partition 63 means "stay off".
#pragma once
#include "arch-aarch64/mmio.hpp"

namespace torc::arch {

namespace bcm2835_pm {
inline constexpr std::uint32_t password = 0x5a00'0000; // in every write, or it is ignored
struct RSTC : Reg<RSTC, 0x1c> {
    using Reg::Reg;
    enum class OnTimeout : std::uint8_t { Nothing = 0, FullReset = 2 };
    static constexpr Field<RSTC, 4, 5, OnTimeout> on_timeout{};
};
struct RSTS : Reg<RSTS, 0x20> {
    using Reg::Reg;
    static constexpr std::uint32_t partition_mask = 0x555; // the number's bits lie at even places
};
struct WDOG : Reg<WDOG, 0x24> {
    using Reg::Reg;
};
inline constexpr std::uint32_t soon = 10; // ticks of 1/65536 s
} // namespace bcm2835_pm

template <Bus B> class Bcm2835Pm final {
public:
    explicit Bcm2835Pm(B bus)
        : bus_{bus}
    {
    }

    void restart() { reset_into(0); }
    void power_off() { reset_into(bcm2835_pm::RSTS::partition_mask); }

private:
    void reset_into(std::uint32_t partition_bits)
    {
        using namespace bcm2835_pm;
        set_partition(partition_bits);
        write(bus_, WDOG{password | soon});
        RSTC const others{read<RSTC>(bus_).bits & 0x00ff'ffff};
        RSTC const armed = RSTC::on_timeout.replace(others, RSTC::OnTimeout::FullReset);
        write(bus_, RSTC{password | armed.bits});
    }
    void set_partition(std::uint32_t bits)
    {
        using namespace bcm2835_pm;
        std::uint32_t const others = read<RSTS>(bus_).bits & 0x00ff'ffff & ~RSTS::partition_mask;
        write(bus_, RSTS{password | others | bits});
    }

    B bus_;
};

} // namespace torc::arch
