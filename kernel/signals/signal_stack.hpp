// SPDX-License-Identifier: MIT
// The alternate signal stack (sigaltstack(2)): pure rules over the thread's record of it.
#pragma once
#include "kernel/process/thread.hpp"
#include "kernel/result.hpp"
#include "kernel/signals/signal_types.hpp"

namespace torc {

inline constexpr std::uint32_t stack_on = 1, stack_disabled = 2, stack_auto_disarm = 1u << 31;
inline constexpr std::uint64_t minimum_stack = 5120; // MINSIGSTKSZ of arm64

constexpr bool is_on_stack(AlternateStack const& stack, std::uint64_t sp)
{
    // One that disarms itself is never "on": a handler has taken it out of use.
    if (stack.flags & stack_auto_disarm)
        return false;
    return sp > stack.base && sp - stack.base <= stack.size;
}

// What sigaltstack reports in ss_flags.
constexpr std::uint32_t stack_state(AlternateStack const& stack, std::uint64_t sp)
{
    if (stack.size == 0)
        return stack_disabled;
    return is_on_stack(stack, sp) ? stack_on : 0;
}

inline bool stack_can_be_entered(Thread const& thread)
{
    return stack_state(thread.alternate_stack, thread.frame.sp) == 0;
}

// NotPermitted: it is in use. BadArgument: unknown flags. NoMemory: too small.
constexpr Result<AlternateStack> new_stack(
    AlternateStack const& old, AlternateStack const& wanted, std::uint64_t sp)
{
    if (is_on_stack(old, sp))
        return unexpected{Status::NotPermitted};
    std::uint32_t const mode = wanted.flags & ~stack_auto_disarm;
    if (mode != stack_disabled && mode != stack_on && mode != 0)
        return unexpected{Status::BadArgument};
    if (mode == stack_disabled)
        return AlternateStack{0, 0, wanted.flags};
    if (wanted.size < minimum_stack)
        return unexpected{Status::NoMemory};
    return wanted;
}

} // namespace torc
