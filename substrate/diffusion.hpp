// SPDX-License-Identifier: MIT
// How load spreads between neighbours. Two things move:
//
// - The fluid, a number. Each torus starts with its load as fluid; every round fluid flows over every edge by
//   second-order diffusion, divided by capacity. It converges as fast as the graph's spectrum allows, and by
//   itself moves no process.
// - Processes, the tokens. They follow the fluid: a share is due over an edge when a whole process's worth of
//   fluid has crossed it. What is left over because processes cannot be cut settles one by one, and only
//   where that brings the two tori, or a place a few hops further, closer to what the fluid says.
//
// A process that moves does not disturb the fluid, only one that starts, ends, sleeps or wakes does. So
// rounding, refusals and slow migrations cannot excite the diffusion, and at rest nothing moves.
//
//     fluid = load - excess        excess = sum over edges of (flow - moved)
//
// Both ends of an edge compute the same flow from the two published levels. When one has missed what the
// other has not, they differ and meet in the middle when they hear of one another again: each projection
// carries the sum of all flow so far, so a late, lost or repeated one loses no load.
#pragma once
#include <cstdint>

#include "substrate/diffusion_gains.hpp"
#include "substrate/projection.hpp"

namespace torc {

inline constexpr unsigned fluid_bits = 8; // fraction bits of all fluid
inline constexpr std::uint32_t reference_weight = 1024; // a process of nice 0
inline constexpr std::uint32_t full_capacity = 1024;

// One edge as one end sees it; torus-local.
struct Edge {
    std::int64_t flow{0}; // all fluid that left over this edge, less what came in
    std::int64_t moved{0}; // the same of processes
    std::int64_t due{0}; // flow that no process has followed yet
    std::int64_t last{0}; // the flow of the round before: what the second order goes on
    std::uint64_t epoch{0}; // the neighbour's newest that was heard, or:
    static constexpr std::uint64_t condemned = ~0ull; // until another incarnation comes
    std::uint64_t settled_at{0}; // our epoch when a process last settled there
    std::uint32_t incarnation{0};
    std::uint16_t missed{0}; // rounds without a new epoch
};

// value / 2^bits, rounded towards 0: odd, so that both ends of an edge agree to the last bit.
constexpr std::int64_t scaled_down(std::uint64_t value, unsigned bits)
{
    auto const sign = static_cast<std::uint64_t>(static_cast<std::int64_t>(value) >> 63);
    return static_cast<std::int64_t>(value + (sign >> (64 - bits))) >> bits;
}

// The flow over an edge in one round. Exact for differences in level up to 2^36; a neighbour that publishes
// nonsense makes it wrap, no worse.
constexpr std::int64_t flow_over(
    std::int64_t own_level, std::int64_t level, std::uint32_t smaller_capacity, std::uint32_t conductance)
{
    std::uint64_t const difference
        = static_cast<std::uint64_t>(own_level) - static_cast<std::uint64_t>(level);
    static_assert(full_capacity == 1u << 10);
    return scaled_down(difference * (std::uint64_t{smaller_capacity} * conductance), 10 + 16);
}

// What goes on of the last round's flow.
constexpr std::int64_t carried_on(std::int64_t last, std::uint32_t momentum)
{
    return scaled_down(static_cast<std::uint64_t>(last) * momentum, 16);
}

// Where the two ends of an edge meet when they differ.
constexpr std::int64_t agreed_flow(std::int64_t own, std::int64_t others)
{
    return scaled_down(static_cast<std::uint64_t>(own) - static_cast<std::uint64_t>(others), 1);
}

// Per 1024 of capacity, as levels and surpluses are.
constexpr std::int64_t per_capacity(std::int64_t load, std::uint32_t capacity)
{
    return load * full_capacity / capacity;
}

constexpr std::int32_t clamp_to_word(std::int64_t value)
{
    constexpr std::int64_t most = 1ll << 29;
    return static_cast<std::int32_t>(value > most ? most : value < -most ? -most : value);
}

// How good a place for a further process a torus is: its surplus if half of a nice-0 process had come. Low is
// good.
constexpr std::int32_t place_of(std::int32_t surplus, std::uint32_t capacity)
{
    return clamp_to_word(surplus + std::int64_t{reference_weight / 2 * full_capacity / capacity});
}

// The weight below which moving a process brings two tori closer to what the fluid says. With surpluses u and
// v per capacity c and d, the sum of (deviation^2 / capacity) falls when weight < 2 (u - v) c d / (c + d); an
// eighth is kept back, so that nothing moves for a mere rounding and nothing that moved wants to come back.
constexpr std::uint32_t heaviest_to_settle(
    std::int32_t surplus, std::uint32_t capacity, std::int32_t surplus_there, std::uint32_t capacity_there)
{
    std::int64_t const gap = std::int64_t{surplus} - surplus_there;
    if (gap <= 0)
        return 0;
    std::uint64_t const both = std::uint64_t{capacity} * capacity_there / (capacity + capacity_there);
    auto const weight = static_cast<std::uint64_t>(gap) * both * 7 / (4 * full_capacity);
    return weight > ~0u ? ~0u : static_cast<std::uint32_t>(weight);
}

// The surplus of the best place behind this neighbour, up to four hops from here; never better than it is
// (place_of counts at least half a process, which only the fastest core needs).
constexpr std::int32_t surplus_behind(ConstraintVector const& there)
{
    return there.lowest[3] - static_cast<std::int32_t>(reference_weight / 2);
}

// Load as it is told to others: an eighth of the way to the present sum of weights every round, so that a
// thread that naps does not look like one that left.
constexpr std::uint64_t smoothed_load(std::uint64_t smoothed, std::uint64_t present)
{
    auto const step = static_cast<std::int64_t>(present - smoothed);
    return smoothed + static_cast<std::uint64_t>(step / 8 + (step > 0) - (step < 0));
}

} // namespace torc
