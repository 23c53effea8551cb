// SPDX-License-Identifier: MIT
// The 8250 family: ns16550a, Synopsys' DW APB UART (Rockchip boards) and the Pi's mini-UART, which has the
// same first registers. Registers: TI SLLS597 (TL16C550C), section 8; Synopsys DW_apb_uart databook, chapter
// 6; BCM2835 ARM Peripherals, section 2.2 (whose description of IER and IIR is corrected by its public errata
// list). Device-tree bindings: serial/8250.yaml, serial/snps-dw-apb-uart.yaml,
// serial/brcm,bcm2835-aux-uart.yaml.
#pragma once
#include <cstdint>

#include "arch-aarch64/console/uart.hpp"
#include "arch-aarch64/mmio.hpp"

namespace torc::arch {

namespace uart8250 {
// Registers by index; the tree's reg-shift and reg-io-width say how an index becomes an access.
inline constexpr unsigned data = 0;
inline constexpr unsigned interrupt_enable = 1;
inline constexpr unsigned interrupt_id = 2;
inline constexpr unsigned fifo_control = 2;
inline constexpr unsigned modem_control = 4;
inline constexpr unsigned line_status = 5;
inline constexpr unsigned dw_status = 31;

inline constexpr std::uint32_t enable_rx = 1u << 0;
inline constexpr std::uint32_t enable_tx = 1u << 1;
inline constexpr std::uint32_t fifo_enable = 1u << 0;
inline constexpr std::uint32_t modem_out2 = 1u << 3; // gates the interrupt line on PC-like parts
inline constexpr std::uint32_t line_rx_ready = 1u << 0;
inline constexpr std::uint32_t line_tx_room = 1u << 5;
inline constexpr unsigned fifo_depth = 16;
inline constexpr std::uint32_t id_mask = 0xf;
inline constexpr std::uint32_t id_busy = 0x7; // DW APB only
inline constexpr std::uint32_t id_rx_timeout = 0xc;
} // namespace uart8250

enum class Uart8250Kind : std::uint8_t { Plain, DesignWare, BcmMini };

struct Uart8250Layout {
    std::uint8_t shift{0};
    std::uint8_t width{1}; // bytes per access: 1 or 4
};

template <Bus B> class Uart8250 final {
public:
    Uart8250(B bus, Uart8250Kind kind, Uart8250Layout layout)
        : bus_{bus}
        , kind_{kind}
        , layout_{layout}
    {
    }

    void prepare()
    {
        set(uart8250::interrupt_enable, 0);
        set(uart8250::fifo_control, uart8250::fifo_enable);
    }
    void listen()
    {
        if (kind_ == Uart8250Kind::Plain)
            set(uart8250::modem_control, get(uart8250::modem_control) | uart8250::modem_out2);
        notify_input(Notify::On);
    }
    void notify_input(Notify notify) { enable(uart8250::enable_rx, notify); }
    void notify_room(Notify notify) { enable(uart8250::enable_tx, notify); }
    // The line status says "FIFO empty", except the mini-UART's, which says "room for one". So one look is
    // good for a whole FIFO: 16 bytes is what every 16550 has.
    bool can_send()
    {
        if (room_ == 0 && (get(uart8250::line_status) & uart8250::line_tx_room) != 0)
            room_ = kind_ == Uart8250Kind::BcmMini ? 1 : uart8250::fifo_depth;
        return room_ != 0;
    }
    void send(char c)
    {
        --room_;
        set(uart8250::data, static_cast<std::uint8_t>(c));
    }
    int receive()
    {
        if ((get(uart8250::line_status) & uart8250::line_rx_ready) == 0)
            return no_byte;
        return static_cast<std::uint8_t>(get(uart8250::data));
    }
    // Reading the identity is the acknowledgement. Two cases of the DW APB need one read more, or the line
    // stays raised: "busy" (its line control was written while it was sending) and a receive timeout without
    // data.
    void acknowledge()
    {
        std::uint32_t const id = get(uart8250::interrupt_id) & uart8250::id_mask;
        if (kind_ != Uart8250Kind::DesignWare)
            return;
        if (id == uart8250::id_busy)
            (void)get(uart8250::dw_status);
        if (id == uart8250::id_rx_timeout && (get(uart8250::line_status) & uart8250::line_rx_ready) == 0)
            (void)get(uart8250::data);
    }

private:
    std::uint32_t get(unsigned index) const
    {
        std::uint32_t const offset = index << layout_.shift;
        return layout_.width == 4 ? bus_.read32(offset) : bus_.read8(offset);
    }
    void set(unsigned index, std::uint32_t value)
    {
        std::uint32_t const offset = index << layout_.shift;
        if (layout_.width == 4)
            bus_.write32(offset, value);
        else
            bus_.write8(offset, static_cast<std::uint8_t>(value));
    }

    void enable(std::uint32_t interrupt, Notify notify)
    {
        enabled_ = notify == Notify::On ? enabled_ | interrupt : enabled_ & ~interrupt;
        set(uart8250::interrupt_enable, enabled_);
    }

    B bus_;
    Uart8250Kind kind_;
    Uart8250Layout layout_;
    std::uint32_t enabled_{0}; // what interrupt_enable holds
    unsigned room_{0}; // bytes that may be sent without another look
};
static_assert(Uart<Uart8250<MmioBus>>);

} // namespace torc::arch
