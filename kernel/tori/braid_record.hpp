// SPDX-License-Identifier: MIT
// A torus's part in the braid, as the kernel keeps it (docs/scheduling.md): the rules' state, where the
// neighbours publish, and what has just been sent to whom. One per torus that takes programs; torus-local.
#pragma once
#include "kernel/tori/arrangement.hpp"
#include "substrate/braid.hpp"
#include "substrate/published_projection.hpp"
#include <array>
#include <cstdint>

namespace torc {

// Programs that are on their way to other tori, or have come there a moment ago and may still wait for their
// first pages.
class SentPrograms final {
public:
    void sent(unsigned torus, std::uint32_t weight, std::uint64_t now)
    {
        entries_[next_++ % entries_.size()] = {now, weight, static_cast<std::uint8_t>(torus), false};
    }
    // The oldest that is on its way there is there, or is not coming.
    void arrived(unsigned torus, std::uint64_t now)
    {
        Entry* oldest = nullptr;
        for (Entry& entry : entries_)
            if (entry.torus == torus && !entry.arrived && (oldest == nullptr || entry.at < oldest->at))
                oldest = &entry;
        if (oldest != nullptr)
            *oldest = {now, oldest->weight, oldest->torus, true};
    }
    // What there is to run there: what it shows, or will.
    std::uint64_t expected_load(
        unsigned torus, std::uint64_t shown, std::uint64_t now, std::uint64_t ticks_per_round) const
    {
        std::uint64_t on_its_way = 0, settling = 0;
        for (Entry const& entry : entries_) {
            std::uint64_t const age = now - entry.at;
            if (entry.torus != torus || age > ticks_per_round * longest_way)
                continue;
            if (!entry.arrived)
                on_its_way += entry.weight;
            else if (age <= ticks_per_round * settles_in)
                settling += entry.weight;
        }
        return (shown > settling ? shown : settling) + on_its_way;
    }

private:
    static constexpr std::uint64_t longest_way = 20, settles_in = 3; // rounds
    struct Entry {
        std::uint64_t at{0};
        std::uint32_t weight{0};
        std::uint8_t torus{Arrangement::nowhere};
        bool arrived{false};
    };
    std::array<Entry, 16> entries_{}; // more than that within a few rounds: the oldest are forgotten
    std::uint8_t next_{0};
};

struct BraidRecord {
    Braid braid;
    std::array<PublishedProjection const*, max_neighbours> published{}; // by slot
    std::array<std::uint8_t, max_neighbours> torus{}; // by slot
    std::array<Glimpse, max_neighbours> heard{};
    Proposals proposals;
    TorusState state;
    Projection projection; // what was told last
    SentPrograms sent;

    std::span<Glimpse> glimpses() { return {heard.data(), braid.neighbourhood().neighbours}; }
    // What the neighbours say now; who cannot be read stays as he was.
    void read()
    {
        Neighbourhood const& hood = braid.neighbourhood();
        std::uint8_t const* there = hood.slot_there.data();
        PublishedProjection const* const* from = published.data();
        for (Glimpse& glimpse : glimpses())
            (void)(*from++)->read(glimpse, *there++);
    }
};

} // namespace torc
