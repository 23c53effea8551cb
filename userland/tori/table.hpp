// SPDX-License-Identifier: MIT
// The table that torctop shows: text for a terminal of so many columns and lines, without control characters.
#pragma once
#include "userland/tori/torus_row.hpp"

namespace torc::user {

// What /proc/torc/tori said at some moment.
struct Moment {
    std::uint64_t at_ms{0}; // since boot
    std::size_t count{0};
    TorusRow rows[most_tori]{};
};

struct Size {
    unsigned columns{80}, lines{24};
};

// Rates and shares are those between the two moments; since boot if `before` has no rows. Every line ends
// with '\n' and fits; tori that do not fit are counted. Returns the length.
std::size_t put_table(std::span<char> room, Moment const& before, Moment const& now, Size size);

} // namespace torc::user
