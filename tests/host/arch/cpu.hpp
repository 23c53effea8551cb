// SPDX-License-Identifier: MIT
// The fake machine's arch/cpu.hpp.
#pragma once
#include "arch/frame.hpp"
#include <cstdint>

namespace torc {
struct Torus;
struct Thread;
}

namespace torc::arch {

Torus& this_torus();
bool interrupt_pending();
void wait_for_interrupt();
inline void wait_for_store(std::uint64_t const*, std::uint64_t) { }
void take_interrupts();
void switch_user(Torus const& torus, Thread* previous, Thread& next);
std::uint64_t enter_visit(std::uint64_t root, std::uint16_t asid);
void leave_visit(std::uint64_t before);
void leave_user_space();
void save_float(Thread& thread);
bool save_float_to(Thread const& thread, FloatState& place);
void discard_float(Thread& thread);
std::uint64_t thread_pointer(Thread const& thread);
void set_thread_pointer(Thread& thread, std::uint64_t value);
std::uint64_t hardware_capabilities();
std::uint64_t hardware_capabilities2();
std::uint32_t main_id(unsigned core);
[[noreturn]] void enter_user(Frame* frame);

} // namespace torc::arch
