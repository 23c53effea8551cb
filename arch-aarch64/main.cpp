// SPDX-License-Identifier: MIT
// Boot, as one list. boot.S has turned the MMU on; one core runs, on the boot stack, everything masked.
#include <cstdint>

#include "arch-aarch64/boot_entropy.hpp"
#include "arch-aarch64/boot_memory.hpp"
#include "arch-aarch64/boot_steps.hpp"
#include "arch-aarch64/console/console.hpp"
#include "arch-aarch64/cores/core_start.hpp"
#include "arch-aarch64/errata.hpp"
#include "arch-aarch64/image.hpp"
#include "arch-aarch64/interrupts/interrupts.hpp"
#include "arch-aarch64/power/power.hpp"
#include "arch-aarch64/sysreg.hpp"
#include "arch-aarch64/timer/generic_timer.hpp"
#include "kernel/log.hpp"
#include "kernel/panic.hpp"
#include "kernel/start.hpp"

namespace torc::arch {

constinit Paddr image_physical{};

extern "C" [[noreturn]] void boot_main(std::uint64_t tree, std::uint64_t image, std::uint64_t entry_level)
{
    image_physical = Paddr{image};
    if (!clock_init()) // first: log lines are stamped
        log("The firmware has not set the counter's frequency.");
    read_device_tree(Paddr{tree});
    power_init(boot_tree()); // before the console: without one, it may still be a way to exit
    find_console();
    greet(static_cast<unsigned>(entry_level));
    refuse_misplaced_image();
    find_errata(static_cast<std::uint32_t>(sysreg::MIDR_EL1::read()));
    map_memory(); // everything after this may allocate
    (void)gather_boot_entropy(boot_tree());
    number_cores(); // interrupts are routed by number
    start_interrupts();
    start_clock(); // needs its interrupt claimed
    listen_to_console();
    start_other_cores(); // waits for them by the clock
    panic_if_asked();
    become_torus(); // goes on in start_torus(), on the torus's own stack
}

void start_torus()
{
    construct_torus();
    run_torus(boot_info()); // the portable kernel: from here on it is in charge
}

} // namespace torc::arch
