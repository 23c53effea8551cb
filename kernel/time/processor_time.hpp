// SPDX-License-Identifier: MIT
// Who used the core: the account that every switch writes.
#pragma once
#include "arch/clock.hpp"
#include "kernel/process/process.hpp"
#include "kernel/torus.hpp"
#include <cstdint>

namespace torc {

// A timer or limit of its process may be due by the processor time it has used.
[[clang::preserve_most]] void check_processor_time(Process& process);

// What the core has done since the last charge was nothing.
inline void charge_idle(Torus& torus)
{
    std::uint64_t const now = arch::now_ticks();
    torus.idle_ticks += now - torus.charged_at;
    torus.charged_at = now;
}

// What the core has done since the last charge was done by `thread`, the one that runs. How long that was;
// the run queue has still to be told. This one for a thread whose time counts as its program's.
[[gnu::always_inline]] inline std::uint64_t account_user_time(Torus& torus, Thread& thread, std::uint64_t now)
{
    std::uint64_t const ran = now - torus.charged_at;
    torus.charged_at = now;
    Process& process = *thread.process;
    ResourceUse& use = process.use;
    std::uint64_t const user = use.user_ticks + ran;
    use.user_ticks = user;
    thread.user_ticks += ran;
    if (process.nice > 0) [[unlikely]]
        torus.nice_ticks += ran;
    if (user + use.kernel_ticks >= process.processor_check_ticks) [[unlikely]]
        check_processor_time(process);
    return ran;
}

} // namespace torc
