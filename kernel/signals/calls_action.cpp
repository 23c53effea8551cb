// SPDX-License-Identifier: MIT
// Calls that say what signals do: actions, masks, the alternate stack, what is pending, the return from a
// handler.
#include "arch/signal_frame.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/process.hpp"
#include "kernel/signals/default_action.hpp"
#include "kernel/signals/pending.hpp"
#include "kernel/signals/signal_stack.hpp"
#include "kernel/signals/signals.hpp"
#include "kernel/tori/lending.hpp"

namespace torc {
namespace {

constexpr std::uint64_t set_size = 8; // sizeof(sigset_t) of the kernel ABI

struct UserAction { // struct sigaction of arm64
    std::uint64_t handler, flags, restorer;
    SignalSet mask;
};

struct UserStack { // stack_t
    std::uint64_t base;
    std::uint32_t flags, pad;
    std::uint64_t size;
};

void set_action(Process& process, unsigned signal, UserAction const& wanted)
{
    SignalAction& action = process.actions[signal - 1];
    action = {wanted.handler, wanted.flags & action_flag::known, wanted.restorer,
        wanted.mask & ~unblockable_signals};
    if (!is_ignored(action, signal))
        return;
    // POSIX: what is ignored from now on is not delivered even if it was sent before.
    pending_drop(process.pending, process, signal_bit(signal));
    for (Thread& thread : process.threads) {
        pending_drop(thread.pending, process, signal_bit(signal));
        recompute_attention(thread);
    }
}

} // namespace

namespace linux_abi {

Outcome call_rt_sigaction(Thread& thread, Arguments const& arguments)
{
    Process& process = *thread.process;
    auto const signal = static_cast<unsigned>(arguments.as_int(0));
    if (arguments[3] != set_size)
        return Status::BadArgument;
    UserAction wanted{};
    if (arguments[1] != 0)
        if (auto const got = copy_in(&wanted, Uaddr{arguments[1]}, sizeof wanted); !got)
            return got;
    if (!is_valid_signal(signal) || (arguments[1] != 0 && in_set(unblockable_signals, signal)))
        return Status::BadArgument;
    SignalAction const& old = process.actions[signal - 1];
    UserAction const previous{old.handler, old.flags, old.restorer, old.mask};
    if (arguments[1] != 0)
        set_action(process, signal, wanted);
    if (arguments[2] != 0)
        return copy_out(Uaddr{arguments[2]}, previous);
    return 0;
}

Outcome call_rt_sigprocmask(Thread& thread, Arguments const& arguments)
{
    enum How : int { block, unblock, set };
    if (arguments[3] != set_size)
        return Status::BadArgument;
    SignalSet const old = thread.blocked;
    if (arguments[1] != 0) {
        auto const given = copy_in<SignalSet>(Uaddr{arguments[1]});
        if (!given)
            return given.error();
        int const how = arguments.as_int(0);
        if (how < block || how > set)
            return Status::BadArgument;
        set_signal_mask(thread, how == block ? old | *given : how == unblock ? old & ~*given : *given);
    }
    if (arguments[2] != 0)
        return copy_out(Uaddr{arguments[2]}, old);
    return 0;
}

Outcome call_rt_sigpending(Thread& thread, Arguments const& arguments)
{
    if (arguments[1] > set_size)
        return Status::BadArgument;
    SignalSet const pending = (thread.pending.set | thread.process->pending.set) & thread.blocked;
    return copy_out(Uaddr{arguments[0]}, &pending, arguments[1]);
}

Outcome call_sigaltstack(Thread& thread, Arguments const& arguments)
{
    std::uint64_t const sp = thread.frame.sp;
    AlternateStack const old = thread.alternate_stack;
    if (arguments[0] != 0) {
        auto const given = copy_in<UserStack>(Uaddr{arguments[0]});
        if (!given)
            return given.error();
        auto const wanted = new_stack(old, {given->base, given->size, given->flags}, sp);
        if (!wanted)
            return wanted.error();
        thread.alternate_stack = *wanted;
    }
    if (arguments[1] == 0)
        return 0;
    std::uint32_t const flags = stack_state(old, sp) | (old.flags & stack_auto_disarm);
    return copy_out(Uaddr{arguments[1]}, UserStack{old.base, flags, 0, old.size});
}

Outcome call_rt_sigreturn(Thread& thread, Arguments const&)
{
    std::uint64_t const frame = thread.frame.sp;
    arch::SignalFrameReturn back;
    if (thread.leaving & leaves_to_limb) [[unlikely]]
        fetch_float(thread);
    if (!arch::pop_signal_frame(thread, back)) [[unlikely]] {
        force_fault(thread, sig::segv, signal_code::segv_no_mapping, frame, 0);
        return Outcome::no_return();
    }
    set_signal_mask(thread, back.mask);
    // Errors do not matter here, as on Linux: the handler may have left the stack in use.
    AlternateStack const& now = thread.alternate_stack;
    bool const same
        = now.base == back.stack.base && now.size == back.stack.size && now.flags == back.stack.flags;
    if (same) [[likely]]
        return Outcome::no_return();
    if (auto const stack = new_stack(thread.alternate_stack, back.stack, thread.frame.sp))
        thread.alternate_stack = *stack;
    return Outcome::no_return();
}

} // namespace linux_abi
} // namespace torc
