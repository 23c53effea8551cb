// SPDX-License-Identifier: MIT
#include "arch/machine.hpp"
#include "tests/host/arch/fake_machine.hpp"
#include <algorithm>
#include <array>

namespace torc {
std::size_t console_input_room();
void console_input(std::span<char const> bytes);
}

namespace torc::arch {

void console_write(std::span<char const> text)
{
    FakeMachine::current().console.append(text.data(), text.size());
}

std::size_t console_put(std::span<char const> text)
{
    console_write(text);
    return text.size();
}

void console_want_output() { }

// A port without end: what there is no room for waits in it.
void console_take_input()
{
    std::string& typed = FakeMachine::current().typed;
    while (!typed.empty() && console_input_room() != 0) {
        std::string const piece = typed.substr(0, std::min<std::size_t>(64, console_input_room()));
        typed.erase(0, piece.size());
        console_input(piece);
    }
}

std::string_view console_name()
{
    return "ttyAMA0";
}

bool interrupt_line(unsigned i, InterruptLine& line)
{
    line = {};
    line.controller = "fake";
    line.name = "timer";
    line.hardware_number = 27;
    line.count = 42;
    return i == 0;
}

unsigned cores_present()
{
    return 1;
}

std::string_view machine_model()
{
    return "Torc's fake machine";
}

std::span<std::uint8_t const> boot_entropy()
{
    static constexpr std::array<std::uint8_t, 32> fixed{1, 2, 3, 4, 5, 6, 7, 8};
    return fixed;
}

} // namespace torc::arch
