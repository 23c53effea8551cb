// SPDX-License-Identifier: MIT
// The end of the running thread's slice, for the paths that cannot do with a call.
#pragma once
#include "kernel/process/process.hpp"
#include "kernel/torus.hpp"
#include <cstdint>

namespace torc {

[[clang::preserve_most]] void arm_slice_at(Torus& torus, std::uint64_t latest);
[[clang::preserve_most]] void arm_processor_time();

// Two threads that talk to each other come here at every message, so nothing is charged and no register is
// written as long as the timer fires within a slice anyway: it then finds out exactly.
[[gnu::always_inline]] inline void arm_slice(Torus& torus, Process const& running, std::uint64_t charged_at)
{
    if (running.processor_check_ticks != never) [[unlikely]]
        return arm_processor_time();
    std::uint64_t const latest = charged_at + torus.run_queue.slice_ticks();
    if (torus.armed_deadline > latest) [[unlikely]]
        arm_slice_at(torus, latest);
}

} // namespace torc
