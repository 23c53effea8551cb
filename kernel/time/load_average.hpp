// SPDX-License-Identifier: MIT
// The three load averages of /proc/loadavg and sysinfo(2): the number of runnable threads, averaged
// exponentially over 1, 5 and 15 minutes, sampled every 5 seconds. Fixed point, as Linux gives it out.
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
    // In 1/65536, sysinfo's unit.
    constexpr std::uint64_t average(unsigned i) const { return values_[i] << (16 - shift); }

    Timer timer;

private:
    static constexpr unsigned shift = 11;
    static constexpr std::uint64_t one = 1u << shift;
    // 2048 / e^(5 s / 60 s), ... 300 s, ... 900 s
    static constexpr std::uint64_t decay[3] = {1884, 2014, 2037};
    std::uint64_t values_[3]{};
};

} // namespace torc
