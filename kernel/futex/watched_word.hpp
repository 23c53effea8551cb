// SPDX-License-Identifier: MIT
// Before a thread waits for a word that threads on other cores change: most often it changes while the way
// into the queue, or to the home, would still take.
#pragma once
#include "kernel/address.hpp"
#include <cstdint>

namespace torc {

// Whether the word of the running thread's memory is another than expected, now or in some microseconds.
// False also if it cannot be read. Watches only while nobody else wants the core and no news come for this
// torus.
bool changes_soon(Uaddr address, std::uint32_t expected);

} // namespace torc
