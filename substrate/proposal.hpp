// SPDX-License-Identifier: MIT
// What the rules of a braid ask the kernel to do after a round: at most one process to settle, a share to
// give to each neighbour, and a few events. A proposal is no command: the kernel may find nothing that fits
// (all is pinned, the neighbour refuses) and reports only what it did.
#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <span>

#include "substrate/invariant.hpp"
#include "substrate/projection.hpp"

namespace torc {

struct Proposal {
    enum class Kind : std::uint8_t {
        // Move processes to the neighbour, heaviest first, `amount` in all; if none of them is that light,
        // one
        // that is not heavier than `heaviest`.
        share, // they are due there
        settle, // they are better off there
        urgent, // move the most urgent waiting thread
        exchange, // move the process that is most out of place here
        borrow_frames, // ask for `amount` frames
        wake, // ring the neighbour's bell: it rests while there is work
        condemn, // vote that the neighbour is dead
        adopt // vote, and take over what it owned
    };
    Kind kind{Kind::share};
    std::uint8_t slot{no_slot};
    std::uint16_t reserved{0};
    std::uint32_t heaviest{0}; // weight
    std::uint64_t amount{0}; // weight, or frames
};

class Proposals {
public:
    static constexpr std::size_t limit = max_neighbours + 4;

    // What does not fit is left for the next round.
    void add(Proposal const& proposal)
    {
        if (count_ >= limit)
            return;
        auto const words = std::bit_cast<std::array<std::uint64_t, 2>>(proposal);
        all_.data()[count_++] = std::bit_cast<Proposal>(words); // two stores
    }
    void clear() { count_ = 0; }
    std::span<Proposal const> all() const { return {all_.data(), count_}; }

private:
    std::array<Proposal, limit> all_;
    std::size_t count_{0};
};

} // namespace torc
