// SPDX-License-Identifier: MIT
#include "substrate/diffusion_gains.hpp"

#include <algorithm>

namespace torc {
namespace {

// sin(pi turn / 2^32) for a turn up to one half, 30 fraction bits: the Taylor series up to x^13.
std::uint64_t sine_of_half_turn(std::uint64_t turn)
{
    constexpr std::uint64_t pi = 3373259426; // 30 fraction bits
    auto const x = static_cast<std::int64_t>(turn * pi >> 32);
    std::int64_t const square = x * x >> 30;
    std::int64_t sum = 1 << 30;
    for (std::int64_t const divisor : {12 * 13, 10 * 11, 8 * 9, 6 * 7, 4 * 5, 2 * 3})
        sum = (1 << 30) - (square * sum >> 30) / divisor;
    return static_cast<std::uint64_t>(x * sum >> 30);
}

// 1 - cos(2 pi numerator / side) = 2 sin^2(pi numerator / side), which keeps its digits where it is small.
std::uint64_t one_minus_cosine(std::uint64_t numerator, std::uint32_t side)
{
    std::uint64_t const turn = (numerator % side << 32) / side;
    std::uint64_t const sine = sine_of_half_turn(std::min<std::uint64_t>(turn, (1ull << 32) - turn));
    return sine * sine >> 19;
}

std::uint64_t eigenvalue(std::uint32_t side, std::uint32_t mode)
{
    // Every step has its opposite: 1 and -1, 2 and -2; on short sides some of the four coincide or vanish.
    std::uint64_t const near = one_minus_cosine(mode, side), far = one_minus_cosine(2ull * mode, side);
    switch (side) {
    case 1:
        return 0;
    case 2:
        return near;
    case 3:
        return 2 * near;
    case 4:
        return 2 * near + far;
    default:
        return 2 * near + 2 * far;
    }
}

std::uint64_t square_root(std::uint64_t value)
{
    std::uint64_t root = 0;
    for (std::uint64_t bit = 1ull << 31; bit != 0; bit >>= 1)
        if ((root | bit) * (root | bit) <= value)
            root |= bit;
    return root;
}

std::uint64_t degree_of(Shape const& shape)
{
    std::uint64_t degree = 0;
    for (std::uint32_t const side : shape.sides)
        degree += std::min(side - 1, 4u);
    return degree;
}

} // namespace

Spectrum spectrum_of(Shape const& shape)
{
    Spectrum spectrum;
    for (std::uint32_t const side : shape.sides) {
        std::uint64_t largest = 0;
        for (std::uint32_t mode = 1; mode <= side / 2; ++mode) {
            std::uint64_t const value = eigenvalue(side, mode);
            largest = std::max(largest, value);
            if (spectrum.smallest == 0 || value < spectrum.smallest)
                spectrum.smallest = value;
        }
        spectrum.largest += largest;
    }
    return spectrum;
}

DiffusionGains gains_of(Spectrum spectrum)
{
    std::uint64_t const sum = spectrum.smallest + spectrum.largest; // 40 fraction bits, as both
    if (spectrum.smallest == 0)
        return {};
    // sqrt(1 - g^2) = 2 sqrt(l2 lmax) / (l2 + lmax); the roots have 28 fraction bits.
    std::uint64_t const roots = square_root(spectrum.smallest << 16) * square_root(spectrum.largest << 16);
    std::uint64_t const root = std::min<std::uint64_t>((2 * roots) / (sum >> 14), 1ull << 30); // 30
    std::uint64_t const beta = (1ull << 47) / ((1ull << 30) + root); // 16
    std::uint64_t const alpha = (1ull << 63) / (sum >> 8); // 30
    return {.first = static_cast<std::uint32_t>(alpha >> 14),
        .conductance = static_cast<std::uint32_t>(alpha * beta >> 30),
        .momentum = static_cast<std::uint32_t>(beta - (1u << 16))};
}

DiffusionGains gains_for(Shape const& shape, Capacities capacities)
{
    Spectrum spectrum = spectrum_of(shape);
    if (capacities == Capacities::differ)
        spectrum.largest = 2 * degree_of(shape) << 40;
    return gains_of(spectrum);
}

} // namespace torc
