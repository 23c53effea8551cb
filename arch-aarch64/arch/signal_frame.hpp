// SPDX-License-Identifier: MIT
// Signal frames: the state a handler interrupts, kept on the user's stack in the layout of this
// architecture's Linux ABI. Both functions need the thread to be current with its space in the core.
#pragma once
#include "kernel/result.hpp"
#include "kernel/signals/signal_types.hpp"
#include <cstdint>

namespace torc {
struct Thread;
}

namespace torc::arch {

struct SignalFrameContents {
    SignalInfo const& info;
    SignalAction const& action;
    SignalSet mask; // what sigreturn puts back
    std::uint64_t stack_top; // the frame goes below it
    std::uint64_t stack_limit; // and ends above this, if it may choose
    std::uint64_t trampoline; // where the handler returns to
};
// Pushes a frame and makes thread.frame enter the handler. BadAddress: the stack cannot take it; nothing of
// the thread has changed.
Result<void> push_signal_frame(Thread& thread, SignalFrameContents const& contents);

struct SignalFrameReturn {
    SignalSet mask;
    AlternateStack stack;
};
// rt_sigreturn: takes the frame at the thread's stack pointer back into thread.frame and the NEON state.
// `back` is what else was kept there.
// BadAddress, BadArgument: a frame that is not there, or that no kernel wrote: the thread deserves SIGSEGV.
Result<void> pop_signal_frame(Thread& thread, SignalFrameReturn& back);

} // namespace torc::arch
