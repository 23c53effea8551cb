// SPDX-License-Identifier: MIT
// What a core is good at, and what a program wants (docs/roles.md): affinities, no walls.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace torc {

enum class Role : std::uint8_t { compute, io, simd, spare };
using RoleVector = std::array<std::uint16_t, 4>; // by Role, 0..1024

inline constexpr RoleVector wants_compute{1024, 0, 0, 0}, wants_simd{0, 0, 1024, 0};

constexpr std::uint16_t of_role(RoleVector const& roles, Role role)
{
    return roles[static_cast<std::size_t>(role) % roles.size()];
}

// How well a torus suits: 0..1024.
constexpr std::uint32_t fit(RoleVector const& wanted, RoleVector const& offered)
{
    std::uint32_t sum = 0, most = 0;
    for (std::size_t role = 0; role < wanted.size(); ++role) {
        sum += std::uint32_t{wanted[role]} * offered[role];
        most += wanted[role];
    }
    return most == 0 ? 0 : std::min<std::uint32_t>(sum / most, 1024);
}

// A difference between two tori that is worth a move.
inline constexpr std::uint16_t clearly_better = 128; // of 1024

constexpr bool gains(RoleVector const& from, RoleVector const& to, Role role)
{
    return of_role(to, role) >= of_role(from, role) + clearly_better;
}

// What it wants most; of equals the first.
constexpr Role strongest(RoleVector const& wanted)
{
    return static_cast<Role>(std::ranges::max_element(wanted) - wanted.begin());
}

// How a process has behaved, as its torus measured it.
struct Behaviour {
    std::uint32_t burst_us{0}; // mean run between two waits
    std::uint32_t wakeups_per_second{0};
    std::uint16_t core_share{0}; // 0..1024: of the time that it has used
    std::uint16_t simd_share{0}; // 0..1024: of that, in NEON instructions
};

// What it wants. A burst of 4 ms or more is all compute, half of it in NEON all simd instead. 500 wake-ups a
// second or more are all io, less and less up to half a core; and so is who sleeps, up to a quarter.
constexpr RoleVector wanted_role(Behaviour const& behaviour)
{
    std::uint32_t const simd = std::min<std::uint32_t>(behaviour.simd_share, 512) * 2;
    std::uint32_t const burst = std::min<std::uint32_t>(behaviour.burst_us, 4096) / 4;
    std::uint32_t const idle = 1024 - std::min<std::uint32_t>(behaviour.core_share, 512) * 2;
    std::uint32_t const waker = std::min<std::uint32_t>(behaviour.wakeups_per_second, 512) * idle / 512;
    std::uint32_t const sleeper = 1024 - std::min<std::uint32_t>(behaviour.core_share, 256) * 4;
    return {static_cast<std::uint16_t>(burst * (1024 - simd) / 1024),
        static_cast<std::uint16_t>(std::max(waker, sleeper)), static_cast<std::uint16_t>(burst * simd / 1024),
        0};
}

// A program that is to start: how heavy it is, which part of a core it is expected to use, and what it wants.
struct Newcomer {
    std::uint32_t weight{1024};
    std::uint16_t core_share{1024}; // 0..1024
    bool known{false}; // measured, not guessed
    RoleVector wanted{wants_compute};
    constexpr std::uint32_t load() const
    {
        return static_cast<std::uint32_t>(std::uint64_t{weight} * core_share / 1024);
    }
};

} // namespace torc
