// SPDX-License-Identifier: MIT
// What a torus lets the others see of itself, in a page that all map: its projection, where its futexes may
// have waiters, and the lines of its log that torus 0 has still to take. Torus 0 makes the pages; then each
// is written by its torus alone, but for the reader's side of the pipe.
#pragma once
#include "kernel/address.hpp"
#include "kernel/futex/awaited_buckets.hpp"
#include "kernel/tori/arrangement.hpp"
#include "kernel/tori/line_pipe.hpp"
#include "kernel/tori/port.hpp"
#include "substrate/published_projection.hpp"
#include <atomic>
#include <cstdint>

namespace torc {
struct Torus;

struct PublicPage {
    PublishedProjection projection;
    // Weights of the fair threads that are to run: as of its last round or the end of its last sleep, and 0
    // as soon as nobody is to run.
    std::atomic<std::uint32_t> present_load{0};
    AwaitedBuckets awaited;
    LinePipe lines;
    std::uint8_t seed[32]; // for its random numbers; wiped by the torus when it has taken it
};
static_assert(sizeof(PublicPage) <= page_size);

// Where they are. Written by torus 0 before the others know of it, but for `has_lines`.
struct PublicPages {
    PublicPage* page[torus_limit]{}; // by number; nullptr: there is no such torus
    Arrangement arrangement;
    std::atomic<std::uint64_t> has_lines[torus_limit / 64]{}; // whose pipes torus 0 is to look at
};
static_assert(sizeof(PublicPages) <= page_size);

// Of torus `number` as it was last published, or of this one as it is now. False: there is none, or it has
// told nothing yet.
bool read_projection(Torus const& torus, unsigned number, Projection& projection);

// What that torus shows to have to run at the moment: weights, or at least 1.
std::uint32_t load_at_present(Torus const& torus, unsigned number);

// Frames that are free on all tori, as far as the others have told.
std::uint64_t machine_free_pages(Torus const& torus);
// What the others would lend.
std::uint64_t pages_to_lend(Torus const& torus);

// Every line of this torus goes to torus 0 from now on.
void send_log_lines();
// Torus 0, when a bell has rung: whether there are any, and the lines of others become lines of the log.
void take_log_lines(Torus& torus);
inline bool log_lines_wait(PublicPages const& pages)
{
    std::uint64_t any = 0;
    for (std::atomic<std::uint64_t> const& word : pages.has_lines)
        any |= word.load(std::memory_order_relaxed);
    return any != 0;
}

} // namespace torc
