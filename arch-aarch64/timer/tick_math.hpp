// SPDX-License-Identifier: MIT
// Counter ticks to nanoseconds and back, by multiplication with a 64-bit fraction. Pure: the host tests it.
#pragma once
#include <cstdint>

#include "arch-aarch64/arch/clock.hpp"

namespace torc::arch {

inline constexpr std::uint64_t ns_per_second = 1'000'000'000;

// numerator / denominator as mult / 2^shift, rounded up, with 62 significant bits. Long division bit by bit,
// since a 128-bit division would need a library; boot does it twice.
constexpr TickScale scale_of(std::uint64_t numerator, std::uint64_t denominator)
{
    constexpr std::uint64_t enough = std::uint64_t{1} << 62;
    std::uint64_t quotient = numerator / denominator;
    std::uint64_t rest = numerator % denominator;
    std::uint32_t shift = 0;
    for (; quotient < enough && shift < 63; ++shift) {
        rest <<= 1;
        quotient <<= 1;
        if (rest >= denominator) {
            rest -= denominator;
            quotient |= 1;
        }
    }
    return {quotient + (rest != 0 ? 1 : 0), shift};
}

__extension__ using Product = unsigned __int128;

// Rounded down.
constexpr std::uint64_t scaled(std::uint64_t value, TickScale scale)
{
    return static_cast<std::uint64_t>((Product{value} * scale.mult) >> scale.shift);
}
// Rounded up; saturates.
constexpr std::uint64_t scaled_up(std::uint64_t value, TickScale scale)
{
    Product const rounding = (Product{1} << scale.shift) - 1;
    Product const result = (Product{value} * scale.mult + rounding) >> scale.shift;
    return result > ~std::uint64_t{0} ? ~std::uint64_t{0} : static_cast<std::uint64_t>(result);
}

} // namespace torc::arch
