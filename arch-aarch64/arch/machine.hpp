// SPDX-License-Identifier: MIT
// The whole machine: how it ends, what its console prints, its interrupt counts, its names.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace torc::arch {

[[noreturn]] void power_off();
[[noreturn]] void restart();
[[noreturn]] void halt();
// Ends an emulator with this exit status where there is a way (semihosting), else like power_off.
[[noreturn]] void exit_machine(int status);

// The early console: polled output. Input arrives through console_input() (kernel/terminal), from its
// interrupt.
void console_write(std::span<char const> text);
// True if the output FIFO has room; console_put_nonblocking returns how many bytes it took. Used by the
// terminal so that a grain never polls; the transmit interrupt calls console_output_ready() (kernel/terminal)
// after console_want_output().
std::size_t console_put(std::span<char const> text);
void console_want_output();
// Input that console_input_room() (kernel/terminal) left no room for waits in the port: there is room again.
void console_take_input();
// What Linux calls the port (ttyAMA0, ttyS1), which programs and boot arguments go by; empty without one.
std::string_view console_name();

struct InterruptLine {
    std::string_view controller;
    std::string_view name;
    std::uint32_t hardware_number;
    std::uint64_t count;
    std::string_view trigger; // "Level" or "Edge"
};
// The i-th claimed interrupt, in order; false past the end. For /proc/interrupts.
bool interrupt_line(unsigned i, InterruptLine& line);

unsigned cores_present(); // cores that came up, each a torus, most of them parked
std::string_view machine_model(); // the tree's /model
// Entropy gathered at boot: the tree's rng-seed and counter jitter. Consumed once.
std::span<std::uint8_t const> boot_entropy();

} // namespace torc::arch
