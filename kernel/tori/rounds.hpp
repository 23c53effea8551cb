// SPDX-License-Identifier: MIT
// A torus's rounds: about every millisecond while it has something to run it publishes its projection; the
// last round of a busy time says that it rests, and then there is none until a thread comes along.
#pragma once
#include "substrate/timer_queue.hpp"
#include <cstdint>

namespace torc {
struct Projection;
struct Torus;

struct Rounds {
    Timer timer;
    std::uint64_t epoch{0}; // of the last projection
    bool asleep{false}; // the last round found nothing to run; never true where nobody listens
};

// The first round: from now on there are others who listen.
void start_rounds(Torus& torus);
void play_round(Torus& torus); // the timer's
void wake_rounds(Torus& torus); // the run loop's, when they are asleep and a thread is to run

// What the torus would say of itself now; not sealed.
void describe(Torus const& torus, Projection& projection);

} // namespace torc
