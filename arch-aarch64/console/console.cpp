// SPDX-License-Identifier: MIT
#include "arch-aarch64/console/console.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <variant>

#include "arch-aarch64/console/cadence_uart.hpp"
#include "arch-aarch64/console/pl011.hpp"
#include "arch-aarch64/console/uart8250.hpp"
#include "arch-aarch64/device_window.hpp"
#include "arch-aarch64/interrupts/interrupts.hpp"
#include "arch/machine.hpp"

namespace torc {
// Provided by the terminal layer (kernel/terminal).
std::size_t console_input_room();
void console_input(std::span<char const> bytes);
void console_output_ready();
}

namespace torc::arch {
namespace {

using namespace std::string_view_literals;
using Port = std::variant<std::monostate, Pl011<MmioBus>, Uart8250<MmioBus>, CadenceUart<MmioBus>>;

struct Console {
    Port port{};
    std::optional<dt::Node> node{};
    std::array<char, 8> name{}; // "ttyAMA0"
    bool wants_output{false};
    bool holds_input{false}; // in its FIFO, until there is room for it
    bool dead{false}; // it once refused a byte for longer than any baud rate explains
};
constinit Console console{}; // owner: the boot torus; at a panic, the panicking one

// Calls f with the driver that is there; a plain switch, so that nothing is called through a table.
template <typename F> bool with_port(F f)
{
    if (auto* pl011 = std::get_if<Pl011<MmioBus>>(&console.port))
        f(*pl011);
    else if (auto* uart8250 = std::get_if<Uart8250<MmioBus>>(&console.port))
        f(*uart8250);
    else if (auto* cadence = std::get_if<CadenceUart<MmioBus>>(&console.port))
        f(*cadence);
    else
        return false;
    return true;
}

enum class Family : std::uint8_t { Pl011, Sbsa, Plain8250, DesignWare, BcmMini, Cadence };
struct Match {
    std::string_view compatible;
    Family family;
};
constexpr std::array matches{
    Match{"arm,pl011"sv, Family::Pl011},
    Match{"arm,sbsa-uart"sv, Family::Sbsa},
    Match{"brcm,bcm2835-aux-uart"sv, Family::BcmMini},
    Match{"snps,dw-apb-uart"sv, Family::DesignWare},
    Match{"ns16550a"sv, Family::Plain8250},
    Match{"ns16550"sv, Family::Plain8250},
    Match{"xlnx,xuartps"sv, Family::Cadence},
    Match{"cdns,uart-r1p8"sv, Family::Cadence},
    Match{"cdns,uart-r1p12"sv, Family::Cadence},
};

// The N of the alias serialN, by which Linux counts ports; 0 without one.
char number_of(dt::Node node)
{
    auto const aliases = node.tree().find("/aliases");
    for (std::size_t i = 0; aliases && i < aliases->property_count(); ++i) {
        dt::Property const alias = aliases->property_at(i);
        std::string_view const name = alias.name();
        auto const named = node.tree().find(alias.string().value_or(std::string_view{}));
        if (name.size() == 7 && name.starts_with("serial"sv) && named && named->index() == node.index())
            return name.back();
    }
    return '0';
}

void give_name(dt::Node node, Family family)
{
    bool const pl011 = family == Family::Pl011 || family == Family::Sbsa;
    std::string_view const driver = pl011 ? "ttyAMA"sv : family == Family::Cadence ? "ttyPS"sv : "ttyS"sv;
    std::size_t const length = driver.copy(console.name.data(), driver.size());
    console.name[length] = number_of(node);
}

Result<Uart8250Layout> layout_of(dt::Node node, Family family)
{
    // The mini-UART's registers are words though its binding has no property to say so.
    bool const words = family == Family::BcmMini;
    std::uint32_t const shift = node.u32("reg-shift").value_or(words ? 2 : 0);
    std::uint32_t const width = node.u32("reg-io-width").value_or(words ? 4 : 1);
    if (shift > 3 || (width != 1 && width != 4))
        return unexpected{Status::NotSupported};
    return Uart8250Layout{static_cast<std::uint8_t>(shift), static_cast<std::uint8_t>(width)};
}

Result<Port> make_port(dt::Node node, Family family, MmioBus bus)
{
    switch (family) {
    case Family::Pl011:
        return Pl011{bus};
    case Family::Sbsa:
        return Pl011{bus, Pl011Kind::Sbsa};
    case Family::Cadence:
        return CadenceUart{bus};
    case Family::Plain8250:
        return Uart8250{bus, Uart8250Kind::Plain, TRY(layout_of(node, family))};
    case Family::DesignWare:
        return Uart8250{bus, Uart8250Kind::DesignWare, TRY(layout_of(node, family))};
    case Family::BcmMini:
        return Uart8250{bus, Uart8250Kind::BcmMini, TRY(layout_of(node, family))};
    }
    return unexpected{Status::NotSupported};
}

void send_polled(auto& port, char c)
{
    for (unsigned polls = 0; !port.can_send(); ++polls) {
        if (polls == max_send_polls) {
            console.dead = true;
            return;
        }
    }
    port.send(c);
}

std::size_t receive_some(auto& port, std::span<char> bytes)
{
    std::size_t count = 0;
    for (int byte; count < bytes.size() && (byte = port.receive()) != no_byte;)
        bytes[count++] = static_cast<char>(byte);
    return count;
}

// What there is no room for stays in the FIFO, and behind it with who sends, if the line can tell it to wait.
void drain_input(auto& port)
{
    std::array<char, 64> bytes; // the deepest FIFO of them
    for (std::span<char> left{bytes}; !left.empty();) {
        std::size_t const room = std::min(left.size(), console_input_room());
        console.holds_input = room == 0;
        if (room == 0)
            return port.notify_input(Notify::Off);
        std::size_t const count = receive_some(port, left.first(room));
        if (count != 0)
            console_input(left.first(count));
        if (count < room)
            return;
        left = left.subspan(count);
    }
}

void on_console_interrupt(void*)
{
    bool room = false;
    with_port([&](auto& port) {
        port.acknowledge();
        drain_input(port);
        room = console.wants_output && port.can_send();
        if (room)
            port.notify_room(Notify::Off);
    });
    if (!room)
        return;
    console.wants_output = false;
    console_output_ready();
}

} // namespace

bool console_present()
{
    return !std::holds_alternative<std::monostate>(console.port);
}

Result<void> console_init(dt::Node node)
{
    for (Match const& match : matches) {
        if (!node.is_compatible(match.compatible))
            continue;
        dt::Region const registers = TRY(node.reg(0));
        MmioBus const bus{TRY(map_device(registers.base, registers.size))};
        console.port = TRY(make_port(node, match.family, bus));
        console.node = node;
        give_name(node, match.family);
        with_port([](auto& port) { port.prepare(); });
        return {};
    }
    return unexpected{Status::NotSupported};
}

Result<void> console_listen()
{
    if (!console.node)
        return unexpected{Status::NoDevice};
    dt::Interrupt const line = TRY(console.node->interrupt(0));
    Irq const irq = TRY(interrupts_claim(line, {"console", on_console_interrupt, nullptr}));
    with_port([](auto& port) { port.listen(); });
    interrupts_unmask(irq);
    return {};
}

void console_write(std::span<char const> text)
{
    with_port([&](auto& port) {
        for (char c : text) {
            if (console.dead)
                return;
            send_polled(port, c);
        }
    });
}

std::string_view console_name()
{
    return console.name.data();
}

std::size_t console_put(std::span<char const> text)
{
    std::size_t sent = 0;
    with_port([&](auto& port) {
        while (sent < text.size() && port.can_send())
            port.send(text[sent++]);
    });
    return sent;
}

void console_want_output()
{
    console.wants_output = true;
    with_port([](auto& port) { port.notify_room(Notify::On); });
}

// Drained here and not by the interrupt that is allowed again: not every port raises it for old bytes.
void console_take_input()
{
    if (!console.holds_input)
        return;
    with_port([](auto& port) {
        port.notify_input(Notify::On);
        drain_input(port);
    });
}

} // namespace torc::arch
