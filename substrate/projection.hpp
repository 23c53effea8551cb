// SPDX-License-Identifier: MIT
// A projection: what a torus tells of itself every round, in 512 bytes whatever its size. Neighbours base
// their constraints on it; it is never enough to rebuild a torus. Merging is idempotent and commutative per
// torus: the highest epoch wins, so late, duplicated, reordered and torn copies are harmless.
// Not here: how it is published and how often.
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "substrate/handle.hpp"

namespace torc {

inline constexpr std::uint32_t projection_magic = 0x436f7254; // "TroC" in memory

enum class Health : std::uint32_t { starting, well, ailing, leaving };

// Nothing runnable has a priority, an empty queue has no slack.
inline constexpr std::uint32_t no_waiting_priority = 0;
inline constexpr std::uint64_t no_deadline = ~0ull;

struct ProjectionIdentity {
    MachineId machine;
    TorusId torus;
    std::uint32_t incarnation{0}; // raised when the torus is rebuilt; an older one never speaks again
    friend constexpr bool operator==(ProjectionIdentity, ProjectionIdentity) = default;
};

struct ProjectionCounters {
    std::uint64_t events_in{0}, events_out{0};
    std::uint64_t system_calls{0}, faults{0}, interrupts{0}, switches{0};
    std::uint64_t busy_ticks{0}, idle_ticks{0};
    std::uint64_t processes{0}, threads{0};
};

struct ConstraintVector {
    std::uint64_t capacity{0}; // of this core, relative: 1024 is the fastest kind of the machine
    std::uint64_t load_weight{0}; // weights of all runnable fair threads
    std::uint32_t runnable_fair{0}, runnable_real_time{0}, runnable_deadline{0};
    std::uint32_t waiting_priority{no_waiting_priority}; // of the most urgent thread that waits for the core
    std::uint64_t deadline_slack{no_deadline}; // ticks until the earliest deadline is in danger
    std::uint64_t frames_total{0}, frames_free{0}, frames_lent{0};
    std::uint32_t memory_pressure{0}; // 0..1024: the share of allocations that had to reclaim
    Health health{Health::starting};
    std::array<std::uint16_t, 4> role{}; // affinity to compute, io, simd, (spare), 0..1024
    std::uint32_t strand_fill{0}; // 0..1024, the fullest outbound strand
    std::uint32_t limbs{0};
};

struct Projection {
    std::uint32_t magic{projection_magic};
    std::uint32_t bytes{512};
    ProjectionIdentity identity;
    std::uint64_t epoch{0}; // raised at every publication
    std::uint64_t ticks{0}; // the publisher's clock, for display
    ProjectionCounters counters;
    ConstraintVector constraints;
    std::array<std::uint64_t, 38> reserved{}; // zero; room for later fields at a fixed size
    std::uint64_t digest{0}; // over everything before it
};
static_assert(sizeof(Projection) == 512 && offsetof(Projection, digest) == 504);
static_assert(std::has_unique_object_representations_v<Projection>);

constexpr std::uint64_t digest_of(Projection const& projection)
{
    auto const words = std::bit_cast<std::array<std::uint64_t, 64>>(projection);
    std::uint64_t digest = 0x9e3779b97f4a7c15;
    for (std::size_t word = 0; word < 63; ++word) {
        digest = (digest ^ words[word]) * 0xff51afd7ed558ccd; // odd: a bijection, so one changed word shows
        digest ^= digest >> 32;
    }
    return digest;
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

} // namespace torc
