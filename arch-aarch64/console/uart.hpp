// SPDX-License-Identifier: MIT
// What the console asks of a serial port. Every driver is a template over Bus and keeps the baud rate that
// the firmware chose: the kernel knows neither the port's clock nor who listens at the other end.
#pragma once
#include <concepts>

namespace torc::arch {

enum class Notify : bool { Off, On };

// No port needs longer than this to send one byte; a port that does is taken for dead (polls, not time, since
// the console works before the timer does).
inline constexpr unsigned max_send_polls = 1'000'000;

inline constexpr int no_byte = -1;

template <typename U>
concept Uart = requires(U uart, char c) {
    uart.prepare(); // FIFOs on, 8 bits, every interrupt off
    uart.listen(); // interrupt on input from now on
    uart.notify_input(Notify::Off); // not while nobody takes it: it stays in the FIFO; and on again
    uart.notify_room(Notify::On); // interrupt when there is room to send, or no longer
    { uart.can_send() } -> std::same_as<bool>;
    uart.send(c); // only when can_send()
    { uart.receive() } -> std::same_as<int>; // a byte, or no_byte
    uart.acknowledge(); // forget interrupts that were raised so far; before draining
};

} // namespace torc::arch
