// SPDX-License-Identifier: MIT
// Blocks of memory on loan between tori (docs/memory.md, "Lending"): who runs low asks one torus after the
// other, and gives back what it has left. Torus-local.
#pragma once
#include "kernel/process/wait_queue.hpp"
#include "kernel/result.hpp"
#include "kernel/tori/arrangement.hpp"
#include "kernel/tori/block_traffic.hpp"
#include <cstdint>

namespace torc {
struct Link;
struct OutItem;
struct Torus;

struct BlockLoans {
    WaitQueue waiting; // threads that found no frame
    TorusSet asked; // in this search
    unsigned asked_count{0};
    unsigned asked_last{0}; // whose answer is awaited while there is a search
    bool searching{false};
    std::uint64_t refused_until{0}; // ticks: everybody has said no, and is not asked again before
    std::uint64_t searches{0}, refusals{0}; // since boot
};

// There is no frame. True: others are being asked for some, and the caller lets Status::NotYet be its
// outcome; false: there is nobody who could lend, or they have just said no.
bool await_frames();
// NotYet or NoMemory accordingly, in place of NoMemory; other failures stay what they are.
Status frames_or(Status failure);
// Whether that is what the running thread has just been told to wait for.
bool frames_are_awaited(Torus const& torus);

// Once a round: asks before anybody has to wait, gives back what is not needed.
void look_after_blocks(Torus& torus);
// A grain of giving back; false: nothing was to be done.
bool give_blocks_back(Torus& torus);

// A question or its answer could not be sent: there are no strands.
void blocks_fail(Link& link, OutItem& item);

} // namespace torc
