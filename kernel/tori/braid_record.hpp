// SPDX-License-Identifier: MIT
// A torus's part in the braid, as the kernel keeps it (docs/scheduling.md): the rules' state, where the
// neighbours publish, and what has just been sent to whom. One per torus that takes programs; torus-local.
#pragma once
#include "kernel/tori/arrangement.hpp"
#include "kernel/tori/program_history.hpp"
#include "substrate/braid.hpp"
#include "substrate/published_projection.hpp"
#include <array>
#include <cstddef>
#include <cstdint>

namespace torc {

// Programs that are on their way to other tori, or have come there lately and may still wait for their first
// pages. Who sent a program hears of its end, as it has the stub.
class SentPrograms final {
public:
    void sent(std::int32_t pid, unsigned torus, std::uint32_t weight, std::uint64_t now)
    {
        entries_[next_++ % entries_.size()] = {now, weight, pid, static_cast<std::uint8_t>(torus), false};
    }
    void arrived(std::int32_t pid, std::uint64_t now)
    {
        for (Entry& entry : entries_)
            if (entry.pid == pid) {
                entry.at = now;
                entry.arrived = true;
            }
    }
    void ended(std::int32_t pid) // or it has not gone
    {
        for (Entry& entry : entries_)
            if (entry.pid == pid)
                entry = Entry{};
    }
    // What there is to run there: what it shows, or will.
    std::uint64_t expected_load(
        unsigned torus, std::uint64_t shown, std::uint64_t now, std::uint64_t ticks_per_round) const
    {
        std::uint64_t on_its_way = 0, settling = 0;
        for (Entry const& entry : entries_)
            if (entry.torus == torus && now - entry.at <= ticks_per_round * rounds_to_settle)
                (entry.arrived ? settling : on_its_way) += entry.weight;
        return (shown > settling ? shown : settling) + on_its_way;
    }

private:
    static constexpr std::uint64_t rounds_to_settle = 50;
    struct Entry {
        std::uint64_t at{0};
        std::uint32_t weight{0};
        std::int32_t pid{0};
        std::uint8_t torus{Arrangement::nowhere};
        bool arrived{false};
    };
    std::array<Entry, 16> entries_{}; // more than that in so short a time: the oldest are forgotten
    std::uint8_t next_{0};
};

struct BraidRecord {
    Braid braid;
    std::array<PublishedProjection const*, max_neighbours> published{}; // by slot
    std::array<std::uint8_t, max_neighbours> torus{}; // by slot
    std::array<std::uint8_t, max_neighbours>
        further{}; // neighbours' neighbours, as many as there is room for
    std::uint8_t further_count{0};
    std::array<Glimpse, max_neighbours> heard{};
    Proposals proposals;
    TorusState state;
    Projection projection; // what was told last
    PublishedProjection* own{nullptr}; // where that is
    SentPrograms sent;
    std::array<std::uint64_t, max_neighbours>
        urgent_after{}; // the epoch that shows what urgent was sent last
    bool roles_differ{false}; // of the tori in reach: else nothing is measured for them
    RoleVector best_in_reach{}; // of each role; likewise among those as fast as this one
    RoleVector best_alike{};
    ProgramHistory programs;

    std::span<std::uint8_t const> further_tori() const { return {further.data(), further_count}; }
    std::span<Glimpse> glimpses() { return {heard.data(), braid.neighbourhood().neighbours}; }
    // What the neighbours say now; who cannot be read stays as he was. `constraints`: as much of these.
    template <std::size_t constraints = sizeof(ConstraintVector)> [[clang::no_sanitize("null")]] void read()
    {
        Neighbourhood const& hood = braid.neighbourhood();
        std::uint8_t const* there = hood.slot_there.data();
        PublishedProjection const* const* from = published.data();
        for (Glimpse& glimpse : glimpses()) {
            __builtin_assume(*there < max_neighbours);
            (void)(*from++)->read<constraints>(glimpse, *there++);
        }
    }
    void read_briefly() { read<brief_constraints>(); }
};

} // namespace torc
