// SPDX-License-Identifier: MIT
// What a core that runs has: a log, and interrupts, of which the fake machine's come by calling their
// handlers.
#include "kernel/log.hpp"

namespace torc {

TorusLog& this_log()
{
    static LogRing ring;
    static TorusLog log{ring};
    return log;
}

namespace arch {
void take_interrupts() { }
}

} // namespace torc
