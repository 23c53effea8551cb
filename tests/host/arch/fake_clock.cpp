// SPDX-License-Identifier: MIT
#include "arch/clock.hpp"
#include "tests/host/arch/fake_machine.hpp"

namespace torc::arch {
namespace {
constexpr std::uint64_t ns_per_tick = 1'000'000'000 / FakeMachine::ticks_per_second;
}

std::uint64_t now_ticks()
{
    return FakeMachine::current().ticks;
}

std::uint32_t ticks_per_second()
{
    return FakeMachine::ticks_per_second;
}

TickScale tick_scale()
{
    return {.mult = ns_per_tick, .shift = 0};
}

std::uint64_t ticks_to_ns(std::uint64_t ticks)
{
    return ticks * ns_per_tick;
}

std::uint64_t ns_to_ticks(std::uint64_t ns)
{
    return ns / ns_per_tick + (ns % ns_per_tick != 0);
}

void set_deadline(std::uint64_t deadline_ticks)
{
    FakeMachine::current().deadline = deadline_ticks;
}

} // namespace torc::arch
