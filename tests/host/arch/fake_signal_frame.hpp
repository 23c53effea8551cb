// SPDX-License-Identifier: MIT
#pragma once
#include "arch/frame.hpp"
#include "arch/signal_frame.hpp"
#include <vector>

namespace torc {

struct FakeSignalFrame {
    arch::Frame registers; // before the handler
    SignalInfo info;
    SignalSet mask;
    AlternateStack stack;
    std::uint64_t stack_top, trampoline;
};
std::vector<FakeSignalFrame>& fake_signal_frames(); // the innermost is last

} // namespace torc
