// SPDX-License-Identifier: MIT
// A projection of few words, for what publishes it: every word more multiplies the executions.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace torc {

inline constexpr std::size_t max_neighbours = 1;
struct ConstraintVector {
    std::uint64_t level{0};
};
inline constexpr std::size_t brief_constraints = sizeof(ConstraintVector);
struct EdgeView {
    std::uint64_t words[2]{};
};
struct Projection {
    std::uint64_t identity{0}, epoch{0};
    ConstraintVector constraints;
    std::array<EdgeView, max_neighbours> edges{};
    std::uint64_t load{0};
    std::uint64_t digest{0};
};
struct Glimpse {
    std::uint64_t identity{0}, epoch{0};
    ConstraintVector constraints;
    EdgeView edge;
};
using ProjectionWords = std::array<std::uint64_t, sizeof(Projection) / 8>;
inline void seal(Projection& projection)
{
    projection.digest = 1;
}

} // namespace torc
