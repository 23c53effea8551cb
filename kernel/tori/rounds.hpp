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

struct Rounds {
    static constexpr std::uint64_t per_second = 1000;
    Timer timer;
    std::uint64_t epoch{0}; // of the last projection
    BraidRecord* braid{nullptr}; // nullptr: it takes no programs, or there was no memory
    std::atomic<std::uint32_t>* present_load{nullptr}; // PublicPage's; nullptr: nobody asks
    bool asleep{false}; // there is no next round yet; never true where nobody listens
    bool quiet{false}; // isolated: no rounds, and nothing that is periodic
    TorusPolicy policy{}; // open
};

// What only people read is gathered in every eighth round, and told in the next.
constexpr unsigned rounds_between_counters = 8;
inline bool gathers_counters(Rounds const& rounds)
{
    return rounds.epoch % rounds_between_counters == rounds_between_counters - 1;
}

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
