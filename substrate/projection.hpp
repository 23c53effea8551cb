// SPDX-License-Identifier: MIT
// A projection: what a torus tells of itself every round, in 512 bytes whatever its size. Neighbours base
// their constraints on it; it is never enough to rebuild a torus. Merging is idempotent and commutative per
// torus: the highest epoch wins, so late, duplicated, reordered and torn copies are harmless.
// Within a machine it is read through PublishedProjection; between machines it travels whole.
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "substrate/handle.hpp"
#include "substrate/roles.hpp"

namespace torc {

inline constexpr std::uint32_t projection_magic = 0x436f7254; // "TroC" in memory
inline constexpr std::size_t projection_words = 64;

// The most neighbours a torus has: four along each of three axes (braid_layout.hpp).
inline constexpr std::size_t max_neighbours = 12;
inline constexpr std::uint8_t no_slot = 255; // names no neighbour

// resting: idle and asleep; publishes nothing, and what it published last still holds.
// leaving: being drained; takes nothing.
enum class Health : std::uint8_t { starting, well, resting, ailing, leaving };

// What a torus's user wants of it. open: all the rules hold. isolated: it runs what is pinned to it, and
// nothing else; no rule counts on it. draining: it takes nothing and gives away what it can.
enum class TorusPolicy : std::uint8_t { open, isolated, draining };

// How urgent a thread is, comparable across classes: 0 nobody, 1 fair, 1 + p real time of priority p (1..99),
// 101 deadline.
using Urgency = std::uint8_t;
inline constexpr Urgency urgency_none = 0, urgency_fair = 1, urgency_deadline = 101;
constexpr Urgency urgency_of_priority(unsigned priority)
{
    return static_cast<Urgency>(priority + 1);
}

inline constexpr std::uint64_t endless_slack = ~0ull; // slack when no deadline is pending

struct ProjectionIdentity {
    MachineId machine;
    TorusId torus;
    std::uint32_t incarnation{0}; // raised when the torus is rebuilt; an older one never speaks again
    friend constexpr bool operator==(ProjectionIdentity, ProjectionIdentity) = default;
};

// What the rules of a neighbour need in every round.
struct ConstraintVector {
    std::int64_t level{0}; // the fluid's load for each 1024 of capacity, 8 fraction bits (diffusion.hpp)
    std::uint32_t capacity{0}; // of this core, relative: 1024 is the fastest kind; 0 takes no part in sharing
    std::int32_t surplus{0}; // load beyond what the fluid says, for each 1024 of capacity
    std::array<std::int32_t, 4> lowest{}; // the best place for a process within 0, 1, 2 and 3 hops
    std::uint32_t lightest{0}; // weight of the lightest process that may move; 0: none
    Urgency waiting{urgency_none}; // the most urgent thread that waits for this core and may move
    Urgency running{urgency_none};
    std::uint8_t nominee{no_slot}; // the neighbour (by slot) that may settle a process here
    Health health{Health::starting};
    std::uint16_t suspects{0}; // a bit for each slot whose neighbour seems dead
    std::uint16_t memory_pressure{0}; // 0..1024: the share of allocations that had to reclaim
    std::uint32_t frames_spare{0}; // frames it would lend
    RoleVector role{}; // what this torus is good at
    std::uint32_t misfit_weight{0}; // of the process that is most out of place here; 0: none
    Role misfit{Role::spare}; // and the role it wants
    std::uint8_t partner{no_slot}; // the neighbour with which it would exchange misfits
    TorusPolicy policy{TorusPolicy::open}; // otherwise capacity is 0
    std::uint8_t reserved{0};
};

// What is known and agreed about one edge, from the publisher's side.
struct EdgeView {
    std::int64_t flow{0}; // all fluid that has left over this edge, less what came in
    std::uint32_t seen_incarnation{0}, seen_epoch{0}; // of the neighbour; the low 32 bits
};

struct LoadByKind {
    std::uint64_t fair_weight{0}; // weights of all runnable fair threads, smoothed
    std::uint32_t runnable_fair{0}, runnable_real_time{0}, runnable_deadline{0};
    std::uint32_t limbs{0};
    std::uint64_t deadline_slack{endless_slack}; // ticks until the earliest deadline is in danger
    std::uint32_t sent{0}; // threads that its rules have sent to other tori since boot
    std::uint32_t deadlines_missed{0};
};

struct ProjectionCounters {
    std::uint64_t events_in{0}, events_out{0};
    std::uint64_t calls_in{0}, calls_out{0}, calls_missed{0}; // far calls; those that met a missing page
    std::uint64_t interrupts{0}, switches{0}, forks{0};
    std::uint64_t busy_ticks{0}, idle_ticks{0};
    std::uint64_t nice_ticks{0}, kernel_ticks{0}; // parts of the busy ones
    std::uint64_t processes{0}, threads{0};
    std::uint64_t migrations_in{0}, migrations_out{0};
    std::uint64_t frames_total{0}, frames_free{0};
    std::uint32_t frames_lent{0}, frames_borrowed{0};
    std::array<std::uint32_t, 3> load_averages{}; // runnable threads, 11 fraction bits: 1, 5 and 15 minutes
    std::uint32_t frames_anonymous{0};
};

struct Projection {
    std::uint32_t magic{projection_magic};
    std::uint32_t bytes{512};
    ProjectionIdentity identity;
    std::uint64_t epoch{0}; // raised at every publication
    ConstraintVector constraints;
    std::uint64_t ticks{0}; // the publisher's clock, for display
    std::array<EdgeView, max_neighbours> edges{};
    LoadByKind load;
    RoleVector wanted{}; // what its processes want on the whole, as measured
    ProjectionCounters counters;
    std::uint64_t digest{0}; // over everything before it
};
static_assert(sizeof(ConstraintVector) == 64 && sizeof(EdgeView) == 16);
// Bytes of the constraints that change and are asked for in every round; the rest is for memory, roles, the
// watch and people, and can wait for some.
inline constexpr std::size_t brief_constraints = offsetof(ConstraintVector, suspects);
static_assert(sizeof(Projection) == 8 * projection_words && offsetof(Projection, digest) == 504);
static_assert(std::has_unique_object_representations_v<Projection>);

using ProjectionWords = std::array<std::uint64_t, projection_words>;

// A polynomial over the words modulo 2^64 at an odd place: one changed word always shows, and a word costs
// one multiply-add.
class Digest {
public:
    constexpr void take(std::uint64_t word) { sum_ = sum_ * 0xff51afd7ed558ccd + word; }
    constexpr std::uint64_t value() const { return sum_; }

private:
    std::uint64_t sum_{0x9e3779b97f4a7c15};
};

constexpr std::uint64_t digest_of(Projection const& projection)
{
    auto const words = std::bit_cast<ProjectionWords>(projection);
    Digest digest;
    for (std::size_t word = 0; word < projection_words - 1; ++word)
        digest.take(words[word]);
    return digest.value();
}

constexpr void seal(Projection& projection)
{
    projection.digest = digest_of(projection);
}

constexpr bool is_whole(Projection const& projection)
{
    return projection.magic == projection_magic && projection.bytes == sizeof(Projection)
        && projection.digest == digest_of(projection);
}

// Takes over `heard` where it is whole, about the same torus and newer than what is known; says whether it
// was.
constexpr bool merge(Projection& known, Projection const& heard)
{
    if (!is_whole(heard) || heard.identity.machine != known.identity.machine
        || heard.identity.torus != known.identity.torus
        || heard.identity.incarnation < known.identity.incarnation)
        return false;
    if (heard.identity.incarnation == known.identity.incarnation && heard.epoch <= known.epoch)
        return false;
    known = heard;
    return true;
}

// The part of a neighbour's projection that a round looks at, with the publisher's view of the edge between.
struct Glimpse {
    ProjectionIdentity identity;
    std::uint64_t epoch{0}; // 0: nothing heard yet
    ConstraintVector constraints;
    EdgeView edge;
};
static_assert(offsetof(Glimpse, epoch) == 8 && offsetof(Glimpse, constraints) == 16);
static_assert(offsetof(Projection, epoch) == offsetof(Projection, identity) + 8);
static_assert(offsetof(Projection, constraints) == offsetof(Projection, identity) + 16);

// `slot`: the reader's slot among the publisher's neighbours.
constexpr Glimpse glimpse_of(Projection const& projection, std::uint8_t slot)
{
    return {projection.identity, projection.epoch, projection.constraints, projection.edges[slot]};
}

} // namespace torc
