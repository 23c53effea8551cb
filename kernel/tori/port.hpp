// SPDX-License-Identifier: MIT
// What a torus shows to the others so that they can reach it: its mailbox, and a door for each of them. In
// memory that all tori map; made by torus 0 before any other runs. With it the strands between any two tori
// are made when they are first needed, by the two alone (links.hpp).
#pragma once
#include "kernel/address.hpp"
#include "substrate/mailbox.hpp"
#include "substrate/strand.hpp"
#include <atomic>
#include <cstdint>

namespace torc {

inline constexpr unsigned torus_limit = 128; // as a handle can name
using TorusStrand = Strand<32, 8>;

// The two strands between a pair of tori, a page each; the torus with the lower number makes them, in frames
// of its own. It writes before it opens the door, so the other one only reads after.
struct StrandPair {
    TorusStrand to_higher;
    TorusStrand* to_lower{nullptr};
};
static_assert(sizeof(StrandPair) <= page_size && sizeof(TorusStrand) <= page_size);

struct Port { // a page
    Mailbox<torus_limit> mailbox;
    // Where the strands to the torus of that number are: written once by that torus (release), read by the
    // owner (acquire). 0: not opened; refused: there was no memory. Of neighbours torus 0 opens both doors.
    std::atomic<std::uint64_t> doors[torus_limit]{};
    static constexpr std::uint64_t refused = 1;
};
static_assert(sizeof(Port) <= page_size);

// A list that is complete before the second torus starts, and never changes.
struct PortList { // a page
    Port* ports[torus_limit]{}; // nullptr: no such torus
};
static_assert(sizeof(PortList) <= page_size);

} // namespace torc
