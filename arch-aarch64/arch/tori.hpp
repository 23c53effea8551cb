// SPDX-License-Identifier: MIT
// The other cores, as tori: which are there, how one is let go, how one is rung.
#pragma once
#include "kernel/devicetree/processor_traits.hpp"
#include <cstdint>

namespace torc {
struct Introduction;
}

namespace torc::arch {

unsigned core_limit(); // numbers of cores are below it
bool core_is_up(unsigned core); // it came up at boot
std::uint64_t torus_pages(unsigned core); // that it came up with; 0 for the boot core
struct CoreTraits { // as the device tree tells of it
    std::uint32_t capacity{0}; // 1024 is the fastest kind
    dt::ProcessorTraits::Role role{};
    std::uint16_t cluster{0}; // any number; of no cluster: 0
};
CoreTraits core_traits(unsigned core);
// Lets a core that is up and waits become a torus: it goes on in run_other_torus(). Once a core; the
// introduction must stay as it is.
void start_torus(unsigned core, Introduction const& introduction);
// Interrupts the torus: its torus.bell is set.
void ring_bell(unsigned torus);

} // namespace torc::arch
