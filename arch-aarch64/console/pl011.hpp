// SPDX-License-Identifier: MIT
// Arm PrimeCell UART. Registers: Arm DDI 0183 (PL011 TRM), chapter 3.
// Device-tree binding: serial/pl011.yaml (arm,pl011) and arm,sbsa-uart, the subset whose line the firmware
// set.
#pragma once
#include "arch-aarch64/console/uart.hpp"
#include "arch-aarch64/mmio.hpp"

namespace torc::arch {

namespace pl011 {

struct DR : Reg<DR, 0x000> { // 3.3.1 data
    using Reg::Reg;
    static constexpr Field<DR, 0, 7, std::uint8_t> data{};
};
struct FR : Reg<FR, 0x018, Access::ReadOnly> { // 3.3.3 flags
    using Reg::Reg;
    static constexpr Field<FR, 3> busy{};
    static constexpr Field<FR, 4> rx_empty{};
    static constexpr Field<FR, 5> tx_full{};
};
struct LCR_H : Reg<LCR_H, 0x02c> { // 3.3.7 line control
    using Reg::Reg;
    enum class Width : std::uint8_t { bits5, bits6, bits7, bits8 };
    static constexpr Field<LCR_H, 4> fifo_enable{};
    static constexpr Field<LCR_H, 5, 6, Width> word_length{};
};
struct CR : Reg<CR, 0x030> { // 3.3.8 control
    using Reg::Reg;
    static constexpr Field<CR, 0> uart_enable{};
    static constexpr Field<CR, 8> tx_enable{};
    static constexpr Field<CR, 9> rx_enable{};
};
struct IMSC : Reg<IMSC, 0x038> { // 3.3.10 interrupt mask: one means unmasked
    using Reg::Reg;
    static constexpr Field<IMSC, 4> rx{};
    static constexpr Field<IMSC, 5> tx{};
    static constexpr Field<IMSC, 6> rx_timeout{};
};
struct ICR : Reg<ICR, 0x044, Access::WriteOnly> { // 3.3.13 interrupt clear
    using Reg::Reg;
    // All but receive and receive timeout: those go when the FIFO is read, and clearing them would lose the
    // only sign of what is still in it.
    static constexpr std::uint32_t spent = 0x7af, all = 0x7ff;
};
static_assert((LCR_H::fifo_enable(true) | LCR_H::word_length(LCR_H::Width::bits8)).bits == 0x70);

} // namespace pl011

enum class Pl011Kind : std::uint8_t { Full, Sbsa }; // Sbsa has no line and no control register

template <Bus B> class Pl011 final {
public:
    explicit Pl011(B bus, Pl011Kind kind = Pl011Kind::Full)
        : bus_{bus}
        , kind_{kind}
    {
    }

    void prepare()
    {
        using namespace pl011;
        write(bus_, IMSC{});
        if (kind_ == Pl011Kind::Full)
            set_line();
        write(bus_, ICR{ICR::spent});
    }
    // What came before set_line() emptied the FIFO has left its interrupt raised, and no read would ever end
    // that: it is cleared, and then what has come since is read, which is for nobody yet.
    void listen()
    {
        using namespace pl011;
        write(bus_, ICR{ICR::all});
        for (unsigned bytes = 0; bytes < deepest_fifo && receive() != no_byte; ++bytes) { }
        notify_input(Notify::On);
    }
    void notify_input(Notify notify)
    {
        using pl011::IMSC;
        bool const on = notify == Notify::On;
        write(bus_, IMSC::rx_timeout.replace(IMSC::rx.replace(read<IMSC>(bus_), on), on));
    }
    // The interrupt comes when the FIFO drains through its mark, so it must have been filled before.
    void notify_room(Notify notify)
    {
        using pl011::IMSC;
        write(bus_, IMSC::tx.replace(read<IMSC>(bus_), notify == Notify::On));
    }
    bool can_send() const { return !pl011::FR::tx_full.of(read<pl011::FR>(bus_)); }
    void send(char c) { write(bus_, pl011::DR::data(static_cast<std::uint8_t>(c))); }
    int receive()
    {
        if (pl011::FR::rx_empty.of(read<pl011::FR>(bus_)))
            return no_byte;
        return pl011::DR::data.of(read<pl011::DR>(bus_));
    }
    void acknowledge() { write(bus_, pl011::ICR{pl011::ICR::spent}); }

private:
    static constexpr unsigned deepest_fifo = 64; // 16 or 32 bytes, and some that come meanwhile

    // The line may only change while the port is off (3.3.8), which must wait for what is being sent. Writing
    // the line register also latches the baud divisors anew: they hold what the firmware wrote.
    void set_line()
    {
        using namespace pl011;
        for (unsigned polls = 0; FR::busy.of(read<FR>(bus_)) && polls < max_send_polls; ++polls) { }
        CR const before = read<CR>(bus_);
        write(bus_, CR::uart_enable.replace(before, false));
        write(bus_, LCR_H::fifo_enable(true) | LCR_H::word_length(LCR_H::Width::bits8));
        write(bus_, before | CR::uart_enable(true) | CR::tx_enable(true) | CR::rx_enable(true));
    }

    B bus_;
    Pl011Kind kind_;
};
static_assert(Uart<Pl011<MmioBus>>);

} // namespace torc::arch
