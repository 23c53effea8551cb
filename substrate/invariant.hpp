// SPDX-License-Identifier: MIT
// What must hold inside the substrate whatever its callers do. A broken invariant is our own fault, never
// input: the trap (BRK on AArch64, SIGILL on the host) ends in the kernel's panic with a backtrace.
#pragma once

namespace torc {

constexpr void invariant(bool holds)
{
    if (!holds) [[unlikely]]
        __builtin_trap();
}

} // namespace torc
