// SPDX-License-Identifier: MIT
// What each signal does to a process that neither catches nor ignores it (signal(7)).
#pragma once
#include "kernel/signals/signal_types.hpp"

namespace torc {

inline constexpr std::uint64_t handler_default = 0, handler_ignore = 1;

namespace action_flag { // sigaction(2), Linux signal-defs.h
inline constexpr std::uint64_t no_child_stop = 1, no_child_wait = 2, siginfo = 4, unsupported = 0x400,
                               expose_tag_bits = 0x800, restorer = 0x0400'0000, on_stack = 0x0800'0000,
                               restart = 0x1000'0000, no_defer = 0x4000'0000, reset_hand = 0x8000'0000;
// What rt_sigaction keeps; others are dropped, so that a program can find out what is supported.
inline constexpr std::uint64_t known = no_child_stop | no_child_wait | siginfo | expose_tag_bits | restorer
    | on_stack | restart | no_defer | reset_hand;
}

inline constexpr SignalSet unblockable_signals = signal_bit(sig::kill) | signal_bit(sig::stop);
inline constexpr SignalSet stop_signals
    = signal_bit(sig::stop) | signal_bit(sig::tstp) | signal_bit(sig::ttin) | signal_bit(sig::ttou);
inline constexpr SignalSet default_ignored_signals
    = signal_bit(sig::cont) | signal_bit(sig::chld) | signal_bit(sig::winch) | signal_bit(sig::urg);
inline constexpr SignalSet core_signals = signal_bit(sig::quit) | signal_bit(sig::ill) | signal_bit(sig::trap)
    | signal_bit(sig::abrt) | signal_bit(sig::fpe) | signal_bit(sig::segv) | signal_bit(sig::bus)
    | signal_bit(sig::sys) | signal_bit(sig::xcpu) | signal_bit(sig::xfsz);
// Caused by the instruction the thread is at: delivered before all others, or the context would be lost.
inline constexpr SignalSet synchronous_signals = signal_bit(sig::segv) | signal_bit(sig::bus)
    | signal_bit(sig::ill) | signal_bit(sig::trap) | signal_bit(sig::fpe) | signal_bit(sig::sys);

constexpr bool in_set(SignalSet set, unsigned signal)
{
    return set >> ((signal - 1) & 63) & 1;
}
constexpr bool is_valid_signal(std::uint64_t signal)
{
    return signal >= 1 && signal <= signal_count;
}

enum class DefaultAction : std::uint8_t { Terminate, Core, Ignore, Stop };

constexpr DefaultAction default_action(unsigned signal)
{
    if (in_set(default_ignored_signals, signal))
        return DefaultAction::Ignore;
    if (in_set(stop_signals, signal))
        return DefaultAction::Stop;
    return in_set(core_signals, signal) ? DefaultAction::Core : DefaultAction::Terminate;
}
static_assert(
    default_action(sig::chld) == DefaultAction::Ignore && default_action(sig::cont) == DefaultAction::Ignore);
static_assert(
    default_action(sig::tstp) == DefaultAction::Stop && default_action(sig::segv) == DefaultAction::Core);
static_assert(
    default_action(sig::rtmin) == DefaultAction::Terminate && default_action(64) == DefaultAction::Terminate);

// SIG_IGN, or SIG_DFL of a signal that is ignored by default.
constexpr bool is_ignored(SignalAction const& action, unsigned signal)
{
    return action.handler == handler_ignore
        || (action.handler == handler_default && default_action(signal) == DefaultAction::Ignore);
}

// The next signal to take out of a set: faults first, then the lowest number.
constexpr unsigned next_signal(SignalSet set)
{
    if (set == 0)
        return 0;
    SignalSet const urgent = set & synchronous_signals;
    return static_cast<unsigned>(__builtin_ctzll(urgent ? urgent : set)) + 1;
}
static_assert(next_signal(signal_bit(sig::hup) | signal_bit(sig::segv)) == sig::segv);

} // namespace torc
