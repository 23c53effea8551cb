// SPDX-License-Identifier: MIT
#include "arch/machine.hpp"
#include "tests/host/arch/fake_machine.hpp"
#include <array>

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
