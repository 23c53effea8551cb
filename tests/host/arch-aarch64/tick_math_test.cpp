// SPDX-License-Identifier: MIT
#include "arch-aarch64/timer/tick_math.hpp"

#include <gtest/gtest.h>

namespace torc::arch {
namespace {

constexpr std::uint64_t century = 100ull * 366 * 24 * 3600;

constexpr std::uint64_t exact_ns(std::uint64_t ticks, std::uint64_t frequency)
{
    return static_cast<std::uint64_t>(Product{ticks} * ns_per_second / frequency);
}

struct TickMath : testing::TestWithParam<std::uint64_t> { };

TEST_P(TickMath, nanoseconds_are_exact_to_one_for_a_century)
{
    std::uint64_t const frequency = GetParam();
    TickScale const scale = scale_of(ns_per_second, frequency);
    EXPECT_LT(scale.shift, 64u);
    for (std::uint64_t seconds : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{86'400}, century}) {
        for (std::uint64_t extra : {0ull, 1ull, 7ull, 999'999ull}) {
            std::uint64_t const ticks = seconds * frequency + extra;
            std::uint64_t const ns = scaled(ticks, scale);
            EXPECT_GE(ns, exact_ns(ticks, frequency));
            EXPECT_LE(ns, exact_ns(ticks, frequency) + 1) << frequency << " Hz, " << ticks;
        }
    }
}

TEST_P(TickMath, a_sleeper_never_wakes_early_nor_more_than_a_tick_late)
{
    std::uint64_t const frequency = GetParam();
    TickScale const to_ns = scale_of(ns_per_second, frequency), to_ticks = scale_of(frequency, ns_per_second);
    for (std::uint64_t ns :
        {0ull, 1ull, 999ull, 1'000'000'000ull, 123'456'789'012'345ull, century * 1'000'000'000ull}) {
        std::uint64_t const ticks = scaled_up(ns, to_ticks);
        EXPECT_GE(scaled(ticks, to_ns), ns) << frequency;
        if (ticks > 1) {
            EXPECT_LE(exact_ns(ticks - 2, frequency), ns) << frequency;
        }
    }
    EXPECT_EQ(scaled_up(0, to_ticks), 0u);
}

INSTANTIATE_TEST_SUITE_P(Frequencies, TickMath,
    testing::Values(1'000'000, 19'200'000, 24'000'000, 54'000'000, 62'500'000, 1'000'000'000, 4'000'000'000));

TEST(TickMath, beyond_the_end_saturates)
{
    TickScale const to_ticks = scale_of(4'000'000'000, ns_per_second);
    EXPECT_EQ(scaled_up(~std::uint64_t{0}, to_ticks), ~std::uint64_t{0});
}

} // namespace
} // namespace torc::arch
