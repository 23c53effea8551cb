// SPDX-License-Identifier: MIT
#include "arch-aarch64/boot_steps.hpp"

#include <array>

#include "arch-aarch64/boot_memory.hpp"
#include "arch-aarch64/console/console.hpp"
#include "arch-aarch64/cores/core_list.hpp"
#include "arch-aarch64/deliberate_faults.hpp"
#include "arch-aarch64/early_torus.hpp"
#include "arch-aarch64/errata.hpp"
#include "arch-aarch64/image.hpp"
#include "arch-aarch64/interrupts/interrupts.hpp"
#include "arch-aarch64/kernel_map.hpp"
#include "arch-aarch64/timer/generic_timer.hpp"
#include "arch/clock.hpp"
#include "arch/machine.hpp"
#include "kernel/devicetree/chosen.hpp"
#include "kernel/log.hpp"
#include "kernel/panic.hpp"

namespace torc::arch {
namespace {

constexpr int no_console_status = 3; // what a caller of the emulator sees; docs/boot.md
constexpr int cannot_boot_status = 2;

constinit dt::Tree tree{}; // constant after read_device_tree()
constinit dt::MemoryMap memory_map{}; // owner: boot

constexpr bool overlap(dt::Region a, dt::Region b)
{
    return a.base.raw() < b.base.raw() + b.size && b.base.raw() < a.base.raw() + a.size;
}

} // namespace

dt::Tree const& boot_tree()
{
    return tree;
}

dt::MemoryMap& boot_memory_map()
{
    return memory_map;
}

void give_up(std::string_view why)
{
    log("Torc cannot boot: {}.", why);
    exit_machine(console_present() ? cannot_boot_status : no_console_status);
}

void read_device_tree(Paddr blob)
{
    auto const bytes = map_device_tree(blob);
    if (!bytes)
        give_up("the boot loader passed no device tree");
    if (!tree.unflatten(*bytes))
        give_up(tree.problem());
}

void find_console()
{
    auto const console = dt::console(tree);
    if (!console)
        give_up("the device tree names no console");
    if (!console_init(console->node))
        give_up("no driver for the console");
    set_log_console(console_write_lines);
}

void greet(unsigned entry_level)
{
    auto const model = tree.root().string("model");
    log("Torc on {}, entered at EL{}, image at {}.", model.value_or("a machine without a name"), entry_level,
        image_physical);
}

void refuse_misplaced_image()
{
    if (!image_physical.aligned(block_size))
        give_up("the boot loader put the image at an address that is not a multiple of 2 MiB");
}

void map_memory()
{
    dt::Region const image{image_physical, image_bytes()};
    dt::Region const blob{Paddr{address_of(tree.blob().data()) - tree_base}, tree.blob().size()};
    std::array<dt::Region, 3> const in_use{image, blob, dt::initial_ramdisk(tree).value_or(dt::Region{})};
    if (!dt::read_memory(tree, in_use, memory_map))
        give_up(memory_map.problem);
    if (!memory_map.ram.contains(image))
        log("The image at {} lies outside what the device tree calls memory.", image.base);
    for (dt::Reservation const& reservation : memory_map.listed())
        if (reservation.kind != dt::Reservation::Kind::Dynamic && overlap(reservation.region, image))
            give_up("the boot loader put the image into reserved memory");
    if (!start_boot_memory(memory_map.free))
        give_up("the device tree leaves no 2 MiB of memory free");
    dt::FreeRanges mapped = memory_map.mappable;
    mapped.remove(image);
    if (!map_all_memory(mapped))
        give_up("the memory is more than page tables can be made for");
    log("{} MiB of memory, {} MiB free.", memory_map.ram.total() >> 20, memory_map.free.total() >> 20);
}

void number_cores()
{
    if (!core_list_init(tree))
        log("The device tree lists no usable core: going on with the one that runs.");
}

void start_interrupts()
{
    if (!interrupts_init(tree))
        give_up("no driver for the interrupt controller, or it does not answer as one");
}

void start_clock()
{
    if (!timer_init(tree))
        give_up("no usable timer in the device tree");
    log("Interrupts by {}, clock at {} kHz.", interrupt_controller_name(), ticks_per_second() / 1000);
}

void listen_to_console()
{
    if (!console_listen())
        log("The console has no usable interrupt: there will be no input.");
}

void panic_if_asked()
{
    auto const kind = dt::command_line(tree).find("torc.panic");
    if (!kind)
        return;
    commit_fault(*kind);
    panic("asked to, by torc.panic on the command line");
}

} // namespace torc::arch
