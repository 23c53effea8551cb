// SPDX-License-Identifier: MIT
// What tori say to one another. The number is the wire's: new ones go to the end.
#pragma once
#include <cstdint>

namespace torc {

enum class EventType : std::uint32_t {
    Nothing,
    Census, // goes round the ring once and counts
    count_
};

// Places in Event::arguments.
namespace census {
inline constexpr unsigned origin = 0, count = 1;
}

} // namespace torc
