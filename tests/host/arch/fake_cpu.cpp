// SPDX-License-Identifier: MIT
#include "arch/cpu.hpp"
#include "arch/tori.hpp"
#include "arch/translation.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/process/thread.hpp"
#include "tests/host/arch/fake_machine.hpp"

extern "C" {
extern char const exception_vectors{}, limb_vectors{}; // of a port
}

namespace torc::arch {

Torus& this_torus()
{
    return *FakeMachine::current().running;
}

bool interrupt_pending()
{
    return FakeMachine::current().interrupt_pending;
}

void wait_for_interrupt()
{
    FakeMachine& machine = FakeMachine::current();
    if (machine.deadline != ~0ull && machine.deadline > machine.ticks)
        machine.ticks = machine.deadline; // idle time passes at once
}

void switch_user(Torus const&, Thread*, Thread& next)
{
    FakeMachine::current().user = &next.space->table();
}

std::uint64_t enter_visit(std::uint64_t, std::uint16_t)
{
    return 0;
}

void leave_visit(std::uint64_t) { }

void leave_user_space()
{
    FakeMachine::current().user = nullptr;
}

unsigned core_limit()
{
    return 1;
}

bool core_is_up(unsigned core)
{
    return core == 0;
}

std::uint64_t torus_pages(unsigned)
{
    return 0;
}

CoreTraits core_traits(unsigned)
{
    return {.capacity = 1024, .role = dt::ProcessorTraits::Role::Any, .cluster = 0};
}

void start_torus(unsigned, Introduction const&) { }

void ring_bell(unsigned torus)
{
    FakeMachine::current().bells.push_back(torus);
}

void save_float(Thread&) { }

bool save_float_to(Thread const&, FloatState&)
{
    return false;
}

void discard_float(Thread&) { }

std::uint64_t thread_pointer(Thread const& thread)
{
    return thread.thread_pointer;
}

void set_thread_pointer(Thread& thread, std::uint64_t value)
{
    thread.thread_pointer = value;
}

std::uint64_t hardware_capabilities()
{
    return 0x887; // fp asimd evtstrm crc32 cpuid: a Cortex-A72
}

std::uint64_t hardware_capabilities2()
{
    return 0;
}

std::uint32_t main_id(unsigned)
{
    return 0x410f'd083; // Cortex-A72 r0p3
}

void count_invalidation()
{
    ++FakeMachine::current().invalidations;
}

} // namespace torc::arch
