// SPDX-License-Identifier: MIT
// Where a lent thread's state lies between its home and its limb: a frame of the home's that all cores map.
// Written by who has the thread; that passes with the events Run and Back, which order the accesses.
#pragma once
#include "arch/frame.hpp"
#include "kernel/address.hpp"
#include "kernel/memory/space.hpp"
#include "kernel/tori/outbox.hpp"
#include "substrate/handle.hpp"
#include "substrate/sched_entity.hpp"
#include <atomic>
#include <cstdint>

namespace torc {

// What a thread did at EL0 that its home has to settle, in portable words.
struct Trap {
    enum class Kind : std::uint8_t { Page, Signal } kind{Kind::Page};
    Access access{Access::Read}; // Page
    std::uint8_t signal{0}; // Signal
    int code{0};
    std::uint64_t address{0}, syndrome{0};
};

enum class BackReason : std::uint8_t {
    Call, // a system call: its registers say which
    Trapped, // `trap` says what
    Recalled,
    Preempted, // taken off the core where a restartable sequence may be: the home looks
    Crowded, // others wait for this core
    Refused, // no memory for a limb: nothing has run
};

struct LimbRoom {
    arch::Frame frame;
    arch::FloatState float_state; // written by the home when it has changed it, by the limb with each Back
    std::uint64_t thread_pointer{0};
    bool float_used{false};
    bool float_changed{false}; // by the home: what the limb has is not true any more
    // ---- from the home
    std::uint32_t sequence{0}; // of the Run
    Handle thread, space; // at home
    std::uint64_t root{0}; // of the space's tables
    std::uint64_t sequence_area{0}; // rseq(2)
    std::uint64_t futex_space{0}; // in the keys of its private futexes
    std::int32_t pid{0}, tid{0};
    SchedParameters parameters;
    std::uint64_t affinity{~0ull};
    bool movable{false}; // nobody has asked for it to be there: it may wish to be elsewhere
    char name[16]{};
    // ---- from the limb
    OutItem back{.hook = {}, .kind = OutKind::Back};
    BackReason reason{BackReason::Recalled};
    Trap trap;
    unsigned wish{0}; // Crowded: a torus where there is more room
    std::uint64_t used_ticks{0};
    std::uint64_t sleeps_until{0}; // Call: that has waited for this moment, in ticks
    std::atomic<std::uint64_t> asleep_until{0}; // read by the home at any time
};
static_assert(sizeof(LimbRoom) <= page_size);

// Two words at a time: it is neither worth a call of memcpy nor may it become one.
template <typename T>
[[gnu::always_inline]] inline void copy_state(T& __restrict to, T const& __restrict from)
{
    static_assert(sizeof(T) % 16 == 0);
    auto* __restrict const t = reinterpret_cast<std::uint64_t*>(&to); // SAFETY: plain words
    auto const* __restrict const f = reinterpret_cast<std::uint64_t const*>(&from); // SAFETY: likewise
#pragma clang loop unroll(full)
    for (std::size_t i = 0; i < sizeof(T) / 8; i += 2) {
        std::uint64_t const a = f[i], b = f[i + 1];
        t[i] = a;
        t[i + 1] = b;
    }
}

} // namespace torc
