// SPDX-License-Identifier: MIT
// The data of signals: sets, actions, queued information. Behaviour is in the other files of this folder.
#pragma once
#include "substrate/intrusive_list.hpp"
#include <cstddef>
#include <cstdint>

namespace torc {

inline constexpr unsigned signal_count = 64;
using SignalSet = std::uint64_t; // bit n-1 is signal n
constexpr SignalSet signal_bit(unsigned signal)
{
    return 1ull << ((signal - 1) & 63); // the mask says what callers have checked
}

namespace sig { // Linux arm64 numbers (Linux signal.h)
inline constexpr unsigned hup = 1, int_ = 2, quit = 3, ill = 4, trap = 5, abrt = 6, bus = 7, fpe = 8,
                          kill = 9, usr1 = 10, segv = 11, usr2 = 12, pipe = 13, alrm = 14, term = 15,
                          stkflt = 16, chld = 17, cont = 18, stop = 19, tstp = 20, ttin = 21, ttou = 22,
                          urg = 23, xcpu = 24, xfsz = 25, vtalrm = 26, prof = 27, winch = 28, io = 29,
                          pwr = 30, sys = 31, rtmin = 32;
}

// The part of siginfo_t (Linux siginfo.h) that is ever used; for programs, zeros follow up to 128 bytes.
struct SignalInfo {
    std::int32_t signo{0}, error{0}, code{0}, pad{0};
    union {
        struct {
            std::int32_t pid;
            std::uint32_t uid;
            std::uint64_t value;
        } kill; // kill, sigqueue, timers
        struct {
            std::int32_t pid;
            std::uint32_t uid;
            std::int32_t status;
            std::int32_t pad;
            std::int64_t utime, stime;
        } child;
        struct {
            std::uint64_t address;
            std::uint16_t lsb;
        } fault;
        std::uint64_t words[4];
    };
    SignalInfo()
        : words{}
    {
    }
};
static_assert(sizeof(SignalInfo) == 48);
inline constexpr std::size_t user_signal_info_size = 128; // sizeof(siginfo_t)

struct QueuedSignal { // pool record; the queue keeps order, the set says which
    ListHook link;
    SignalInfo info;
};

struct PendingSignals {
    SignalSet set{0};
    // What is known of one standard signal, without a record: mostly there is only one.
    unsigned first_signal{0}; // 0: none
    SignalInfo first;
    List<QueuedSignal, &QueuedSignal::link> queue;
};

struct SignalAction { // as sigaction(2) of arm64: handler, flags, restorer, mask
    std::uint64_t handler{0}, flags{0}, restorer{0};
    SignalSet mask{0};
};

struct AlternateStack {
    std::uint64_t base{0}, size{0};
    std::uint32_t flags{2}; // SS_DISABLE
};

} // namespace torc
