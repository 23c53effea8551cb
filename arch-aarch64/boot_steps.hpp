// SPDX-License-Identifier: MIT
// The steps of boot that are more than a call (main.cpp has their order). Each either succeeds or ends the
// boot with a sentence on the console; none returns an error.
#pragma once
#include "kernel/devicetree/memory.hpp"
#include "kernel/devicetree/tree.hpp"
#include "kernel/start.hpp"

namespace torc::arch {

dt::Tree const& boot_tree();
dt::MemoryMap& boot_memory_map();

void read_device_tree(Paddr blob);
void find_console();
void greet(unsigned entry_level);
void refuse_misplaced_image();
void map_memory();
void number_cores();
void start_interrupts();
void start_clock();
void listen_to_console(); // goes on without input where the port's interrupt is unknown
[[noreturn]] void become_torus();
void construct_torus();
void panic_if_asked(); // torc.panic on the command line: what a panic looks like

BootInfo boot_info(); // what the portable kernel needs to know

[[noreturn]] void start_torus(); // the second half of main.cpp's list

// Ends the boot: nothing is wrong with the kernel, but it cannot go on here.
[[noreturn]] void give_up(std::string_view why);

} // namespace torc::arch
