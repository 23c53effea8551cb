// SPDX-License-Identifier: MIT
// The three load averages of /proc/loadavg and sysinfo(2): the number of runnable threads, averaged
// exponentially over 1, 5 and 15 minutes, sampled every 5 seconds while anything runs; idle time is made up
// for when it ends, so that a torus at rest has no tick. Fixed point, as Linux gives it out.
#pragma once
#include "substrate/timer_queue.hpp"
#include <cstdint>

namespace torc {

class LoadAverage {
public:
    static constexpr std::uint32_t period_s = 5;

    constexpr void sample(std::uint32_t runnable)
    {
        for (unsigned i = 0; i < 3; ++i)
            values_[i] = (values_[i] * decay[i] + runnable * one * (one - decay[i]) + one / 2) / one;
    }
    // As that many samples of nothing: while the torus sleeps nobody takes any.
    constexpr void sample_idle(std::uint64_t periods)
    {
        for (unsigned i = 0; i < 3; ++i)
            values_[i] = faded(i, values_[i], periods);
    }
    // In 1/65536, sysinfo's unit.
    constexpr std::uint64_t average(unsigned i) const { return shown(values_[i]); }
    // For others: as it is kept, that after so many samples of nothing, and as average() says it.
    constexpr std::uint32_t kept(unsigned i) const { return static_cast<std::uint32_t>(values_[i]); }
    static constexpr std::uint64_t faded(unsigned i, std::uint64_t kept, std::uint64_t periods)
    {
        return (kept * power(decay[i], periods) + one / 2) / one;
    }
    static constexpr std::uint64_t shown(std::uint64_t kept) { return kept << (16 - shift); }

    Timer timer;
    std::uint64_t sampled_at{0}; // ticks
    bool asleep{false}; // the last sample found nothing runnable: none until a thread runs

private:
    static constexpr unsigned shift = 11;
    static constexpr std::uint64_t one = 1u << shift;
    // 2048 / e^(5 s / 60 s), ... 300 s, ... 900 s
    static constexpr std::uint64_t decay[3] = {1884, 2014, 2037};
    static constexpr std::uint64_t power(std::uint64_t base, std::uint64_t exponent) // fixed point
    {
        std::uint64_t result = one;
        for (; exponent != 0 && result != 0; exponent >>= 1) {
            if (exponent & 1)
                result = (result * base + one / 2) / one;
            base = (base * base + one / 2) / one;
        }
        return result;
    }
    std::uint64_t values_[3]{};
};

} // namespace torc
