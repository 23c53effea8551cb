// SPDX-License-Identifier: MIT
// What only tests that really run threads need; those that do define their own.
#include "kernel/log.hpp"

namespace torc {

[[gnu::weak]] LogRing& torus_log()
{
    static LogRing ring;
    return ring;
}

namespace arch {
[[gnu::weak]] void take_interrupts() { }
}

} // namespace torc
