// SPDX-License-Identifier: MIT
// An event: one cache line, the only thing that passes between two tori, a kernel and a driver, or two
// machines. It carries values and handles, never pointers.
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "substrate/handle.hpp"

namespace torc {

inline constexpr std::size_t cache_line = 64;

// What may cross a border: trivial, without padding (nothing leaks, bytes compare), at most one cache line.
template <typename T>
concept Wire = std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>
    && sizeof(T) <= cache_line;

struct alignas(cache_line) Event {
    std::uint32_t type{0}; // what it is: the receiver's table decides
    std::uint32_t sequence{0}; // pairs an answer with its request
    Handle source{};
    Handle target{};
    std::array<std::uint64_t, 5> arguments{};
};
static_assert(sizeof(Event) == cache_line && Wire<Event>);
static_assert(
    offsetof(Event, source) == 8 && offsetof(Event, target) == 16 && offsetof(Event, arguments) == 24);

// Word by word: freestanding, a plain assignment becomes a call of memcpy.
[[gnu::always_inline]] inline void copy(Event& to, Event const& from)
{
    to.type = from.type;
    to.sequence = from.sequence;
    to.source = from.source;
    to.target = from.target;
    for (std::size_t word = 0; word < 5; ++word)
        to.arguments[word] = from.arguments[word];
}

// A typed reading of the arguments.
template <typename T>
concept EventPayload = Wire<T> && sizeof(T) == sizeof(Event::arguments);

template <EventPayload T> constexpr T payload_of(Event const& event)
{
    return std::bit_cast<T>(event.arguments);
}

template <EventPayload T> constexpr void set_payload(Event& event, T const& payload)
{
    event.arguments = std::bit_cast<std::array<std::uint64_t, 5>>(payload);
}

} // namespace torc
