// SPDX-License-Identifier: MIT
// Cadence UART of Zynq boards. Registers: Xilinx UG1087 (Zynq UltraScale+ register reference), module UART.
// Device-tree binding: serial/cdns,uart.yaml.
#pragma once
#include "arch-aarch64/console/uart.hpp"
#include "arch-aarch64/mmio.hpp"

namespace torc::arch {

namespace cadence {
struct Control : Reg<Control, 0x00> {
    using Reg::Reg;
    static constexpr Field<Control, 2> rx_enable{};
    static constexpr Field<Control, 3> rx_disable{};
    static constexpr Field<Control, 4> tx_enable{};
    static constexpr Field<Control, 5> tx_disable{};
    static constexpr Field<Control, 6> restart_timeout{};
};
// The four interrupt registers share one layout: enable and disable are write-one, status is
// write-one-to-clear.
template <std::uint32_t Offset, Access Mode> struct Interrupt : Reg<Interrupt<Offset, Mode>, Offset, Mode> {
    using Base = Reg<Interrupt<Offset, Mode>, Offset, Mode>;
    using Base::Base;
    static constexpr Field<Interrupt, 0> rx_trigger{};
    static constexpr Field<Interrupt, 3> tx_empty{};
    static constexpr Field<Interrupt, 8> rx_timeout{};
};
using InterruptEnable = Interrupt<0x08, Access::WriteOnly>;
using InterruptDisable = Interrupt<0x0c, Access::WriteOnly>;
using InterruptStatus = Interrupt<0x14, Access::ReadWrite>;
struct RxTimeout : Reg<RxTimeout, 0x1c> { // in units of four bit times
    using Reg::Reg;
};
struct RxTrigger : Reg<RxTrigger, 0x20> {
    using Reg::Reg;
};
struct ChannelStatus : Reg<ChannelStatus, 0x2c, Access::ReadOnly> {
    using Reg::Reg;
    static constexpr Field<ChannelStatus, 1> rx_empty{};
    static constexpr Field<ChannelStatus, 4> tx_full{};
};
struct Fifo : Reg<Fifo, 0x30> {
    using Reg::Reg;
    static constexpr Field<Fifo, 0, 7, std::uint8_t> data{};
};
} // namespace cadence

template <Bus B> class CadenceUart final {
public:
    explicit CadenceUart(B bus)
        : bus_{bus}
    {
    }

    void prepare()
    {
        using namespace cadence;
        write(bus_, InterruptDisable{0xffff'ffff});
        write(bus_, RxTrigger{1});
        write(bus_, RxTimeout{10});
        write(bus_, Control::rx_enable(true) | Control::tx_enable(true));
    }
    void listen() { notify_input(Notify::On); }
    void notify_input(Notify notify)
    {
        using cadence::InterruptDisable, cadence::InterruptEnable;
        if (notify == Notify::On)
            write(bus_, InterruptEnable::rx_trigger(true) | InterruptEnable::rx_timeout(true));
        else
            write(bus_, InterruptDisable::rx_trigger(true) | InterruptDisable::rx_timeout(true));
    }
    void notify_room(Notify notify)
    {
        if (notify == Notify::On)
            write(bus_, cadence::InterruptEnable::tx_empty(true));
        else
            write(bus_, cadence::InterruptDisable::tx_empty(true));
    }
    bool can_send() const { return !cadence::ChannelStatus::tx_full.of(read<cadence::ChannelStatus>(bus_)); }
    void send(char c) { write(bus_, cadence::Fifo::data(static_cast<std::uint8_t>(c))); }
    int receive()
    {
        if (cadence::ChannelStatus::rx_empty.of(read<cadence::ChannelStatus>(bus_)))
            return no_byte;
        return cadence::Fifo::data.of(read<cadence::Fifo>(bus_));
    }
    void acknowledge() { write(bus_, read<cadence::InterruptStatus>(bus_)); }

private:
    B bus_;
};
static_assert(Uart<CadenceUart<MmioBus>>);

} // namespace torc::arch
