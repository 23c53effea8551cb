// SPDX-License-Identifier: MIT
// A torus's neighbours in the ring, and the strands to them (docs/tori.md). Torus-local, but for what the
// pointers lead to: strands, in memory that both sides map.
#pragma once
#include "substrate/event.hpp"
#include "substrate/strand.hpp"
#include <cstdint>
#include <span>

namespace torc {
struct Torus;

using TorusStrand = Strand<32, 8>;

struct Link {
    unsigned torus{0}; // who is at the other end
    TorusStrand* in{nullptr};
    TorusStrand* out{nullptr};
    // An event that has to go out by this link and found no room. Until it has gone, nothing more is received
    // by anybody, so that one is enough.
    Event held{};
    bool holds{false};
};

// What a torus is told when it starts; in memory that all map, never changed afterwards.
struct Introduction {
    unsigned tori{0}; // in the ring, at most
    unsigned previous{0}, next{0};
    TorusStrand *from_previous{nullptr}, *to_previous{nullptr};
    TorusStrand *from_next{nullptr}, *to_next{nullptr};
};

struct TorusLinks {
    static constexpr unsigned limit = 2;
    Link links[limit]; // the one before us; the one after us. In a ring of two both lead to the same torus
    unsigned tori{0}; // in the ring, us included, at most
    unsigned counted{0}; // what the last census found
    std::uint64_t events_in{0}, events_out{0};

    Link& previous() { return links[0]; }
    Link& next() { return links[1]; }
};

// Enters the strands of the introduction in `links`. Bells are wanted after the first take_events().
void links_open(TorusLinks& links, Introduction const& introduction);

// Sends, or holds the event back until there is room.
void link_send(TorusLinks& links, Link& link, Event const& event);

// What has come in, a bounded batch; called when a bell has rung and before a thread is chosen. At its end
// bells are wanted again, unless torus.bell says that there is more.
void take_events(Torus& torus);

// Torus 0: sends a census round the ring; every torus adds itself.
void start_census(Torus& torus);

} // namespace torc
