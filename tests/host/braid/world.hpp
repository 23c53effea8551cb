// SPDX-License-Identifier: MIT
// Many tori on one host, each with the kernel's own Braid: the machine around it is what is simulated. Rounds
// are in step unless faults are injected. A torus's processes are counted by weight class, which is all that
// sharing looks at.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "substrate/braid.hpp"

namespace torc::sim {

inline constexpr std::size_t classes = 4;
inline constexpr std::array<std::uint32_t, classes> class_weight{1024, 335, 3121, 16};

struct Faults {
    double lost{0}; // the chance that a projection is not read in a round
    double late{0}; // that an older one is read instead
    double skipped{0}; // that a torus misses its own round
    friend bool operator==(Faults const&, Faults const&) = default;
};

struct Torus {
    Braid braid;
    TorusState state;
    std::array<std::uint32_t, classes> processes{};
    std::uint64_t pinned{0}; // load that cannot move
    bool dead{false};
    std::uint32_t condemned_by{0}, adopted_by{0};
};

struct Measure {
    double fluid{0}, load{0}; // the largest deviation from the fair share, relative to it
    std::uint64_t moves{0};
};

class World {
public:
    World(Shape const& shape, std::vector<std::uint32_t> const& capacities = {},
        std::uint16_t patience = Braid::shortest_patience);
    // Any graph: neighbourhoods by position.
    World(std::vector<Neighbourhood> hoods, DiffusionGains gains);

    std::vector<Torus>& tori() { return tori_; }
    Torus& operator[](std::size_t position) { return tori_[position]; }
    void add(std::size_t position, std::size_t weight_class, std::uint32_t count);
    void place(std::size_t position, std::uint64_t load); // as many nice-0 processes, the rest pinned
    void start(); // every torus publishes once

    Measure round();
    Measure measure() const; // as it is now, without moves
    // Rounds until the largest deviation is below `bound` and stays there for the rest of `limit` rounds.
    int settle(double bound, int limit, bool of_fluid);

    Faults faults;
    unsigned threads{1};
    std::uint64_t total() const;
    std::mt19937_64 random{1};

private:
    struct Move {
        std::uint32_t to;
        std::uint32_t weight_class, count;
        std::uint8_t slot;
    };
    void hear_and_propose(std::size_t begin, std::size_t end, std::vector<Move>& moves, std::uint64_t seed);
    void hear(std::size_t position, std::array<Glimpse, max_neighbours>& heard, std::mt19937_64& dice);
    void carry_out(std::size_t position, Proposals const& proposals, std::vector<Move>& moves);
    void give(std::size_t position, Proposal const& proposal, std::uint64_t amount, std::vector<Move>& moves);
    void apply(std::size_t begin, std::size_t end);
    void publish(std::size_t begin, std::size_t end);
    void update(Torus& torus);
    void in_parallel(std::function<void(std::size_t, std::size_t, unsigned)> const& work) const;

    std::vector<Torus> tori_;
    std::vector<Projection> published_;
    std::vector<Projection> older_; // the round before; only with late projections
    std::vector<std::vector<Move>> moves_; // of this round, by thread
    std::vector<std::uint8_t> asleep_; // skips this round
};

} // namespace torc::sim
