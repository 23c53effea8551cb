// SPDX-License-Identifier: MIT
// What a core that runs has: a log, and interrupts, of which the fake machine's come by calling their
// handlers.
#include "kernel/log.hpp"

namespace torc {

LogRing& torus_log()
{
    static LogRing ring;
    return ring;
}

namespace arch {
void take_interrupts() { }
}

} // namespace torc
