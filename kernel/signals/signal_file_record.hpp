// SPDX-License-Identifier: MIT
// What a read of a signalfd gives: struct signalfd_siginfo (linux/signalfd.h). Pure.
#pragma once
#include "kernel/signals/signal_types.hpp"
#include "kernel/signals/signals.hpp"
#include <bit>
#include <cstdint>

namespace torc {

struct SignalFileRecord {
    std::uint32_t signo;
    std::int32_t error, code;
    std::uint32_t pid, uid;
    std::int32_t fd;
    std::uint32_t timer, band, overrun, trap;
    std::int32_t status, value;
    std::uint64_t pointer, user_time, system_time, address;
    std::uint16_t address_low_bit, pad2;
    std::int32_t call;
    std::uint64_t call_address;
    std::uint32_t architecture;
    std::uint8_t pad[28];
};
static_assert(sizeof(SignalFileRecord) == 128);

// Which members of a siginfo count, told by signal and code alone, as on Linux: also of one that a program
// made up (rt_sigqueueinfo).
enum class SignalLayout : std::uint8_t { Sender, Timer, Poll, Fault, Child, Value, Call };

constexpr SignalLayout layout_of(int signal, int code)
{
    struct Codes {
        unsigned signal;
        int most;
        SignalLayout layout;
    };
    constexpr Codes known[] = {
        {sig::ill, 11, SignalLayout::Fault},
        {sig::fpe, 15, SignalLayout::Fault},
        {sig::segv, 9, SignalLayout::Fault},
        {sig::bus, 5, SignalLayout::Fault},
        {sig::trap, 6, SignalLayout::Fault},
        {sig::chld, 6, SignalLayout::Child},
        {sig::io, 6, SignalLayout::Poll},
        {sig::sys, 2, SignalLayout::Call},
    };
    constexpr int sigio = -5, most_poll_codes = 6;
    if (code == signal_code::timer)
        return SignalLayout::Timer;
    if (code == sigio)
        return SignalLayout::Poll;
    if (code < 0)
        return SignalLayout::Value;
    if (code == signal_code::user || code >= signal_code::kernel)
        return SignalLayout::Sender;
    for (Codes const& codes : known)
        if (codes.signal == static_cast<unsigned>(signal) && code <= codes.most)
            return codes.layout;
    return code <= most_poll_codes ? SignalLayout::Poll : SignalLayout::Sender;
}

inline SignalFileRecord record_of(SignalInfo const& info)
{
    auto const low = [](std::uint64_t word) { return static_cast<std::uint32_t>(word); };
    auto const high = [](std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); };
    std::uint64_t const first = info.words[0], second = info.words[1];
    SignalFileRecord record{};
    record.signo = static_cast<std::uint32_t>(info.signo);
    record.error = info.error;
    record.code = info.code;
    SignalLayout const layout = layout_of(info.signo, info.code);
    if (layout == SignalLayout::Sender || layout == SignalLayout::Child || layout == SignalLayout::Value) {
        record.pid = low(first);
        record.uid = high(first);
    }
    switch (layout) {
    case SignalLayout::Sender:
        break;
    case SignalLayout::Timer:
        record.timer = low(first);
        record.overrun = high(first);
        [[fallthrough]];
    case SignalLayout::Value:
        record.pointer = second;
        record.value = static_cast<std::int32_t>(low(second));
        break;
    case SignalLayout::Poll:
        record.band = low(first);
        record.fd = static_cast<std::int32_t>(low(second));
        break;
    case SignalLayout::Fault:
        record.address = first;
        if (info.signo == static_cast<int>(sig::bus) && (info.code == 4 || info.code == 5)) // BUS_MCEERR_
            record.address_low_bit = static_cast<std::uint16_t>(second);
        break;
    case SignalLayout::Child:
        record.status = static_cast<std::int32_t>(low(second));
        record.user_time = info.words[2];
        record.system_time = info.words[3];
        break;
    case SignalLayout::Call:
        record.call_address = first;
        record.call = static_cast<std::int32_t>(low(second));
        record.architecture = high(second);
        break;
    }
    return record;
}

} // namespace torc
