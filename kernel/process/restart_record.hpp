// SPDX-License-Identifier: MIT
// All that a call in progress keeps besides registers and user memory: at most 64 bytes (law 3). A handler
// that finds `kind` equal to its own tag goes on; otherwise it begins. Cleared when the call completes.
#pragma once
#include <cstdint>

namespace torc {

enum class CallKind : std::uint8_t {
    None,
    Read,
    Write,
    Sleep,
    Poll,
    Suspend,
    Fork,
    Exec,
    Exit,
    Unmap,
    Place,
    Protect,
    Copy,
    Truncate,
    Futex,
    FutexLock,
    Wait,
    Directory,
    WriteTurn,
    OpenFifo,
    Reap,
    SendFile,
    RecordLock,
    // No handler's: these four the run loop knows.
    Far, // kernel/tori/far_call.hpp
    Closing, // waits until owners have heard of it (kernel/tori/far_closing.hpp)
    Move, // kernel/tori/moving.hpp: no call of the program's
    Arrive, // likewise
    Epoll,
    SendBetween, // kernel/files/send_between.hpp
    Asks, // nothing but that procfs has asked others (kernel/proc/proc_asks.hpp)
    Other
};

constexpr bool has_no_handler(CallKind kind)
{
    return kind >= CallKind::Far && kind <= CallKind::Arrive;
}

struct RestartRecord {
    CallKind kind{CallKind::None};
    std::uint8_t step{0}; // which phase of a long call
    bool mask_saved{false}; // saved_mask is put back when the call ends (ppoll, sigsuspend)
    bool timed{false}; // deadline is valid
    std::uint32_t small{0}; // the call's own
    std::uint64_t deadline_ticks{0}; // absolute, computed at first entry
    std::uint64_t done{0}; // bytes moved so far
    std::uint64_t saved_mask{0};
    std::uint64_t object{0}; // resolved handle, or the address of a record the call owns
    std::uint64_t cursor{0}; // where a walk goes on
    std::uint64_t extra[2]{};
    void clear() { *this = RestartRecord{}; }
};
static_assert(sizeof(RestartRecord) == 64);

} // namespace torc
