// SPDX-License-Identifier: MIT
// A torus's rounds (docs/scheduling.md): about every millisecond while it has something to run it looks at
// its neighbours, plays a round of the braid's rules and publishes its projection. When there has been
// nothing to do for a while the last round says that it rests, and then there is none until a thread comes
// along or a bell rings.
#pragma once
#include "substrate/timer_queue.hpp"
#include <atomic>
#include <cstdint>

namespace torc {
struct BraidRecord;
struct Projection;
struct Torus;
enum class TorusPolicy : std::uint8_t; // substrate/projection.hpp

// What takes turns, so that every round stays short.
struct RoundTurn {
    unsigned number; // of the round
    bool looks_after_memory() const { return number % 8 == 6; }
    // All that the neighbours say and want to know, and by halves the counters, which only people read.
    bool looks_elsewhere() const { return number % 8 == 7; }
    bool tells_first_half() const { return number % 16 == 7; }
    // Who runs and computes is sent where there is room, or looked at again.
    bool sends() const { return sends_near() || number % 8 == 2; }
    bool sends_near() const { return number % 4 == 0; }
    bool looks_again() const { return number % 8 == 6; }
    // Where cores have roles: which instructions it uses.
    bool samples() const { return number % 2 == 0; }
    // The rules look at all that the neighbours say, whatever else is to be looked at. Without that they do
    // in every odd round (substrate/braid.hpp).
    bool looks_around() const { return number % 8 == 3; }
    bool looks_at_sleeper() const { return number % 8 == 5; }
};

struct Rounds {
    static constexpr std::uint64_t per_second = 1000;
    Timer timer;
    std::uint64_t epoch{0}; // of the last projection
    BraidRecord* braid{nullptr}; // nullptr: it takes no programs, or there was no memory
    std::atomic<std::uint32_t>* present_load{nullptr}; // PublicPage's; nullptr: nobody asks
    bool asleep{false}; // there is no next round yet; never true where nobody listens
    bool quiet{false}; // isolated: no rounds, and nothing that is periodic
    TorusPolicy policy{}; // open
    std::uint8_t next_link{0}; // whose events are added next to these
    std::uint64_t events_in{0}, events_out{0};

    RoundTurn turn() const { return {static_cast<unsigned>(epoch)}; }
};

// The first round: from now on there are others who listen.
void start_rounds(Torus& torus);
void play_round(Torus& torus); // the timer's
void wake_rounds(Torus& torus); // when they are asleep and a thread is to run, or somebody rings

// What the torus is to be from now on (docs/torctl.md); whoever asks has made sure that it may be that.
void change_policy(Torus& torus, TorusPolicy policy);
// A quiet torus goes to sleep: publishes, once a second at most.
void publish_at_rest(Torus& torus);

// What is to run changes from something to nothing, or back.
inline void show_load(Rounds const& rounds, std::uint64_t load)
{
    if (rounds.present_load != nullptr)
        rounds.present_load->store(static_cast<std::uint32_t>(load), std::memory_order_relaxed);
}

// What the torus would say of itself now; not sealed.
void describe(Torus const& torus, Projection& projection);

} // namespace torc
